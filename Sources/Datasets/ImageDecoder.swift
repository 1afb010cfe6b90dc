/// Decodes JPEG and PNG files, told apart by their first bytes.
///
/// Not for use from two threads at a time: each thread makes its own.
package final class ImageDecoder {
  private let jpeg = JPEGDecoder()

  /// Creates a decoder.
  package init() {}

  /// The endings of the names that images have, in lower case.
  package static let extensions: Set<String> = ["jpg", "jpeg", "png"]

  /// Decodes `bytes` to red, green and blue.
  ///
  /// - Errors: neither JPEG nor PNG, damaged, cut short, or too large.
  package func decode(_ bytes: [UInt8]) throws(BrokenImage) -> DecodedImage {
    try bytes.withUnsafeBytes { bytes in Result { () throws(BrokenImage) in try decode(bytes) } }.get()
  }

  private func decode(_ bytes: UnsafeRawBufferPointer) throws(BrokenImage) -> DecodedImage {
    if bytes.isEmpty { throw BrokenImage("is empty") }
    if bytes.starts(with: [0xff, 0xd8]) { return try jpeg.decode(bytes) }
    if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]) { return try decodePNG(bytes) }
    throw BrokenImage("is neither JPEG nor PNG")
  }
}
