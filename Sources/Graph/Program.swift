import Support

/// A model as the compiler gets it: its graph and how it is trained.
package struct Program: Sendable {
  /// What the model computes: views in, named outputs out.
  package var graph: Graph
  /// How it is trained; `nil` for a graph that is only run.
  package var training: TrainingRecipe?
  /// The options the model was built with, by name, as they are typed after `--set`.
  package var hyperparameters: [String: String]

  package init(graph: Graph, training: TrainingRecipe? = nil, hyperparameters: [String: String] = [:]) {
    self.graph = graph
    self.training = training
    self.hyperparameters = hyperparameters
  }
}

/// How a model is trained: what is minimised, by which updates, on which views.
package struct TrainingRecipe: Hashable, Sendable, Codable {
  /// The name of the output that is minimised, an f32 scalar.
  package var loss: String
  package var optimizer: AdamRecipe
  /// Updates over which the learning rate grows linearly from 0: update n, from 1, takes n / `warmUp` of it.
  package var warmUp: Int
  /// The epochs after which the learning rate is multiplied by `milestoneFactor`.
  package var milestones: [Int]
  package var milestoneFactor: Double
  /// How the views are drawn: the name of an augmentation of `Datasets`.
  package var augmentation: String
  /// Outputs that are shown beside the loss, each with the loss of a guess: the logarithm of the number of candidates.
  package var metrics: [Metric]
  /// The names of the outputs that hold probes' scores, f32[views, batch, classes].
  package var probes: [String]
  /// The name of the output that holds the features probes look at, f32[views, batch, width].
  package var features: String?

  /// A scalar output and what it would be for a guess.
  package struct Metric: Hashable, Sendable, Codable {
    package var output: String
    package var chance: Double

    package init(output: String, chance: Double) {
      self.output = output
      self.chance = chance
    }
  }

  package init(
    loss: String, optimizer: AdamRecipe, warmUp: Int = 0, milestones: [Int] = [], milestoneFactor: Double = 0.2, augmentation: String = "none",
    metrics: [Metric] = [], probes: [String] = [], features: String? = nil
  ) {
    self.loss = loss
    self.optimizer = optimizer
    self.warmUp = warmUp
    self.milestones = milestones
    self.milestoneFactor = milestoneFactor
    self.augmentation = augmentation
    self.metrics = metrics
    self.probes = probes
    self.features = features
  }
}

/// Adam with weight decay added to the gradient (L2).
package struct AdamRecipe: Hashable, Sendable, Codable {
  package var learningRate: Double
  package var beta1: Double
  package var beta2: Double
  package var epsilon: Double
  package var weightDecay: Double

  package init(learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  /// Throws where a number is out of its range.
  package func check() throws {
    let (hint, finite) = ("Adam's usual numbers are 1e-3, 0.9, 0.999, 1e-8 and 0", 0...Double.greatestFiniteMagnitude)
    guard finite.contains(learningRate) else { throw Diagnostic("the learning rate is \(learningRate), and must be 0 or more", hint: hint) }
    for (name, beta) in [("beta1", beta1), ("beta2", beta2)] where !(0..<1).contains(beta) {
      throw Diagnostic("Adam's \(name) is \(beta), and must be from 0 to below 1", hint: hint)
    }
    guard epsilon > 0, epsilon.isFinite else { throw Diagnostic("Adam's epsilon is \(epsilon), and must be above 0", hint: hint) }
    guard finite.contains(weightDecay) else { throw Diagnostic("the weight decay is \(weightDecay), and must be 0 or more", hint: hint) }
  }
}

extension Program {
  /// The program in the textual IR; `Program(parsing:)` reads it back.
  package func text(positions: Bool = false) -> String {
    var text = graph.text(positions: positions)
    if let training { text += "training \(AttributeText.text(of: training))\n" }
    if !hyperparameters.isEmpty { text += "hyperparameters \(AttributeText.text(of: hyperparameters))\n" }
    return text
  }

  /// Reads a program: a graph, then how it is trained, if it is.
  ///
  /// - Errors: a mistake in the text, with line, column and caret.
  package init(parsing text: String, file: String = "graph.vir", operations: OperationNames) throws {
    var parser = GraphParser(lexer: Lexer(text, file: file), operations: operations)
    self.init(graph: try parser.graph())
    if parser.lexer.isNext(word: "training") { training = try parser.section("training", as: TrainingRecipe.self) }
    if parser.lexer.isNext(word: "hyperparameters") { hyperparameters = try parser.section("hyperparameters", as: [String: String].self) }
    guard parser.lexer.isAtEnd else { throw parser.lexer.error("expected 'training', 'hyperparameters' or the end of the text") }
  }
}

extension GraphParser {
  /// Takes `word {…}`.
  mutating func section<T: Codable>(_ word: String, as type: T.Type) throws -> T {
    let start = lexer.position
    try lexer.expect(word: word)
    do {
      return try AttributeText.decode(type, from: .record(try AttributeText.parseRecord(&lexer)))
    } catch let problem as Diagnostic where problem.position == nil {
      throw lexer.error("'\(word)' \(problem.message)", at: start, hint: problem.hint)
    }
  }
}
