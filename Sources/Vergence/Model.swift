/// A contrastive model: its options, and what one training step computes.
///
/// The same description gives the training step, the frozen encoder, and every option of the command line.
///
/// ```swift
/// struct Pair: Model {
///   @Option("width of the embedding") var embedding = 64
///   func step(_ batch: Batch) throws -> TrainingStep { … }
/// }
/// ```
public protocol Model: SendableMetatype {
  /// Creates the model with every option at its default.
  init()

  /// Describes one step: views in, a loss to minimise out.
  ///
  /// - Errors: shapes that can't fit, reported at the line that wrote them.
  func step(_ batch: Batch) throws -> TrainingStep
}
