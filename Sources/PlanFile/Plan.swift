import Support
import Tensors

/// A compiled program: kernels in order, with the place of every buffer.
///
/// It needs nothing of the compiler to run, and keeps the graph it was made from, so that it can be compiled again for another machine.
package struct Plan: Hashable, Sendable {
  /// What the plan is and what it was made for.
  package var manifest: Manifest
  /// The kernels' invocations, in order.
  package var schedule: Schedule
  /// The graph as it was given to the compiler, in the textual IR, with the training recipe.
  package var program: String
  /// The kernels in LLVM IR, for people; empty where only `Contents.whatRuns` was read.
  package var llvm: String
  /// The kernels' machine code: relocatable ELF objects, at most 65,536.
  package var objects: [[UInt8]]

  package init(manifest: Manifest, schedule: Schedule, program: String, llvm: String, objects: [[UInt8]]) {
    self.manifest = manifest
    self.schedule = schedule
    self.program = program
    self.llvm = llvm
    self.objects = objects
  }

  /// The same without kernels and program: what a plan whose code is loaded still needs.
  package var withoutCode: Plan { Plan(manifest: manifest, schedule: schedule, program: "", llvm: "", objects: []) }
}

/// What a plan is and what it was made for.
package struct Manifest: Hashable, Sendable, Codable {
  /// The format's version: a reader refuses a larger major version.
  package var major = FormatVersion.current.major
  package var minor = FormatVersion.current.minor
  /// The name of the model or graph.
  package var name: String
  /// The hyperparameters the model was built with, by name.
  package var hyperparameters: [String: String]
  /// The compiler's options that change the program: precision, product route.
  package var options: [String: String]
  /// The target triple.
  package var triple: String
  /// The instruction sets that the machine code uses, such as `avx512f`.
  package var features: [String]
  /// The CPU the code was tuned for; not a requirement.
  package var tuning: String
  /// What must be fed and what comes out.
  package var inputs: [Tensor]
  package var outputs: [Tensor]
  package var state: [StateTensor]
  /// Bytes of the arena, and the largest sum of bytes live at once.
  package var arenaBytes: Int
  package var lowerBoundBytes: Int

  /// A named tensor.
  package struct Tensor: Hashable, Sendable, Codable {
    package var name: String
    package var element: ElementType
    package var shape: [Int]

    package init(name: String, type: TensorType) {
      self.init(name: name, element: type.element, shape: type.shape)
    }

    init(name: String, element: ElementType, shape: [Int]) {
      self.name = name
      self.element = element
      self.shape = shape
    }
  }

  /// A tensor that outlives the step.
  package struct StateTensor: Hashable, Sendable, Codable {
    package var name: String
    package var element: ElementType
    package var shape: [Int]
    package var initial: InitialValue
    /// Whether the optimiser updates it from a gradient.
    package var isTrainable: Bool

    package init(name: String, type: TensorType, initial: InitialValue, isTrainable: Bool) {
      self.name = name
      element = type.element
      shape = type.shape
      self.initial = initial
      self.isTrainable = isTrainable
    }
  }

  package init(
    name: String, hyperparameters: [String: String], options: [String: String], triple: String, features: [String], tuning: String, inputs: [Tensor],
    outputs: [Tensor], state: [StateTensor], arenaBytes: Int, lowerBoundBytes: Int
  ) {
    self.name = name
    self.hyperparameters = hyperparameters
    self.options = options
    self.triple = triple
    self.features = features
    self.tuning = tuning
    self.inputs = inputs
    self.outputs = outputs
    self.state = state
    self.arenaBytes = arenaBytes
    self.lowerBoundBytes = lowerBoundBytes
  }
}

