import Foundation
import Testing

@Suite(.enabled(if: FileCheck.tool != nil, "FileCheck is not installed")) struct FileCheckTests {
  /// Calls `body` with the path of a file that holds `specification`.
  static func with(_ specification: String, _ body: (String) throws -> Void) throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("specification-\(UUID().uuidString).vir")
    try Data(specification.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    try body(file.path)
  }

  @Test func matchingLinesPass() throws {
    try Self.with("// CHECK: relu %[[X:[a-z]+]]\n// CHECK-NEXT: return %[[X]]\n") { path in
      try fileCheck("graph\n  relu %h\n  return %h\n", against: path)
    }
  }

  @Test func otherLinesFailWithTheirPlace() throws {
    try Self.with("// CHECK: relu\n// CHECK-NOT: convolution\n") { path in
      let error = #expect(throws: FileCheckMismatch.self) { try fileCheck("relu\nconvolution\n", against: path) }
      #expect(error?.description.contains("CHECK-NOT") == true)
    }
  }

  @Test func prefixesChooseTheLines() throws {
    try Self.with("// BEFORE: multiply\n// AFTER: fused\n") { path in
      try fileCheck("fused", against: path, prefix: "AFTER")
      #expect(throws: FileCheckMismatch.self) { try fileCheck("fused", against: path, prefix: "BEFORE") }
    }
  }
}
