import Support

extension AugmentationRecipe {
  /// Checks that views of `viewSize` can be made of images of `imageSize`.
  ///
  /// - Errors: a size is out of 8…512; shifted views are as large as their images.
  package func checkSizes(imageSize: Int, viewSize: Int) throws {
    for (name, size) in [("image", imageSize), ("view", viewSize)] where !(8...512).contains(size) {
      throw Diagnostic("\(name)s of \(size)×\(size) pixels cannot be used", hint: "sizes from 8 to 512 can")
    }
    if case .shift = geometry, imageSize != viewSize {
      throw Diagnostic(
        "the '\(rawValue)' views have their images' size: \(imageSize) and \(viewSize) differ", hint: "load the images at the views' size")
    }
  }
}
