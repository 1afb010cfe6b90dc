import Support

/// The order in which an epoch visits the images: a permutation that is a function of the seed and the epoch.
package struct EpochOrder: Sendable {
  /// The image at each position.
  package let images: [Int32]

  /// Shuffles 0..<`count` for `epoch`.
  ///
  /// - Source: Fisher and Yates, as Durstenfeld 1964.
  package init(count: Int, seed: UInt32, epoch: Int) {
    let draws = Philox(seed: seed, stream: "epoch.order")
    var images = Array(0..<Int32(count))
    for last in stride(from: count - 1, to: 0, by: -1) {
      images.swapAt(last, Int(draws.integer(below: UInt32(last + 1), element: UInt64(last), step: UInt64(epoch))))
    }
    self.images = images
  }
}
