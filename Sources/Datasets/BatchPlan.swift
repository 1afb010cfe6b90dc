import Support

/// What the batches of a training run are made of.
package struct BatchPlan: Hashable, Sendable {
  /// The number of images of a batch.
  package var batch: Int
  /// The number of views of an image.
  package var views = 2
  /// The height and the width of a view.
  package var viewSize: Int
  /// How views are made.
  package var recipe: AugmentationRecipe
  /// The seed of the order of images and of all that is drawn for views.
  package var seed: UInt32
  /// Whether views are drawn; if not, all the views of an image are its test image.
  package var augments = true

  /// Creates a plan.
  package init(batch: Int, views: Int = 2, viewSize: Int, recipe: AugmentationRecipe, seed: UInt32, augments: Bool = true) {
    self.batch = batch
    self.views = views
    self.viewSize = viewSize
    self.recipe = recipe
    self.seed = seed
    self.augments = augments
  }

  /// The number of values of one view.
  package var viewStride: Int { viewSize * viewSize * 3 }

  /// Checks that `dataset` can be fed by this plan.
  ///
  /// - Errors: sizes that don't fit, a batch without images, fewer images than one batch has.
  package func check(_ dataset: ImageDataset) throws {
    try recipe.checkSizes(imageSize: dataset.size, viewSize: viewSize)
    guard batch >= 1, views >= 1, views < ViewDraws.shared else { throw Diagnostic("a batch of \(batch) images in \(views) views cannot be made") }
    guard dataset.count >= batch else {
      throw Diagnostic(
        "the \(dataset.split.rawValue) data has \(counted(dataset.count, "image")), fewer than one batch of \(batch)",
        hint: "choose a smaller --batch")
    }
  }
}
