import Datasets
import Support
import Testing

@Suite struct ViewMakerTests {
  static func image(_ size: Int) -> [UInt8] { SyntheticImages().images(.test, size: size).pixels.prefix(size * size * 3).map { $0 } }

  static func view(_ recipe: AugmentationRecipe, of image: [UInt8], imageSize: Int, viewSize: Int, _ parameters: ViewParameters?) -> [Float] {
    let maker = ViewMaker(recipe: recipe, imageSize: imageSize, viewSize: viewSize)
    var view = [Float](repeating: .nan, count: viewSize * viewSize * 3)
    image.withUnsafeBufferPointer { source in
      view.withUnsafeMutableBufferPointer { target in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        if let parameters { maker.makeView(of: source, parameters, into: target) } else { maker.makeTestImage(of: source, into: target) }
      }
    }
    return view
  }

  /// Checks against the reference at 10⁻⁵ of a pixel's range; normalisation divides by a deviation of about a quarter.
  static func expectNear(_ view: [Float], _ reference: ReferenceImage, _ recipe: AugmentationRecipe) {
    let wanted = reference.normalised(recipe)
    #expect(view.count == wanted.count)
    let worst = zip(view, wanted).map { abs(Double($0) - $1) }.max() ?? .infinity
    #expect(worst < 5e-5)
  }

  @Test func shiftsAndFlipsAsTheReference() {
    let image = Self.image(32)
    for isFlipped in [false, true] {
      for (right, down) in [(0, 0), (4, -4), (-4, 3), (1, 0), (0, -1)] {
        let parameters = ViewParameters(isFlipped: isFlipped, placement: .shift(right: right, down: down), jitter: nil, isGrey: false)
        var reference = ReferenceImage(image, size: 32)
        if isFlipped { reference.flip() }
        reference.shift(right: right, down: down)
        Self.expectNear(Self.view(.cifar, of: image, imageSize: 32, viewSize: 32, parameters), reference, .cifar)
      }
    }
  }

  @Test(arguments: [(AugmentationRecipe.stl10, 24), (.imagenet, 12), (.stl10, 10)]) func cropsAsTheReference(
    recipe: AugmentationRecipe, viewSize: Int
  ) {
    let image = Self.image(18)
    for isFlipped in [false, true] {
      for (x, y, width, height) in [(0, 0, 18, 18), (3, 5, 11, 13), (7, 0, 11, 9), (0, 2, 9, 15)] {
        let parameters = ViewParameters(isFlipped: isFlipped, placement: .crop(x: x, y: y, width: width, height: height), jitter: nil, isGrey: false)
        var reference = ReferenceImage(image, size: 18)
        if isFlipped { reference.flip() }
        reference.crop(x: x, y: y, width: width, height: height, target: viewSize)
        Self.expectNear(Self.view(recipe, of: image, imageSize: 18, viewSize: viewSize, parameters), reference, recipe)
      }
    }
  }

  @Test func drawnViewsAreTheReferences() {
    for (recipe, imageSize, viewSize) in [(AugmentationRecipe.cifar, 16, 16), (.stl10, 24, 16), (.imagenet, 20, 16)] {
      let image = Self.image(imageSize)
      for number in 0..<40 {
        let parameters = ViewParameters(recipe: recipe, size: imageSize, seed: 3, epoch: number, image: number * 7, view: number % 2)
        var reference = ReferenceImage(image, size: imageSize)
        if parameters.isFlipped { reference.flip() }
        switch parameters.placement {
        case .shift(let right, let down): reference.shift(right: right, down: down)
        case .crop(let x, let y, let width, let height): reference.crop(x: x, y: y, width: width, height: height, target: viewSize)
        }
        if let jitter = parameters.jitter { reference.apply(jitter) }
        if parameters.isGrey { reference.grey() }
        Self.expectNear(Self.view(recipe, of: image, imageSize: imageSize, viewSize: viewSize, parameters), reference, recipe)
      }
    }
  }

  @Test func testImagesAreTheMiddle() {
    let image = Self.image(32)
    Self.expectNear(Self.view(.cifar, of: image, imageSize: 32, viewSize: 32, nil), ReferenceImage(image, size: 32), .cifar)
    for (recipe, imageSize, viewSize, whole) in [(AugmentationRecipe.stl10, 96, 64, 70), (.imagenet, 160, 128, 146), (.stl10, 64, 64, 70)] {
      let image = Self.image(imageSize)
      var reference = ReferenceImage(image, size: imageSize)
      reference.resizeAndCut(whole: whole, target: viewSize)
      #expect(recipe.testSize(viewSize: viewSize) == whole)
      Self.expectNear(Self.view(recipe, of: image, imageSize: imageSize, viewSize: viewSize, nil), reference, recipe)
    }
  }

  @Test func reflectionDoesNotRepeatTheBorder() {
    #expect((-3...7).map { reflected($0, in: 5) } == [3, 2, 1, 0, 1, 2, 3, 4, 3, 2, 1])
  }

  @Test func sizesThatDoNotFitAreNamed() {
    #expect(throws: Diagnostic.self) { try AugmentationRecipe.cifar.checkSizes(imageSize: 64, viewSize: 32) }
    #expect(throws: Diagnostic.self) { try AugmentationRecipe.stl10.checkSizes(imageSize: 64, viewSize: 4) }
    #expect(throws: Never.self) { try AugmentationRecipe.stl10.checkSizes(imageSize: 96, viewSize: 64) }
  }
}
