import CPNG
import CTurboJPEG
import Datasets
import Foundation

/// Files of images and archives for the tests, written by other code than what reads them.
enum ImageFiles {
  /// An image of smooth colours that no compression changes much.
  static func gradient(width: Int, height: Int, shade: Int = 0) -> DecodedImage {
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        pixels += [UInt8((x * 120 / width + shade) & 0xff), UInt8(y * 120 / height + 60), UInt8(100 + (x + y) * 60 / (width + height))]
      }
    }
    return DecodedImage(width: width, height: height, pixels: pixels)
  }

  /// Returns a JPEG file of quality 95 of `pixels` in `format`, stored as colours, as grey, or as inks.
  static func jpeg(_ pixels: [UInt8], width: Int, height: Int, format: TJPF = TJPF_RGB, sampling: TJSAMP = TJSAMP_444) -> [UInt8] {
    let compressor = tjInitCompress()
    defer { tjDestroy(compressor) }
    var buffer: UnsafeMutablePointer<UInt8>?
    var count: UInt = 0
    let result = tjCompress2(
      compressor, pixels, Int32(width), 0, Int32(height), Int32(format.rawValue), &buffer, &count, Int32(sampling.rawValue), 95, 0)
    precondition(result == 0)
    defer { tjFree(buffer) }
    return [UInt8](UnsafeBufferPointer(start: buffer, count: Int(count)))
  }

  /// Returns a JPEG file of `image`.
  static func jpeg(_ image: DecodedImage) -> [UInt8] { jpeg(image.pixels, width: image.width, height: image.height) }

  /// Returns a PNG file of `pixels` in `format`, one of libpng's.
  static func png(_ pixels: [UInt8], width: Int, height: Int, format: UInt32 = PNG_FORMAT_FLAG_COLOR) -> [UInt8] {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    image.width = UInt32(width)
    image.height = UInt32(height)
    image.format = format
    var count = pixels.count * 2 + 4096
    var bytes = [UInt8](repeating: 0, count: count)
    let result = png_image_write_to_memory(&image, &bytes, &count, 0, pixels, 0, nil)
    precondition(result != 0)
    return [UInt8](bytes.prefix(count))
  }

  /// Returns a PNG file of `image`.
  static func png(_ image: DecodedImage) -> [UInt8] { png(image.pixels, width: image.width, height: image.height) }

  /// Returns a tar archive of `files`.
  static func tar(_ files: [(path: String, bytes: [UInt8])]) -> [UInt8] {
    var archive: [UInt8] = []
    for (path, bytes) in files {
      var header = [UInt8](repeating: 0, count: 512)
      func put(_ text: String, at place: Int) { header.replaceSubrange(place..<place + text.utf8.count, with: text.utf8) }
      func octal(_ value: Int, digits: Int) -> String {
        let text = String(value, radix: 8)
        return String(repeating: "0", count: digits - text.count) + text
      }
      put(path, at: 0)
      put("0000644\u{0}0000000\u{0}0000000\u{0}", at: 100)
      put(octal(bytes.count, digits: 11), at: 124)
      put(octal(0, digits: 11), at: 136)
      put("        0", at: 148)
      put("ustar\u{0}00", at: 257)
      put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + "\0 ", at: 148)
      archive += header + bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
    }
    return archive + [UInt8](repeating: 0, count: 1024)
  }

  /// Returns a gzip file of `bytes`, stored and not compressed.
  static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 0xff) } }
    var file: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
    for start in stride(from: 0, to: bytes.count, by: 65_535) {
      let part = bytes[start..<min(bytes.count, start + 65_535)]
      file += [start + part.count == bytes.count ? 1 : 0] + little(part.count, 2) + little(~part.count, 2) + part
    }
    var sum: UInt32 = ~0
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
    }
    return file + little(Int(~sum), 4) + little(bytes.count, 4)
  }

  /// Calls `body` with a new folder that holds `files` and is gone afterwards.
  @discardableResult
  static func inFolder<Result>(_ files: [(path: String, bytes: [UInt8])], _ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vergence-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (path, bytes) in files {
      let file = folder.appendingPathComponent(path)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: file)
    }
    return try body(folder.path)
  }
}
