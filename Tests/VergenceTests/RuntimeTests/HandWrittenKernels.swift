import LLVM
import PlanFile
import Support
import Tensors

/// Kernels in LLVM IR by hand, and plans of them: the runtime is tested without the compiler above it.
enum HandWrittenKernels {
  /// Returns a kernel that stores `value`, computed by `lines` from the loaded elements `%x0`, `%x1`, …, in its last buffer, an element a unit.
  static func elementwise(_ name: String, inputs: Int, _ lines: String, value: String, type: String = "float") -> String {
    let loads = (0..<inputs).map { "  %a\($0) = getelementptr \(type), ptr %b\($0), i64 %i\n  %x\($0) = load \(type), ptr %a\($0)\n" }.joined()
    return function(
      name, buffers: inputs + 1, loads + lines + "\n  %o = getelementptr \(type), ptr %b\(inputs), i64 %i\n  store \(type) \(value), ptr %o\n")
  }

  /// Returns a kernel that adds `width` neighbours of its first buffer in order, a sum a unit.
  static func sums(_ name: String, of width: Int) -> String {
    function(
      name, buffers: 2,
      """
        %first = mul i64 %i, \(width)
        br label %inner
      inner:
        %k = phi i64 [ 0, %body ], [ %k1, %inner ]
        %sum = phi float [ 0.0, %body ], [ %sum1, %inner ]
        %at = add i64 %first, %k
        %p = getelementptr float, ptr %b0, i64 %at
        %x = load float, ptr %p
        %sum1 = fadd float %sum, %x
        %k1 = add i64 %k, 1
        %on = icmp slt i64 %k1, \(width)
        br i1 %on, label %inner, label %ended
      ended:
        %o = getelementptr float, ptr %b1, i64 %i
        store float %sum1, ptr %o

      """, last: "ended")
  }

  /// Returns a function that runs `body` for each unit `%i` with its buffers in `%b0`, `%b1`, …; `last` is the body's last block.
  private static func function(_ name: String, buffers: Int, _ body: String, last: String = "body") -> String {
    let bases = (0..<buffers).map { "  %s\($0) = getelementptr ptr, ptr %buffers, i64 \($0)\n  %b\($0) = load ptr, ptr %s\($0)\n" }.joined()
    return """
      define void @\(name)(ptr %buffers, i64 %begin, i64 %end) {
      entry:
      \(bases)  br label %check
      check:
        %i = phi i64 [ %begin, %entry ], [ %next, %\(last) ]
        %more = icmp slt i64 %i, %end
        br i1 %more, label %body, label %done
      body:
      \(body)  %next = add i64 %i, 1
        br label %check
      done:
        ret void
      }

      """
  }

  /// The elements of the descent plan's vectors; no multiple of a number of threads.
  static let count = 16 * 67

  /// A step that has all the parts of training: from state `weight` and input `image` it makes `loss` = Σ √(weight · image), then updates
  /// `weight` += ½ √(weight · image) and counts in `step`; the guard stands between.
  static func descent() throws -> Plan {
    let vector = TensorType(valid: .f32, [count])
    let llvm = [
      elementwise("multiply", inputs: 2, "  %y = fmul float %x0, %x1", value: "%y"),
      "declare float @llvm.sqrt.f32(float)\n",
      elementwise("root", inputs: 1, "  %y = call float @llvm.sqrt.f32(float %x0)", value: "%y"),
      sums("partial", of: 16), sums("total", of: count / 16),
      elementwise("update", inputs: 2, "  %h = fmul float %x1, 0.5\n  %y = fadd float %x0, %h", value: "%y"),
      elementwise("advance", inputs: 1, "  %y = add i32 %x0, 1", value: "%y", type: "i32"),
    ].joined()
    func arena(_ offset: Int, _ count: Int) -> Schedule.Place { .init(region: .arena, position: offset, bytes: 4 * count, element: .f32) }
    let weight = Schedule.Place(region: .state, position: 0, bytes: 4 * count, element: .f32)
    let step = Schedule.Place(region: .state, position: 1, bytes: 4, element: .i32)
    let image = Schedule.Place(region: .input, position: 0, bytes: 4 * count, element: .f32)
    let loss = Schedule.Place(region: .output, position: 0, bytes: 4, element: .f32)
    let partials = arena((4 * count + 63) / 64 * 64, count / 16)
    return try plan(
      llvm: llvm, inputs: [.init(name: "image", type: vector)], outputs: [.init(name: "loss", type: .scalar(.f32))],
      state: [
        .init(name: "weight", type: vector, initial: .uniform(low: 0.5, high: 1.5), isTrainable: true),
        .init(name: "step", type: .scalar(.i32), initial: .constant(0), isTrainable: false),
      ],
      kernels: [("multiply", count), ("root", count), ("partial", count / 16), ("total", 1), ("update", count), ("advance", 1)],
      steps: [
        .init(kernel: 0, label: "multiply at Model.swift:3:5", buffers: [weight, image, arena(0, count)], written: [2]),
        .init(kernel: 1, label: "root at Model.swift:4:5", buffers: [arena(0, count), arena(0, count)], written: [1]),
        .init(kernel: 2, label: "partial sums", buffers: [arena(0, count), partials], written: [1]),
        .init(kernel: 3, label: "sum", buffers: [partials, loss], written: [1]),
        .init(kernel: 4, label: "update", buffers: [weight, arena(0, count), weight], written: [2]),
        .init(kernel: 5, label: "advance", buffers: [step, step], written: [1]),
      ], guardPoint: .init(steps: 4, output: 0), arenaBytes: partials.position + partials.bytes)
  }

