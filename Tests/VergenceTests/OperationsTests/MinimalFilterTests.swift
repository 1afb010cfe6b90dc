import Graph
import Operations
import Support
import Tensors
import Testing

/// Minimal filters are what they say: a filter's results with fewer products.
@Suite struct MinimalFilterTests {
  @Test(arguments: MinimalFilter.taps, MinimalFilter.outputs) func theThreeMatricesMakeTheFilter(taps: Int, outputs: Int) {
    let filter = MinimalFilter(outputs: outputs, taps: taps)
    let (images, weights, results) = (filter.matrix(.images), filter.matrix(.weights), filter.matrix(.results))
    #expect([images, weights, results].allSatisfy { $0.count == filter.products })
    for y in 0..<outputs {
      for k in 0..<taps {
        for a in 0..<outputs + taps - 1 {
          let coefficient = (0..<filter.products).reduce(0) { $0 + results[$1][y] * weights[$1][k] * images[$1][a] }
          #expect(abs(coefficient - (a == y + k ? 1 : 0)) < 1e-12, "result \(y), tap \(k), pixel \(a)")
        }
      }
    }
  }

  @Test func productsAreFewer() {
    // Parts of three and two results, of four and three, and of two: as many products as points.
    #expect(MinimalFilter(outputs: 5, taps: 3).products == 9)
    #expect(MinimalFilter(outputs: 7, taps: 2).products == 9)
    #expect(MinimalFilter(outputs: 2, taps: 3).products == 4)
    for taps in MinimalFilter.taps {
      for outputs in MinimalFilter.outputs { #expect(MinimalFilter(outputs: outputs, taps: taps).products < outputs * taps) }
    }
  }
}

/// Convolutions by transformed windows are the convolutions, in all three passes.
@Suite struct FastConvolutionTests {
  /// Images, weights and a stride.
  struct Shape: Sendable, CustomStringConvertible {
    let images: [Int]
    let weights: [Int]
    let stride: Int

    var description: String { "\(images) by \(weights), stride \(stride)" }

    static let all = [
      // One window an image, and several that overlap.
      Shape(images: [3, 7, 7, 5], weights: [3, 3, 5, 6], stride: 1), Shape(images: [2, 2, 8, 6, 3], weights: [3, 3, 3, 4], stride: 1),
      // A stride: four images in one. The last has a pixel left over on both sides.
      Shape(images: [2, 16, 16, 3], weights: [4, 4, 3, 5], stride: 2), Shape(images: [1, 15, 11, 2], weights: [4, 4, 2, 3], stride: 2),
      // Two and four taps.
      Shape(images: [2, 5, 9, 4], weights: [2, 2, 4, 3], stride: 1), Shape(images: [2, 7, 11, 3], weights: [4, 4, 3, 2], stride: 1),
      Shape(images: [1, 15, 15, 2], weights: [9, 9, 2, 3], stride: 3),
      // Results that few windows divide: zeros follow the last row or column, or both.
      Shape(images: [2, 13, 9, 3], weights: [3, 3, 3, 4], stride: 1), Shape(images: [2, 12, 17, 3], weights: [4, 4, 3, 2], stride: 2),
    ]

    /// The three passes with the operands that they take of images, weights and results.
    func passes() throws -> [(operation: any Operation, operands: [TensorType], result: TensorType)] {
      let (x, w) = (TensorType(valid: .f32, images), TensorType(valid: .f32, weights))
      let forward = Convolution(stride: [stride, stride])
      let y = try forward.infer([x, w])[0]
      let size = images.suffix(3)
      return [
        (forward, [x, w], y),
        (ConvolutionToData(stride: [stride, stride], height: size[size.startIndex], width: size[size.startIndex + 1]), [y, w], x),
        (ConvolutionToWeights(stride: [stride, stride], kernel: Array(weights.prefix(2))), [x, y], w),
      ]
    }
  }

  @Test(arguments: Shape.all) func everyFormMeansTheSame(shape: Shape) throws {
    for (operation, operands, result) in try shape.passes() {
      let type = try #require(try operation.infer(operands).first)
      #expect(type.count == result.count)
      let forms = FastConvolution.forms(of: operation, on: operands, to: [type])
      try #require(!forms.isEmpty)
      let draws = ExampleOperands(seed: 3)
      let tensors = operands.enumerated().map { draws.tensor($1, number: $0) }
      var environment = EvaluationEnvironment()
      let expected = try operation.evaluate(tensors, in: &environment)[0]
      for form in forms {
        var graph = Graph(name: "fast")
        let inputs = try operands.enumerated().map { try graph.one(Input(name: "\($0)", type: $1)) }
        let value = try form.append(to: &graph, inputs)
        #expect(graph.type(of: value) == type)
        for (i, tensor) in tensors.enumerated() { environment.inputs["\(i)"] = tensor }
        let computed = try #require(try Evaluator.values(of: graph, in: &environment)[value])
        let difference = zip(computed.elements, expected.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
        #expect(difference < 1e-10, "\(operation) by \(graph.text())")
      }
    }
  }

  @Test(arguments: [
    // A kernel of one pixel, one that the stride doesn't divide, two strides, too many taps, a kernel that isn't square.
    ([2, 6, 6, 3], [1, 1, 3, 4], [1, 1]), ([2, 7, 7, 3], [3, 3, 3, 4], [2, 2]), ([2, 8, 9, 3], [2, 2, 3, 4], [1, 2]),
    ([2, 9, 9, 3], [5, 5, 3, 4], [1, 1]),
    ([2, 6, 6, 3], [3, 2, 3, 4], [1, 1]),
    // One result, for which the smallest window makes four.
    ([2, 3, 3, 3], [3, 3, 3, 4], [1, 1]),
  ])
  func whatNoFilterMakesHasNoForm(_ images: [Int], _ weights: [Int], _ stride: [Int]) throws {
    let operands = [images, weights].map { TensorType(valid: .f32, $0) }
    let convolution = Convolution(stride: stride)
    #expect(FastConvolution.forms(of: convolution, on: operands, to: try convolution.infer(operands)).isEmpty)
  }

  @Test(arguments: [
    (Fold(.results, outputs: 2, taps: 3, stride: 1 << 40, height: 4, width: 4), [4, 16, 1, 3], "needs channels of"),
    (Fold(.results, outputs: 2, taps: 3, height: 1 << 60, width: 1 << 60), [4, 16, 1, 3], "too many elements"),
    (Fold(.results, outputs: 2, taps: 3, height: -4, width: 4), [4, 16, 1, 3], "-4"),
    (Fold(.results, outputs: 9, taps: 3, height: 9, width: 9), [4, 16, 1, 3], "knows no filter of 3 taps with 9 results"),
    (Fold(.images, outputs: 3, taps: 3, height: 4, width: 9), [4, 25, 1, 3], "no window of 5×5"),
    (Fold(.results, outputs: 2, taps: 3, height: 4, width: 4), [6, 16, 1, 3], "needs 16 numbers of 2×2 windows"),
  ])
  func whatDoesNotFitIsRefused(_ fold: Fold, _ windows: [Int], _ words: String) {
    let problem = #expect(throws: Diagnostic.self) { try fold.infer([TensorType(valid: .f32, windows)]) }
    #expect(problem?.message.contains(words) == true, "\(String(describing: problem))")
  }
}
