import CPNG
import CTurboJPEG
import Datasets
import Testing

@Suite struct ImageDecoderTests {
  let image = ImageFiles.gradient(width: 40, height: 24)
  let decoder = ImageDecoder()

  /// The largest difference between two images' bytes.
  func difference(_ a: [UInt8], _ b: [UInt8]) -> Int { zip(a, b).map { abs(Int($0) - Int($1)) }.max() ?? 0 }

  @Test func pngComesBackExactly() throws { #expect(try decoder.decode(ImageFiles.png(image)) == image) }

  @Test func jpegComesBackNearly() throws {
    let decoded = try decoder.decode(ImageFiles.jpeg(image))
    #expect(decoded.width == 40 && decoded.height == 24)
    #expect(difference(decoded.pixels, image.pixels) <= 8)
  }

  @Test func greyBecomesColour() throws {
    let grey = (0..<24 * 40).map { UInt8($0 % 40 * 5) }
    let wanted = grey.flatMap { [$0, $0, $0] }
    let png = try decoder.decode(ImageFiles.png(grey, width: 40, height: 24, format: 0))
    #expect(png.pixels == wanted)
    let jpeg = try decoder.decode(ImageFiles.jpeg(grey, width: 40, height: 24, format: TJPF_GRAY, sampling: TJSAMP_GRAY))
    #expect(difference(jpeg.pixels, wanted) <= 8)
  }

  @Test func transparencyShowsWhite() throws {
    let pixels: [UInt8] = [10, 20, 30, 255, 10, 20, 30, 0]
    let decoded = try decoder.decode(ImageFiles.png(pixels, width: 2, height: 1, format: PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA))
    #expect(decoded.pixels == [10, 20, 30, 255, 255, 255])
  }

  @Test func inksBecomeColours() throws {
    let inks = [UInt8](repeatElement([200, 100, 50, 128], count: 64).joined())
    let decoded = try decoder.decode(ImageFiles.jpeg(inks, width: 8, height: 8, format: TJPF_CMYK))
    #expect(difference(decoded.pixels, [UInt8](repeatElement([100, 50, 25], count: 64).joined())) <= 4)
  }

  @Test func damagedFilesAreRefused() {
    let (jpeg, png) = (ImageFiles.jpeg(image), ImageFiles.png(image))
    for file in [jpeg, png] {
      for share in [1, 2, 5, 9] {
        #expect(throws: BrokenImage.self) { try decoder.decode([UInt8](file.prefix(file.count * share / 10))) }
      }
    }
    #expect(throws: BrokenImage.self) { try decoder.decode([]) }
    #expect(throws: BrokenImage.self) { try decoder.decode([UInt8]("GIF89a".utf8)) }
    var altered = png
    altered[png.count / 2] ^= 0x55
    #expect(throws: BrokenImage.self) { try decoder.decode(altered) }
  }

  @Test func absurdSizesAreRefusedBeforeMemoryIsGiven() {
    // A JPEG's size is in its SOF0 segment: two bytes of height, two of width, after the marker, the length and the precision.
    var file = ImageFiles.jpeg(image)
    guard let marker = file.indices.dropLast().first(where: { file[$0] == 0xff && file[$0 + 1] == 0xc0 }) else {
      Issue.record("no SOF0 in the JPEG")
      return
    }
    file.replaceSubrange(marker + 5..<marker + 9, with: [0x7f, 0xff, 0x7f, 0xff])
    #expect { try decoder.decode(file) } throws: { ($0 as? BrokenImage)?.reason.contains("32767×32767") == true }
  }

  @Test func bytesAtRandomNeverTrap() {
    let files = [ImageFiles.jpeg(image), ImageFiles.png(image)]
    var state: UInt32 = 7
    for round in 0..<400 {
      var file = files[round % 2]
      for _ in 0..<1 + round % 8 {
        state = state &* 1_664_525 &+ 1_013_904_223
        file[Int(state >> 8) % file.count] = UInt8(state >> 24)
      }
      if let decoded = try? decoder.decode(file) { #expect(decoded.pixels.count == decoded.width * decoded.height * 3) }
    }
  }

  @Test func squaresTakeTheMiddle() {
    let wide = DecodedImage(
      width: 24, height: 8, pixels: (0..<8).flatMap { _ in (0..<24).flatMap { x in [UInt8](repeating: x < 8 ? 10 : x < 16 ? 100 : 200, count: 3) } })
    let square = wide.square(8)
    #expect(square.count == 192)
    #expect(square[3 * 4] == 100)
    #expect(wide.square(16).count == 768)
  }
}
