import LLVM
import Support
import Testing

@Suite struct LoadedObjectTests {
  @Test func missingSymbolsAreNamed() throws {
    let object = try LoadedObject(compile(MachineCodeTests.multiplyAdd, for: .host()))
    let error = try #require(throws: Diagnostic.self) { try object.address(of: "divide") }
    #expect(error.message.contains("divide"))
  }

  @Test func onlyTheKernelLibraryCanBeCalled() throws {
    let text = "declare i32 @system(ptr)\ndefine i32 @f(ptr %p) {\n  %r = call i32 @system(ptr %p)\n  ret i32 %r\n}\n"
    let object = try LoadedObject(compile(text, for: .host()))
    let error = try #require(throws: Diagnostic.self) { try object.address(of: "f") }
    #expect(error.message.contains("system"))
  }

  @Test func truncatedObjectsAreRefused() throws {
    let whole = try compile(MachineCodeTests.multiplyAdd, for: .host())
    for length in stride(from: 0, to: whole.count, by: 7) {
      #expect(throws: Diagnostic.self) { try LoadedObject(Array(whole[..<length])) }
    }
  }

  /// A changed byte may pass for an object, but what tells the linker where to read and write is caught before it does.
  @Test func damagedObjectsNeverTrap() throws {
    let oldest = TargetMachine(triple: TargetMachine.host().triple, features: [])
    let whole = try compile(MachineCodeTests.multiplyAdd, for: oldest)
    var refused = 0
    for place in whole.indices {
      for bit in [UInt8(0x80), 0x01] {
        var damaged = whole
        damaged[place] ^= bit
        do { _ = try LoadedObject(damaged).address(of: "multiply_add") } catch { refused += 1 }
      }
    }
    #expect(refused > 64)
  }
}
