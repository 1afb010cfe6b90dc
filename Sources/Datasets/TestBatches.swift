import Dispatch

/// All the images of a dataset in order, as a test sees them: every place of [views, batch] holds another image.
package struct TestBatches: Sendable {
  /// The images.
  package let dataset: ImageDataset
  /// What batches are made of; the seed plays no part.
  package let plan: BatchPlan

  /// Creates the batches of `dataset`.
  ///
  /// - Errors: sizes that don't fit. A dataset smaller than a batch is no error: its batch is partly valid.
  package init(dataset: ImageDataset, plan: BatchPlan) throws {
    try plan.recipe.checkSizes(imageSize: dataset.size, viewSize: plan.viewSize)
    precondition(plan.batch >= 1 && plan.views >= 1)
    self.dataset = dataset
    self.plan = plan
  }

  /// The number of images in a batch: views · batch.
  package var imagesPerBatch: Int { plan.views * plan.batch }
  /// The number of batches; the last may be partly valid.
  package var count: Int { (dataset.count + imagesPerBatch - 1) / imagesPerBatch }

  /// Writes batch `index` and returns how many of its places, from the first, hold an image; the rest are zero with the label 0.
  ///
  /// - Shapes: images f32[views, batch, viewSize, viewSize, 3]; labels i32[views, batch].
  package func fill(_ index: Int, images: UnsafeMutableBufferPointer<Float>, labels: UnsafeMutableBufferPointer<Int32>) -> Int {
    precondition(images.count == imagesPerBatch * plan.viewStride && labels.count == imagesPerBatch && (0..<count).contains(index))
    let first = index * imagesPerBatch
    let valid = min(imagesPerBatch, dataset.count - first)
    images.suffix(from: valid * plan.viewStride).update(repeating: 0)
    for place in 0..<imagesPerBatch { labels[place] = place < valid ? dataset.labels[first + place] : 0 }
    let perTask = 32
    // Each task writes places of its own.
    nonisolated(unsafe) let images = images
    dataset.pixels.withUnsafeBufferPointer { pixels in
      nonisolated(unsafe) let pixels = pixels
      DispatchQueue.concurrentPerform(iterations: (valid + perTask - 1) / perTask) { task in
        let maker = ViewMaker(recipe: plan.recipe, imageSize: dataset.size, viewSize: plan.viewSize)
        for place in task * perTask..<min(valid, (task + 1) * perTask) {
          guard let source = pixels.baseAddress, let target = images.baseAddress else { return }
          maker.makeTestImage(of: source + (first + place) * dataset.stride, into: target + place * plan.viewStride)
        }
      }
    }
    return valid
  }
}
