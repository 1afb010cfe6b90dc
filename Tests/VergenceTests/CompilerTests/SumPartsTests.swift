import Compiler
import Graph
import LLVM
import Operations
import Passes
import PlanFile
import Support
import Tensors
import Testing

/// Gradients to weights that are summed in parts: parts that differ by an iteration, tails of rows and columns, kernels and strides, what is made of a sum, and sweeps within a part.
@Suite struct SumPartsTests {
  /// Whole numbers below 257 are bf16, and their sums below 2²⁴ are f32: nothing is rounded, so every difference is a mistake.
  @Test(
    arguments: [
      "%u, %v {kernel = [1, 1], stride = [1, 1]}; 2113, 1, 1, 13; 2113, 1, 1, 21; 1, 1, 13, 21",
      "%u, %v {kernel = [1, 1], stride = [1, 1]}; 2144, 1, 1, 32; 2144, 1, 1, 48; 1, 1, 32, 48",
      "%u, %v {kernel = [3, 3], stride = [2, 2]}; 70, 15, 17, 3; 70, 7, 8, 20; 3, 3, 3, 20",
      "%u, %v {kernel = [2, 2], stride = [1, 1]}; 96, 9, 9, 8; 96, 8, 8, 16; 2, 2, 8, 16",
    ], [Precision.f32, .bf16])
  func wholeNumbersStayExact(shapes: String, precision: Precision) throws {
    let (call, types) = try Self.parts(shapes)
    let graph = try Self.graph(
      """
      %u = negate %x : \(types[0])
        %v = add %y, %y : \(types[1])
        %dw = convolution_to_weights \(call) : \(types[2])
        %updated = subtract %w, %dw : \(types[2])
      """, types, returning: "%dw, %updated")
    for machine in BF16Tests.machines {
      var options = CompilerOptions(target: machine)
      options.convolutions = .direct
      options.precision = precision
      try Self.expectExact(graph, options)
      options.caches = CacheSizes(first: 4 << 10, second: 16 << 10)
      try Self.expectExact(graph, options)
    }
  }

  @Test func productsStayExact() throws {
    let types = ["f32[1543, 18]", "f32[1543, 35]", "f32[18, 35]"]
    let graph = try Self.graph(
      "%dw = product %x, %y {transpose_left = true, transpose_right = false} : f32[18, 35]\n  %updated = multiply %w, %dw : f32[18, 35]", types,
      returning: "%updated")
    try Self.expectExact(graph, CompilerOptions())
  }

  /// A call that did less than a part would read the part's operands once more.
  @Test func threadsTakeWholeParts() throws {
    let types = ["f32[64, 14, 14, 128]", "f32[64, 14, 14, 64]", "f32[1, 1, 128, 64]"]
    let graph = try Self.graph(
      "%dw = convolution_to_weights %x, %y {kernel = [1, 1], stride = [1, 1]} : \(types[2])\n  %updated = subtract %w, %dw : \(types[2])", types,
      returning: "%updated")
    var compiler = Compiler(CompilerOptions())
    try #require(try compiler.kernelGraph(of: graph)?.text().contains(", in parts i0 < 16") == true)
    let plan = try #require(try compiler.compile(Program(graph: graph), for: .inference(outputs: nil)))
    let kernel = try #require(plan.schedule.kernels.first { $0.role == "to_weights" })
    #expect(kernel.slice.map { 16 * $0 } == kernel.units)
  }

  /// Tiles that stay in a group of rows until it is done make no sweeps, and so no parts.
  @Test func groupsOfRowsAreSummedWhole() throws {
    let graph = try Program(
      parsing: """
        graph @g(%x: f32[2, 4096, 16], %y: f32[4096, 8]) {
          %dw = block_product %x, %y {result = to_columns} : f32[2, 16, 8]
          return %dw
        }
        """, operations: Catalogue.names
    ).graph
    try Self.expectExact(graph, CompilerOptions(), inParts: false)
  }

  private static func parts(_ shapes: String) throws -> (call: String, types: [String]) {
    let parts = shapes.split(separator: "; ").map(String.init)
    try #require(parts.count == 4)
    return (parts[0], parts[1...].map { "f32[\($0)]" })
  }

  private static func graph(_ body: String, _ types: [String], returning results: String) throws -> Graph {
    try Program(
      parsing: "graph @g(%x: \(types[0]), %y: \(types[1]), %w: \(types[2])) {\n  \(body)\n  return \(results)\n}", operations: Catalogue.names
    ).graph
  }

  /// Runs `graph`, which has a sum in parts, or none.
  private static func expectExact(_ graph: Graph, _ options: CompilerOptions, inParts: Bool = true) throws {
    var compiler = Compiler(options)
    let kernels = try #require(try compiler.kernelGraph(of: graph))
    try #require(kernels.text().contains(", in parts ") == inParts)
    try BF16Tests.expectExact(graph, options, threads: [1, 2, 3, 7], seed: 3)
  }
}
