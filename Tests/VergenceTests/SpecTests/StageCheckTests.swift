import Testing

/// Every file of `spec/checks` is what its stage prints, as FileCheck matches it.
@Suite("spec/checks", .enabled(if: FileCheck.tool != nil, "FileCheck is not installed"))
struct StageCheckTests {
  static let files = SpecFolder.files(in: "checks", ending: ".vir")

  @Test("is what its stage prints", arguments: files)
  func matches(_ file: String) throws {
    let output = try StageCheck(SpecFolder.text("checks/" + file), file: file).output()
    try fileCheck(output, against: SpecFolder.path("checks/" + file))
  }

  @Test("are there")
  func areThere() { #expect(StageCheckTests.files.count >= 12) }
}
