import Codegen
import LLVM
import Passes
import Support

/// What a user may ask of the compiler.
package struct CompilerOptions: Hashable, Sendable {
  /// The machine the kernels are for.
  package var target: TargetMachine
  /// How matrix products are made.
  package var products: ProductRoute = .tiles
  /// How convolutions are made, in single precision; in bf16 they are direct.
  package var convolutions: ConvolutionRoute = .auto
  /// The numbers that activations are kept in.
  package var precision: Precision = .f32
  /// Register tiles that are taken in the place of the compiler's choice.
  package var tiles: [TileOverride] = []
  /// The caches that contractions are cut for.
  package var caches = CacheSizes.host()
  /// Passes after which the program is printed; `all` for every one.
  package var printAfter: Set<String> = []
  /// The pass after which the compiler stops.
  package var stopAfter: String?
  /// The number of threads that the plan asks to be run on; `nil` for as many as the process may.
  ///
  /// The code is the same for any.
  package var threads: Int?
  /// Whether a training plan returns each parameter's gradient, as `gradient.NAME`.
  package var exposesGradients = false

  /// The most bytes that the plan's arena may take; `nil` for as many as are needed when only what is cheap is made again.
  package var memoryBudget: Int?
  /// The folder where machine code is kept between compilations; `nil` for none.
  package var cache: String?
  /// Whether whole plans are kept there too, and taken from there: of such a plan's passes, the report doesn't tell.
  package var keepsPlans = false

  /// How matrix products are made.
  package enum ProductRoute: String, Hashable, Sendable, CaseIterable {
    /// By generated register tiles.
    case tiles
    /// By OpenBLAS.
    case blas
  }

  package init(target: TargetMachine = .host()) { self.target = target }

  /// The machine as code generation sees it.
  package var vectorTarget: VectorTarget {
    VectorTarget(
      lanes: target.floatLanes, registers: target.vectorRegisters, hasBF16Products: target.hasBF16Products,
      hasMatrixRegisters: target.hasMatrixRegisters)
  }
}

/// What the compiler tells while and after it works.
package struct CompilerReport: Sendable {
  /// A pass and the seconds it took.
  package struct Timing: Hashable, Sendable, Encodable {
    package let pass: String
    package let seconds: Double
  }

  /// A kernel and the seconds it took, on one thread.
  package struct CompiledKernel: Hashable, Sendable, Encodable {
    package let symbol: String
    package let route: String
    package let pass: String
    package let seconds: Double
    /// Whether its machine code was there already.
    package let cached: Bool
  }

  /// The stages in the order of their ends; the memory is planned while kernels are compiled.
  package internal(set) var timings: [Timing] = []
  /// What all stages took together.
  package internal(set) var seconds = 0.0
  /// Whether the plan was kept, and no pass was run.
  package internal(set) var wasKept = false
  /// The kernels, in order of their first invocation.
  package internal(set) var kernels: [CompiledKernel] = []
  /// What the user should know: operations without a fast kernel.
  package internal(set) var warnings: [Diagnostic] = []
  /// What the plan's memory holds.
  package internal(set) var memory = MemoryReport()
}
