import Support
import Tensors

/// What a step is given: some images, seen as views, and their labels.
public struct Batch {
  let builder: Builder
  /// The number of images.
  public let count: Int

  /// Several views of each image, drawn as `augmentation` says.
  ///
  /// The views are made on the host and fed as the input `views`; a model looks at them once a step.
  /// - Shapes: → f32[number, count, size, size, 3]
  public func views(
    _ number: Int, size: Int, by augmentation: Augmentation, file: String = #fileID, line: Int = #line, column: Int = #column
  ) throws -> Value {
    builder.augmentation = augmentation
    return try builder.input("views", .f32, [number, count, size, size, 3], at: SourcePosition(file, line, column))
  }

  /// The class of each image, from 0: for probes, which learn beside the model without changing it.
  ///
  /// - Shapes: → i32[count]
  public func labels(file: String = #fileID, line: Int = #line, column: Int = #column) throws -> Value {
    try builder.input("labels", .i32, [count], at: SourcePosition(file, line, column))
  }
}
