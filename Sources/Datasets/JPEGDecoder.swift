internal import CTurboJPEG

/// Decodes JPEG files with libjpeg-turbo.
///
/// Grey becomes red, green and blue. Inks (CMYK) become colours as Adobe writes them, inverted: there is no other use of them.
final class JPEGDecoder {
  private let handle: tjhandle?

  init() { handle = tjInitDecompress() }

  deinit { if let handle { tjDestroy(handle) } }

  /// Decodes `bytes`.
  ///
  /// - Errors: damaged or cut short (the library's warnings count), or too large.
  func decode(_ bytes: UnsafeRawBufferPointer) throws(BrokenImage) -> DecodedImage {
    let source = bytes.bindMemory(to: UInt8.self)
    var (width, height, sampling, colours): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    guard tjDecompressHeader3(handle, source.baseAddress, UInt(source.count), &width, &height, &sampling, &colours) == 0 else { throw failure() }
    let (w, h) = (Int(width), Int(height))
    try DecodedImage.checkSize(width: w, height: h)
    let hasInks = colours == Int32(TJCS_CMYK.rawValue) || colours == Int32(TJCS_YCCK.rawValue)
    let format = hasInks ? Int32(TJPF_CMYK.rawValue) : Int32(TJPF_RGB.rawValue)
    let count = w * h * (hasInks ? 4 : 3)
    var succeeded = false
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      succeeded = tjDecompress2(handle, source.baseAddress, UInt(source.count), target.baseAddress, width, 0, height, format, 0) == 0
      initialized = succeeded ? count : 0
    }
    guard succeeded else { throw failure() }
    return DecodedImage(width: w, height: h, pixels: hasInks ? colourOfInks(pixels) : pixels)
  }

  /// Returns the red, green and blue of inverted cyan, magenta, yellow and black.
  private func colourOfInks(_ inks: [UInt8]) -> [UInt8] {
    var colours = [UInt8]()
    colours.reserveCapacity(inks.count / 4 * 3)
    for i in stride(from: 0, to: inks.count, by: 4) {
      let light = Int(inks[i + 3])
      for channel in 0..<3 { colours.append(UInt8((Int(inks[i + channel]) * light + 127) / 255)) }
    }
    return colours
  }

  private func failure() -> BrokenImage {
    BrokenImage("does not decode: \(tjGetErrorStr2(handle).map { String(cString: $0) } ?? "no decoder")")
  }
}
