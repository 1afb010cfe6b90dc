/// How views are drawn from an image; the host's part of a step.
public enum Augmentation: String, Hashable, Sendable, CaseIterable {
  /// The image as it is, normalised.
  case none
  /// A shift with reflection, colour jitter, grey; normalised by CIFAR's mean and deviation.
  case cifar
  /// A random resized crop of 64 pixels, colour jitter, grey.
  case stl10
  /// A random resized crop of 128 pixels, colour jitter, grey.
  case imagenet
}

extension Augmentation: OptionValue {
  /// What help and errors say.
  public static var kind: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }
  /// Creates the value that `text` spells.
  public init?(optionText text: String) { self.init(rawValue: text) }
  /// The text that spells the value.
  public var optionText: String { rawValue }
}
