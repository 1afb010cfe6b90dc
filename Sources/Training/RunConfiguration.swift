import Foundation
import Hashing
import Support

/// All that decides what a run computes, and how it was started: `configuration.json`.
package struct RunConfiguration: Hashable, Sendable, Codable {
  /// The model, as it was named.
  package var model: String
  /// The model's options, as they are typed after `--set`.
  package var options: [String: String]
  /// The images, as they were named; a path is absolute.
  package var data: String
  /// The digest of the images, wherever they are; see `LoadedData.digest`.
  package var images: String
  /// The names of the images' classes, in the order of their labels; `nil` in runs of before they were kept.
  package var classes: [String]?
  /// The images of a batch.
  package var batch: Int
  /// How often all images are seen.
  package var epochs: Int
  /// The seed of the first weights, the images' order, their views, and the model's own draws.
  package var seed: UInt32
  /// What numbers are computed in.
  package var precision: String
  /// How matrix products are made.
  package var products: String
  /// How convolutions are made; `nil` in runs of before there was a choice, whose convolutions are direct.
  package var convolutions: String?
  /// The register tiles that were asked for, such as `forward=6x4`; `nil` for none.
  package var tiles: [String]?
  /// The caches that products are cut for; `nil` in runs of before they were kept, which are cut for those of the machine that goes on with them.
  package var caches: String?
  /// The instruction sets that are used; `nil` for those of the machine.
  package var features: [String]?
  /// The most bytes for a step's intermediates, if there was a limit; what is computed doesn't depend on it.
  package var memoryBudget: Int?
  /// The threads at the run's start; they don't change what is computed.
  package var threads: Int
  /// The version of the program that started the run.
  package var version: String
  /// The SHA-256 of the program, which is saved beside this as `model.vir`.
  package var program: String

  package init(
    model: String, options: [String: String], data: String, images: String, classes: [String], batch: Int, epochs: Int, seed: UInt32,
    precision: String, products: String, convolutions: String, tiles: [String]? = nil, caches: String? = nil, features: [String]? = nil,
    memoryBudget: Int? = nil,
    threads: Int, version: String, program: String
  ) {
    self.model = model
    self.options = options
    self.data = data
    self.images = images
    self.classes = classes
    self.batch = batch
    self.epochs = epochs
    self.seed = seed
    self.precision = precision
    self.products = products
    self.convolutions = convolutions
    self.tiles = tiles
    self.caches = caches
    self.features = features
    self.memoryBudget = memoryBudget
    self.threads = threads
    self.version = version
    self.program = program
  }

  /// Where the classes called `names` aren't those that the run learnt, what differs, such as `class 3 is 'frog', and was 'ship'`.
  package func difference(from names: [String]) -> String? {
    guard let classes, classes != names else { return nil }
    let renamed = zip(classes, names).enumerated().first { $1.0 != $1.1 }.map { "class \($0) is '\($1.1)', and was '\($1.0)'" }
    let count = classes.count == names.count ? nil : "there are \(names.count), and were \(classes.count)"
    return [count, renamed].compactMap(\.self).joined(separator: "; ")
  }

  /// What the run's numbers depend on, as a short text: a checkpoint goes with no other.
  ///
  /// The number of epochs isn't part of it, since no step depends on it: a run can be made longer.
  package var digest: String {
    // What older runs don't have has no place in their digests.
    let later = [
      convolutions, tiles.map { "tiles \($0.joined(separator: " "))" }, caches.map { "caches \($0)" },
      features.map { "features \($0.joined(separator: " "))" },
    ]
    let parts = [program, images, "\(batch)", "\(seed)", precision, products] + later.compactMap(\.self)
    return String(SHA256.hexadecimal(of: parts.joined(separator: "\n").utf8).prefix(16))
  }

  /// The file's bytes.
  func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }
}