  /// A plan of `invocations` of a kernel that adds one to each of `units` numbers: next to nothing but barriers.
  static func tiny(invocations: Int, units: Int = 8, slice: Int? = nil) throws -> Plan {
    let counts = Schedule.Place(region: .state, position: 0, bytes: 4 * units, element: .i32)
    return try plan(
      llvm: elementwise("advance", inputs: 1, "  %y = add i32 %x0, 1", value: "%y", type: "i32"), inputs: [], outputs: [],
      state: [.init(name: "counts", type: TensorType(valid: .i32, [units]), initial: .constant(0), isTrainable: false)],
      kernels: [("advance", units)], slice: slice,
      steps: Array(repeating: .init(kernel: 0, label: "advance", buffers: [counts, counts], written: [1]), count: invocations), guardPoint: nil,
      arenaBytes: 0)
  }

  /// A plan of a kernel that counts its units but the first, which waits until all are counted but those of the first slice.
  static func waiting(units: Int, slice: Int) throws -> Plan {
    let count = Schedule.Place(region: .state, position: 0, bytes: 4, element: .i32)
    let llvm = function(
      "wait", buffers: 1,
      """
        %isFirst = icmp eq i64 %i, 0
        br i1 %isFirst, label %hold, label %add
      hold:
        %seen = load atomic i32, ptr %b0 acquire, align 4
        %enough = icmp sge i32 %seen, \(units - slice)
        br i1 %enough, label %ended, label %hold
      add:
        %old = atomicrmw add ptr %b0, i32 1 release
        br label %ended
      ended:

      """, last: "ended")
    return try plan(
      llvm: llvm, inputs: [], outputs: [],
      state: [.init(name: "count", type: TensorType(valid: .i32, [1]), initial: .constant(0), isTrainable: false)], kernels: [("wait", units)],
      slice: slice, steps: [.init(kernel: 0, label: "wait", buffers: [count], written: [0])], guardPoint: nil, arenaBytes: 0)
  }

  private static func plan(
    llvm: String, inputs: [Manifest.Tensor], outputs: [Manifest.Tensor], state: [Manifest.StateTensor], kernels: [(symbol: String, units: Int)],
    slice: Int? = nil, steps: [Schedule.Invocation], guardPoint: Schedule.GuardPoint?, arenaBytes: Int
  ) throws -> Plan {
    // The oldest target: the features of a plan are then none, and no test depends on the machine.
    let target = TargetMachine(triple: TargetMachine.host().triple, features: [])
    let manifest = Manifest(
      name: "by hand", hyperparameters: [:], options: [:], triple: target.triple, features: target.features.sorted(), tuning: target.tuning,
      inputs: inputs, outputs: outputs, state: state, arenaBytes: arenaBytes, lowerBoundBytes: arenaBytes)
    let compiled = kernels.map { Schedule.CompiledKernel(symbol: $0.symbol, units: $0.units, slice: slice, route: "loops", flops: 0, role: "") }
    return Plan(
      manifest: manifest, schedule: Schedule(kernels: compiled, steps: steps, guardPoint: guardPoint), program: "", llvm: llvm,
      objects: [try compile(llvm, for: target)])
  }
}
