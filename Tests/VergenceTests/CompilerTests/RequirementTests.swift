import Compiler
import Graph
import Operations
import Support
import Testing

/// What the compiler refuses, with the reason.
@Suite struct RequirementTests {
  @Test(arguments: [
    ("assign \"w\" %x", "there is no state 'w' to assign to"),
    ("%s = state \"w\" {initial = {constant = {_0 = 0}}} : f32[3]\n assign \"w\" %x", "the state 'w' is f32[3], and is assigned f32[2]"),
    ("%s = state \"w\" {initial = {constant = {_0 = 0}}} : f32[2]\n assign \"w\" %x assign \"w\" %x", "the state 'w' is assigned twice"),
    (
      "%s = state \"w\" {initial = {constant = {_0 = 0}}} : f32[2]\n %t = state \"w\" {initial = {constant = {_0 = 0}}} : f32[3]",
      "the state 'w' is f32[2] in one place and f32[3] in another"
    ),
  ])
  func refuses(body: String, message: String) throws {
    let program = try Program(parsing: "graph @g(%x: f32[2]) {\n \(body)\n return %x\n}", operations: Catalogue.names)
    var compiler = Compiler(CompilerOptions())
    let problem = try #require(throws: Diagnostic.self) { _ = try compiler.compile(program, for: .asWritten) }
    #expect(problem.message == message)
  }
}
