import Codegen

/// A rewriting of the kernels that keeps what they compute.
package struct KernelPass: Sendable {
  package let name: String
  package let run: @Sendable (inout KernelGraph, KernelOptions) -> Void

  package init(_ name: String, _ run: @escaping @Sendable (inout KernelGraph, KernelOptions) -> Void) {
    self.name = name
    self.run = run
  }
}

/// What the kernel passes are told.
package struct KernelOptions: Hashable, Sendable {
  package var target: VectorTarget
  /// Whether matrix products go to OpenBLAS.
  package var usesLibraryProducts: Bool
  /// The numbers that activations are kept in.
  package var precision: Precision
  /// Tiles that are taken in the place of the model's.
  package var tiles: [TileOverride]
  /// What contractions are cut for.
  package var caches: CacheSizes
  /// Whether long sums may be divided into parts.
  package var sumsHaveParts: Bool

  package init(
    target: VectorTarget, usesLibraryProducts: Bool = false, precision: Precision = .f32, tiles: [TileOverride] = [], caches: CacheSizes = .standard,
    sumsHaveParts: Bool = true
  ) {
    self.sumsHaveParts = sumsHaveParts
    self.caches = caches
    self.target = target
    self.usesLibraryProducts = usesLibraryProducts
    self.precision = precision
    self.tiles = tiles
  }
}

extension KernelPass {
  /// What the kernels go through between lowering and planning, with the reason for each one's place.
  package static let pipeline: [KernelPass] = [
    // Chains of element-wise kernels become one, so that an epilogue takes a whole chain.
    .inlining(intoManyReaders: false),
    // While tables and those who use them are still apart, so that fusion keeps to the streams.
    .streams,
    // Before epilogues, since a library's product takes none; those of streams are made by tiles.
    .libraryProducts,
    // A contraction's tile is still in registers when its epilogue runs; what would be written and read once more rides on it.
    .epilogues,
    // When it is known which sums stay sums, and before what adds up the parts can become part of its reader.
    .sumParts,
    // What is left and cheap is made again where it is read, rather than written and read.
    .inlining(intoManyReaders: true),
    // While sums are whole: a convolution's tiles add up what they have in registers.
    .rowSums,
    // Long sums need parallel work and a short chain of roundings.
    .longReductions,
    // Kernels that pass over the same tensors pass over them together.
    .siblings,
    // After fusion, so that only what is stored is rounded.
    .precision,
    // After all merging: from here on each kernel's rows are known.
    .chunking,
    // Tiles and packing depend on what the contractions have become.
    .tiles,
    // Last: where tensors lie apart changes none of the choices before.
    .padding,
  ]
}