/// The kernels' invocations, in order.
package struct Schedule: Hashable, Sendable {
  /// The different kernels.
  package var kernels: [CompiledKernel]
  /// The invocations.
  package var steps: [Invocation]
  /// Where a step is given up when the loss isn't finite: no state has been written yet then.
  package var guardPoint: GuardPoint?
  /// The invocations that are run chunk by chunk, in order.
  package var streams: [Stream]

  package init(kernels: [CompiledKernel], steps: [Invocation], guardPoint: GuardPoint? = nil, streams: [Stream] = []) {
    self.kernels = kernels
    self.steps = steps
    self.guardPoint = guardPoint
    self.streams = streams
  }

  /// Invocations that are run one after another on a chunk of their units, then on the next.
  ///
  /// A buffer that has an `advance` holds what belongs to one chunk: for chunk number c its kernel gets the address of the buffer less c · advance.
  package struct Stream: Hashable, Sendable, Codable {
    /// The first invocation's number, and how many there are.
    package var first: Int
    package var count: Int
    /// The number of chunks.
    package var chunks: Int

    package init(first: Int, count: Int, chunks: Int) {
      self.first = first
      self.count = count
      self.chunks = chunks
    }
  }

  /// The moment at which the loss is known and no state has been written.
  package struct GuardPoint: Hashable, Sendable, Codable {
    /// The number of invocations that come before.
    package var steps: Int
    /// The number of the output that must be finite.
    package var output: Int

    package init(steps: Int, output: Int) {
      self.steps = steps
      self.output = output
    }
  }

  /// One function of the machine code, or one call of OpenBLAS.
  package struct CompiledKernel: Hashable, Sendable, Codable {
    /// The function's symbol; empty for a library call.
    ///
    /// In C its type is `void symbol(void *const *buffers, int64_t begin, int64_t end)`.
    package var symbol: String
    /// The number of units of work.
    ///
    /// A call does those in `begin..<end`; any partition of the units gives the same bits. A library call has `LibraryCall.units`.
    package var units: Int
    /// The units that a call does at least where threads take turns at them; `nil` where a thread's units are one call.
    ///
    /// A thread that is done with its own takes slices that others have not begun.
    package var slice: Int?
    /// How it is computed, such as `tile 14x2x16 packed`, `loops` or `openblas`.
    package var route: String
    /// Multiplications and additions of a contraction, else 0.
    package var flops: Int
    /// Which pass of a convolution it is: `forward`, `to_data`, `to_weights`, else `product` or nothing.
    package var role: String
    /// The library's product, where the route is one.
    package var library: LibraryCall?

    package init(symbol: String, units: Int, slice: Int? = nil, route: String, flops: Int, role: String, library: LibraryCall? = nil) {
      self.symbol = symbol
      self.units = units
      self.slice = slice
      self.route = route
      self.flops = flops
      self.role = role
      self.library = library
    }
  }

  /// A batched row-major f32 product `buffers[2][b] = buffers[0][b] · buffers[1][b]`, operands transposed where said.
  package struct LibraryCall: Hashable, Sendable, Codable {
    package var batch: Int
    package var rows: Int
    package var columns: Int
    package var inner: Int
    package var transposeLeft: Bool
    package var transposeRight: Bool

    package init(batch: Int, rows: Int, columns: Int, inner: Int, transposeLeft: Bool, transposeRight: Bool) {
      self.batch = batch
      self.rows = rows
      self.columns = columns
      self.inner = inner
      self.transposeLeft = transposeLeft
      self.transposeRight = transposeRight
    }
  }

  /// One use of a kernel.
  package struct Invocation: Hashable, Sendable {
    /// The kernel's number.
    package var kernel: Int
    /// What it computes, in the graph's terms, with the model's line: for reports, profiles and the search for a NaN's origin.
    package var label: String
    /// The buffers, in the kernel's order.
    package var buffers: [Place]
    /// Which of `buffers`, by number, it writes.
    package var written: [Int]
    /// In a stream, the units of a chunk; the last chunk may have fewer.
    package var chunk: Int?

    package init(kernel: Int, label: String, buffers: [Place], written: [Int], chunk: Int? = nil) {
      self.chunk = chunk
      self.kernel = kernel
      self.label = label
      self.buffers = buffers
      self.written = written
    }
  }

  /// Where a buffer is, and how large.
  package struct Place: Hashable, Sendable, Codable {
    package enum Region: String, Hashable, Sendable, Codable {
      /// The arena, at a byte offset.
      case arena
      /// A tensor of the manifest's state, inputs or outputs, by number.
      case state, input, output
    }

    package var region: Region
    /// The byte offset in the arena, or the tensor's number.
    package var position: Int
    package var bytes: Int
    package var element: ElementType
    /// In a stream, the bytes that the buffer's contents move on by from chunk to chunk; `nil` where the buffer is whole.
    package var advance: Int?

    package init(region: Region, position: Int, bytes: Int, element: ElementType, advance: Int? = nil) {
      self.advance = advance
      self.region = region
      self.position = position
      self.bytes = bytes
      self.element = element
    }
  }
}
