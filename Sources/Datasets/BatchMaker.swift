/// Makes any batch of a training run: its content is a function of the seed and the position alone.
///
/// Not for use from two threads at a time: each thread makes its own.
final class BatchMaker {
  private let dataset: ImageDataset
  private let plan: BatchPlan
  private let views: ViewMaker
  private var order: (epoch: Int, images: EpochOrder)?

  init(dataset: ImageDataset, plan: BatchPlan) {
    self.dataset = dataset
    self.plan = plan
    views = ViewMaker(recipe: plan.recipe, imageSize: dataset.size, viewSize: plan.viewSize)
  }

  /// Writes the batch at `position`.
  ///
  /// - Shapes: target f32[views, batch, viewSize, viewSize, 3]; labels i32[batch].
  func make(_ position: BatchPosition, into target: UnsafeMutablePointer<Float>, labels: UnsafeMutablePointer<Int32>) {
    let images = order(of: position.epoch)
    dataset.pixels.withUnsafeBufferPointer { pixels in
      guard let base = pixels.baseAddress else { return }
      for row in 0..<plan.batch {
        let image = Int(images[position.batch * plan.batch + row])
        labels[row] = dataset.labels[image]
        for view in 0..<plan.views {
          let place = target + (view * plan.batch + row) * plan.viewStride
          let source = base + image * dataset.stride
          guard plan.augments else {
            views.makeTestImage(of: source, into: place)
            continue
          }
          let parameters = ViewParameters(
            recipe: plan.recipe, size: dataset.size, seed: plan.seed, epoch: position.epoch, image: image, view: view)
          views.makeView(of: source, parameters, into: place)
        }
      }
    }
  }

  private func order(of epoch: Int) -> [Int32] {
    if let order, order.epoch == epoch { return order.images.images }
    let images = EpochOrder(count: dataset.count, seed: plan.seed, epoch: epoch)
    order = (epoch, images)
    return images.images
  }
}
