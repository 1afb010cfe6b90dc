internal import CPNG

/// Decodes a PNG file with libpng.
///
/// Grey and palettes become red, green and blue, sixteen bits eight, and what is transparent shows white.
/// - Errors: damaged or cut short, or too large.
func decodePNG(_ bytes: UnsafeRawBufferPointer) throws(BrokenImage) -> DecodedImage {
  var image = png_image()
  image.version = UInt32(PNG_IMAGE_VERSION)
  defer { png_image_free(&image) }
  guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else { throw failure(of: image) }
  let (width, height) = (Int(image.width), Int(image.height))
  try DecodedImage.checkSize(width: width, height: height)
  image.format = UInt32(PNG_FORMAT_RGB)
  var background = png_color(red: 255, green: 255, blue: 255)
  let count = width * height * 3
  var succeeded = false
  let pixels = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
    succeeded = png_image_finish_read(&image, &background, target.baseAddress, 0, nil) != 0
    initialized = succeeded ? count : 0
  }
  guard succeeded else { throw failure(of: image) }
  return DecodedImage(width: width, height: height, pixels: pixels)
}

/// Returns what libpng said of `image`.
private func failure(of image: png_image) -> BrokenImage {
  let message = withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  return BrokenImage("does not decode: \(message)")
}
