import Graph

/// All operations, in the order of `spec/operations.md`.
package enum Catalogue {
  package static let operations: [any Operation.Type] = [
    Input.self, Parameter.self, State.self, Assign.self, Constant.self,
    Unary<Negate>.self, Unary<Exponential>.self, Unary<Logarithm>.self, Unary<HyperbolicTangent>.self, Unary<SquareRoot>.self,
    Unary<RectifiedLinear>.self, Unary<Absolute>.self, Unary<Logistic>.self, Unary<Floor>.self,
    Binary<Add>.self, Binary<Subtract>.self, Binary<Multiply>.self, Binary<Divide>.self, Binary<Maximum>.self, Binary<Minimum>.self,
    Compare.self, Select.self, Cast.self, SoftClip.self, StopGradient.self,
    Broadcast.self, Reduce.self, Reshape.self, Barrier.self, Transpose.self, Slice.self, Pad.self,
    PadReflectGradient.self, Concatenate.self, Iota.self,
    GatherLocation.self, ScatterLocation.self,
    AveragePool.self, AverageUnpool.self,
    Random.self, Dropout.self,
    Product.self, BlockProduct.self, Convolution.self, ConvolutionToData.self, ConvolutionToWeights.self, Unfold.self, WindowProduct.self, Fold.self,
    BatchNorm.self, BatchNormGradient.self, Normalize.self,
    SoftmaxCrossEntropy.self, InfoNCE.self, InfoNCEGradient.self,
    Adam.self, GradientNorm.self,
  ]

  /// The mnemonics of the operations that work on each element by itself.
  package static let elementwise: Set<String> = Set(
    operations.filter { $0 is any ElementwiseOperation.Type }.map { $0.mnemonic })

  /// The operations by mnemonic, for reading textual graphs.
  package static let names = OperationNames(operations)
}
