import Dispatch
import Support

/// Images that the program draws itself: a class is an outline and a texture; colour, place, size, turn and background are left to chance.
///
/// A linear probe of the pixels does little better than chance on them.
package struct SyntheticImages: Hashable, Sendable {
  /// The number of classes.
  package var classes = 10
  /// The number of training images.
  package var train = 20_000
  /// The number of test images.
  package var test = 2_000
  /// The size they are drawn at; `nil` for the size they are used at.
  package var size: Int?
  /// The seed they are drawn from.
  package var seed: UInt32 = 0

  /// Creates the standard set.
  package init() {}

  /// The name of each class.
  package var classNames: [String] {
    (0..<classes).map { "\(Texture.allCases[$0 / Shape.allCases.count]) \(Shape.allCases[$0 % Shape.allCases.count])" }
  }

  /// Draws the images of `split` and brings them to `size` × `size` pixels; the classes take turns.
  package func images(_ split: ImageDataset.Split, size wanted: Int) -> ImageDataset {
    let count = split == .train ? train : test
    let drawn = size ?? wanted
    let philox = Philox(seed: seed, stream: "synthetic.\(split.rawValue)")
    let stride = wanted * wanted * 3
    let pixels = [UInt8](unsafeUninitializedCapacity: count * stride) { buffer, initialized in
      // Each task writes images of its own.
      nonisolated(unsafe) let buffer = buffer
      let perTask = 128
      DispatchQueue.concurrentPerform(iterations: (count + perTask - 1) / perTask) { task in
        let colours = UnsafeMutablePointer<SIMD3<Float>>.allocate(capacity: drawn * drawn)
        defer { colours.deallocate() }
        for index in task * perTask..<min(count, (task + 1) * perTask) {
          let image = [UInt8](unsafeUninitializedCapacity: drawn * drawn * 3) { target, count in
            guard let base = target.baseAddress else { return }
            SyntheticScene(label: index % classes, index: index, philox: philox).paint(size: drawn, pixels: colours, into: base)
            count = drawn * drawn * 3
          }
          let square = DecodedImage(width: drawn, height: drawn, pixels: image).square(wanted)
          _ = UnsafeMutableBufferPointer(rebasing: buffer[index * stride..<(index + 1) * stride]).update(fromContentsOf: square)
        }
      }
      initialized = count * stride
    }
    return ImageDataset(split: split, size: wanted, classes: classNames, pixels: pixels, labels: (0..<count).map { Int32($0 % classes) })
  }
}
