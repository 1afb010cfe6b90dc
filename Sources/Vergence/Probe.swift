import Graph
import Operations
import Support
import Tensors

/// What a probe makes of features: a score for each class, and how wrong they are.
public struct ProbeScores {
  let name: String
  let logits: Value
  let loss: Value
}

/// A linear classifier that learns beside the model, on features that it can't change: parameters `linear.weight` and `linear.bias`.
public struct LinearProbe {
  let classes: Int
  let dropout: Double

  /// Describes the probe; `dropout` is the share of features it doesn't see.
  public init(classes: Int, dropout: Double = 0) {
    self.classes = classes
    self.dropout = dropout
  }

  /// Classifies `features`.
  ///
  /// - Shapes: features f32[views, count, width], labels i32[count] → logits f32[views, count, classes]
  public func callAsFunction(
    _ features: Value, _ labels: Value, file: String = #fileID, line: Int = #line, column: Int = #column
  ) throws -> ProbeScores {
    try probe("linear", features, labels, at: SourcePosition(file, line, column)) { features in
      try Linear("linear", classes)(
        features.droppedOut(dropout, "linear", file: file, line: line, column: column), file: file, line: line, column: column)
    }
  }
}

/// A classifier with one hidden layer that learns beside the model, on features that it can't change.
///
/// Its parameters are `mlp.hidden.…`, `mlp.norm.…` and `mlp.output.…`.
public struct MLPProbe {
  let classes: Int
  let hidden: Int
  let dropout: Double

  /// Describes the probe; `dropout` is the share of features and of hidden units it doesn't see.
  public init(classes: Int, hidden: Int = 1024, dropout: Double = 0) {
    self.classes = classes
    self.hidden = hidden
    self.dropout = dropout
  }

  /// Classifies `features`; the batch norm sees all views as one batch.
  ///
  /// - Shapes: features f32[views, count, width], labels i32[count] → logits f32[views, count, classes]
  public func callAsFunction(
    _ features: Value, _ labels: Value, file: String = #fileID, line: Int = #line, column: Int = #column
  ) throws -> ProbeScores {
    try probe("mlp", features, labels, at: SourcePosition(file, line, column)) { features in
      try scope("mlp") {
        let seen = try features.droppedOut(dropout, "input", file: file, line: line, column: column)
        let inner = try Linear("hidden", hidden, bias: false)(seen, file: file, line: line, column: column)
        let active = try BatchNorm("norm", perView: false)(inner, file: file, line: line, column: column).relu(file: file, line: line, column: column)
        let kept = try active.droppedOut(dropout, "hidden", file: file, line: line, column: column)
        return try Linear("output", classes)(kept, file: file, line: line, column: column)
      }
    }
  }
}

/// Runs `classify` on `features` with all views as one batch, and scores the result.
///
/// The loss is the cross entropy of 10·tanh(logits/10) plus 10⁻³·mean(logits²).
///
/// - Source: the published code of Bachman et al. 2019.
private func probe(
  _ name: String, _ features: Value, _ labels: Value, at position: SourcePosition, _ classify: (Value) throws -> Value
) throws -> ProbeScores {
  let builder = features.builder
  guard features.rank == 3, labels.type.shape == [features.shape[1]] else {
    throw Diagnostic("the probe '\(name)' needs features [views, count, width] and labels [count], and got \(features) and \(labels)", at: position)
  }
  let (views, count, width) = (features.shape[0], features.shape[1], features.shape[2])
  let flat = try builder.build(at: position) { try $0.reshape(features.id, to: [views * count, width]) }
  let scores = try classify(flat)
  let classes = scores.shape[1]
  let logits = try builder.build(at: position) { try $0.reshape(scores.id, to: [views, count, classes]) }
  let loss = try builder.build(at: position) { graph in
    let repeated = try graph.broadcast(labels.id, to: [views, count], dimensions: [1])
    let wrong = try graph.one(SoftmaxCrossEntropy(), graph.one(SoftClip(limit: 10), logits.id), repeated)
    let size = try graph.mean(graph.multiply(logits.id, logits.id), over: [0, 1, 2])
    return try graph.add(wrong, graph.scaled(size, by: 1e-3))
  }
  return ProbeScores(name: name, logits: logits, loss: loss)
}
