import Datasets
import Foundation
import Support
import Testing

@Suite struct BatchLoaderTests {
  static let dataset: ImageDataset = {
    var images = SyntheticImages()
    images.train = 107
    return images.images(.train, size: 16)
  }()
  static let plan = BatchPlan(batch: 10, viewSize: 16, recipe: .cifar, seed: 9)

  struct Copy: Equatable {
    var position: BatchPosition
    var views: [Float]
    var labels: [Int32]
  }

  static func copies(_ count: Int, of loader: BatchLoader) -> [Copy] {
    (0..<count).map { _ in loader.withNextBatch { Copy(position: $0.position, views: Array($0.views), labels: Array($0.labels)) } }
  }

  @Test func batchesDoNotDependOnThreadsOrBuffers() throws {
    let one = try BatchLoader(dataset: Self.dataset, plan: Self.plan, threads: 1, buffers: 2)
    let three = try BatchLoader(dataset: Self.dataset, plan: Self.plan, threads: 3, buffers: 4)
    one.start(epoch: 0)
    three.start(epoch: 0)
    #expect(Self.copies(25, of: one) == Self.copies(25, of: three))
  }

  @Test func startGoesAnywhere() throws {
    let loader = try BatchLoader(dataset: Self.dataset, plan: Self.plan, threads: 2)
    loader.start(epoch: 0)
    let all = Self.copies(25, of: loader)
    #expect(loader.batchesPerEpoch == 10)
    #expect(all.map(\.position) == (0..<25).map { BatchPosition(epoch: $0 / 10, batch: $0 % 10) })
    for first in [7, 0, 19, 12] {
      loader.start(epoch: first / 10, batch: first % 10)
      #expect(Self.copies(5, of: loader) == Array(all[first..<first + 5]))
    }
  }

  @Test func anEpochVisitsEachImageOnceInItsOwnOrder() {
    let orders = (0..<3).map { EpochOrder(count: 107, seed: 9, epoch: $0).images }
    for order in orders { #expect(order.sorted() == Array(0..<107)) }
    #expect(Set(orders).count == 3)
    #expect(EpochOrder(count: 107, seed: 10, epoch: 0).images != orders[0])
  }

  @Test func batchesHoldTheViewsOfTheirImages() throws {
    let loader = try BatchLoader(dataset: Self.dataset, plan: Self.plan)
    loader.start(epoch: 1, batch: 3)
    let batch = Self.copies(1, of: loader)[0]
    let order = EpochOrder(count: 107, seed: 9, epoch: 1).images
    for row in 0..<10 {
      let image = Int(order[30 + row])
      #expect(batch.labels[row] == Self.dataset.labels[image])
      for view in 0..<2 {
        let parameters = ViewParameters(recipe: .cifar, size: 16, seed: 9, epoch: 1, image: image, view: view)
        let bytes = Array(Self.dataset.pixels[image * Self.dataset.stride..<(image + 1) * Self.dataset.stride])
        let wanted = ViewMakerTests.view(.cifar, of: bytes, imageSize: 16, viewSize: 16, parameters)
        let start = (view * 10 + row) * Self.plan.viewStride
        #expect(Array(batch.views[start..<start + Self.plan.viewStride]) == wanted)
      }
    }
  }

  @Test func plansWithoutAugmentationShowTestImages() throws {
    var plan = Self.plan
    plan.augments = false
    let loader = try BatchLoader(dataset: Self.dataset, plan: plan)
    loader.start(epoch: 0)
    let batch = Self.copies(1, of: loader)[0]
    #expect(batch.views.prefix(batch.views.count / 2) == batch.views.suffix(batch.views.count / 2))
  }

  @Test func tooFewImagesAreAnError() {
    let plan = BatchPlan(batch: 108, viewSize: 16, recipe: .cifar, seed: 0)
    #expect(throws: Diagnostic.self) { try BatchLoader(dataset: Self.dataset, plan: plan) }
  }

  @Test func testBatchesHoldEveryImageInOrder() throws {
    let batches = try TestBatches(dataset: Self.dataset, plan: Self.plan)
    #expect(batches.count == 6 && batches.imagesPerBatch == 20)
    var (labels, valid) = ([Int32](), 0)
    for index in 0..<batches.count {
      var images = [Float](repeating: .nan, count: 20 * Self.plan.viewStride)
      var batchLabels = [Int32](repeating: -1, count: 20)
      let count = images.withUnsafeMutableBufferPointer { images in
        batchLabels.withUnsafeMutableBufferPointer { batches.fill(index, images: images, labels: $0) }
      }
      for place in 0..<count {
        let image = index * 20 + place
        let bytes = Array(Self.dataset.pixels[image * Self.dataset.stride..<(image + 1) * Self.dataset.stride])
        let wanted = ViewMakerTests.view(.cifar, of: bytes, imageSize: 16, viewSize: 16, nil)
        #expect(Array(images[place * Self.plan.viewStride..<(place + 1) * Self.plan.viewStride]) == wanted)
      }
      #expect(images[(count * Self.plan.viewStride)...].allSatisfy { $0 == 0 })
      labels += batchLabels.prefix(count)
      valid += count
    }
    #expect(valid == 107 && labels == Self.dataset.labels)
  }
}
