/// Makes views of images, one at a time, in memory that is allocated once.
///
/// Not for use from two threads at a time: each thread makes its own.
package final class ViewMaker {
  /// How views are made.
  package let recipe: AugmentationRecipe
  /// The height and the width of a view.
  package let viewSize: Int
  private let imageSize: Int
  private let planes: UnsafeMutablePointer<Float>
  private let columns: UnsafeMutablePointer<Int>
  private let resampler: BicubicResampler

  /// Creates a maker of views of `viewSize` from images of `imageSize`.
  ///
  /// - Requires: what `checkSizes` accepts.
  package init(recipe: AugmentationRecipe, imageSize: Int, viewSize: Int) {
    self.recipe = recipe
    self.imageSize = imageSize
    self.viewSize = viewSize
    planes = .allocate(capacity: 3 * viewSize * viewSize)
    columns = .allocate(capacity: viewSize)
    resampler = BicubicResampler(target: viewSize, maximumWidth: imageSize, maximumHeight: imageSize)
  }

  deinit {
    planes.deallocate()
    columns.deallocate()
  }

  /// Writes the view of `image` that `parameters` describe to `target`.
  ///
  /// - Shapes: image u8[imageSize, imageSize, 3]; target f32[viewSize, viewSize, 3].
  package func makeView(of image: UnsafePointer<UInt8>, _ parameters: ViewParameters, into target: UnsafeMutablePointer<Float>) {
    switch parameters.placement {
    case .shift(let right, let down):
      copy(image, right: right, down: down, isFlipped: parameters.isFlipped)
    case .crop(let x, let y, let width, let height):
      // The crop is a part of the mirrored image: the mirror of the mirrored part of the image itself.
      let left = parameters.isFlipped ? imageSize - x - width : x
      let box = BicubicResampler.Box(x: Double(left), y: Double(y), width: Double(width), height: Double(height))
      resampler.resample(image, width: imageSize, height: imageSize, box: box, cut: true, isFlipped: parameters.isFlipped, into: planes)
    }
    let colours = ColourPlanes(planes, count: viewSize * viewSize)
    if let jitter = parameters.jitter { colours.apply(jitter) }
    if parameters.isGrey { colours.makeGrey() }
    colours.normalise(recipe, into: target)
  }

  /// Writes `image` as a test sees it to `target`: brought to the recipe's test size, its centre taken, normalised.
  ///
  /// - Shapes: image u8[imageSize, imageSize, 3]; target f32[viewSize, viewSize, 3].
  package func makeTestImage(of image: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<Float>) {
    let testSize = recipe.testSize(viewSize: viewSize)
    if testSize == viewSize && imageSize == viewSize {
      copy(image, right: 0, down: 0, isFlipped: false)
    } else {
      let scale = Double(imageSize) / Double(testSize)
      let corner = Double((testSize - viewSize) / 2) * scale
      let box = BicubicResampler.Box(x: corner, y: corner, width: Double(viewSize) * scale, height: Double(viewSize) * scale)
      resampler.resample(image, width: imageSize, height: imageSize, box: box, cut: false, isFlipped: false, into: planes)
    }
    ColourPlanes(planes, count: viewSize * viewSize).normalise(recipe, into: target)
  }

  /// Copies the image to the planes, mirrored if asked, then moved with reflection.
  private func copy(_ image: UnsafePointer<UInt8>, right: Int, down: Int, isFlipped: Bool) {
    let size = viewSize
    for x in 0..<size {
      let column = reflected(x - right, in: size)
      columns[x] = 3 * (isFlipped ? size - 1 - column : column)
    }
    let area = size * size
    for y in 0..<size {
      let line = image + 3 * size * reflected(y - down, in: size)
      let row = planes + y * size
      for x in 0..<size {
        let pixel = line + columns[x]
        row[x] = Float(pixel[0]) * (1 / 255)
        row[area + x] = Float(pixel[1]) * (1 / 255)
        row[2 * area + x] = Float(pixel[2]) * (1 / 255)
      }
    }
  }
}
