import Support

/// The images of one split, in memory, all of one size, with their labels.
///
/// - Shapes: pixels u8[count, size, size, 3], red first; labels i32[count].
package struct ImageDataset: Sendable {
  /// What the images are for.
  package enum Split: String, Sendable { case train, test }

  /// What the images are for.
  package let split: Split
  /// The height and the width of each image.
  package let size: Int
  /// The name of each class; a label is a position in it.
  package let classes: [String]
  /// The images' bytes, one image after the other.
  package let pixels: [UInt8]
  /// The class of each image.
  package let labels: [Int32]

  /// The number of images.
  package var count: Int { labels.count }
  /// The number of bytes of one image.
  package var stride: Int { size * size * 3 }

  /// Creates the dataset of `pixels`.
  ///
  /// - Requires: `pixels` holds as many images as there are labels, and each label names a class.
  package init(split: Split, size: Int, classes: [String], pixels: [UInt8], labels: [Int32]) {
    precondition(pixels.count == labels.count * size * size * 3, "an image a label")
    precondition(labels.allSatisfy { $0 >= 0 && Int($0) < classes.count }, "labels name classes")
    self.split = split
    self.size = size
    self.classes = classes
    self.pixels = pixels
    self.labels = labels
  }
}
