import Datasets

/// How many test images a classifier got right.
package struct ProbeScore: Hashable, Sendable {
  /// Images of one class.
  package struct ClassScore: Hashable, Sendable {
    package let name: String
    package internal(set) var correct = 0
    package internal(set) var count = 0
    /// The share that was right; 0 of none.
    package var accuracy: Double { count == 0 ? 0 : Double(correct) / Double(count) }
  }

  /// The classifier's name.
  package let name: String
  /// The classes' scores, by label.
  package private(set) var classes: [ClassScore]

  /// Creates the score of no images of the classes called `classes`.
  package init(_ name: String, classes: [String]) {
    self.name = name
    self.classes = classes.map { ClassScore(name: $0) }
  }

  /// The images that were right.
  package var correct: Int { classes.reduce(0) { $0 + $1.correct } }
  /// The images that were classified.
  package var count: Int { classes.reduce(0) { $0 + $1.count } }
  /// The share that was right; 0 of none.
  package var accuracy: Double { count == 0 ? 0 : Double(correct) / Double(count) }

  /// Counts an image of class `label` that was taken for `guess`.
  package mutating func count(_ label: Int32, guess: Int) {
    classes[Int(label)].count += 1
    if guess == Int(label) { classes[Int(label)].correct += 1 }
  }
}
