import LLVM
import Passes
import PlanFile
import Tensors

/// A plan that does nothing but fused multiplications and additions in registers: what it reaches is the machine's peak.
///
/// It runs as any plan does, on the same threads, so that shares of it mean something.
struct PeakProgram {
  let plan: Plan
  /// The multiplications and additions of a step.
  let flops: Int

  /// Sums that don't wait for each other: more than the latency of an addition times the additions a cycle, and fewer than the registers of any target.
  private static let sums = 12
  /// Rounds of one unit of work, less than a millisecond: short against the time that other processes leave in one piece.
  private static let rounds = 100_000

  /// Compiles the loop for `target`, with a unit of work for each of `threads`.
  ///
  /// In bf16 a product is an instruction's of pairs, where the target has it, or of matrices of them.
  init(target: TargetMachine, precision: Precision, threads: Int) throws {
    let lanes = target.floatLanes
    let isPaired = precision == .bf16 && target.hasBF16Products
    let takesMatrices = isPaired && target.hasMatrixRegisters
    let flopsOfRound = takesMatrices ? PeakProgram.matrices * 2 * 16 * 16 * 32 : (isPaired ? 4 : 2) * PeakProgram.sums * lanes
    flops = threads * PeakProgram.rounds * flopsOfRound
    let kernel = Schedule.CompiledKernel(symbol: "peak", units: threads, route: "loops", flops: flops, role: "")
    let text = takesMatrices ? PeakProgram.textOfMatrices : PeakProgram.text(lanes: lanes, isPaired: isPaired)
    let result = TensorType(valid: .f32, [threads, lanes])
    let place = Schedule.Place(region: .output, position: 0, bytes: result.byteCount, element: .f32)
    plan = Plan(
      manifest: Manifest(
        name: "peak", hyperparameters: [:], options: [:], triple: target.triple, features: target.features.sorted(), tuning: target.tuning,
        inputs: [],
        outputs: [Manifest.Tensor(name: "sums", type: result)], state: [], arenaBytes: 0, lowerBoundBytes: 0),
      schedule: Schedule(kernels: [kernel], steps: [Schedule.Invocation(kernel: 0, label: "peak", buffers: [place], written: [0])]),
      program: "", llvm: text,
      objects: [try LLVM.compile(text, for: target)])
  }

  /// Matrix registers of sums.
  private static let matrices = 4

  /// The loop of products of whole matrix registers; each is configured to be of 16 rows of 64 bytes.
  private static var textOfMatrices: String {
    let layout = (0..<64).map { "i8 \($0 == 0 ? 1 : (16..<32).contains($0) && $0 % 2 == 0 ? 64 : (48..<56).contains($0) ? 16 : 0)" }
    return text(
      global: "@layout = private constant <64 x i8> <\(layout.joined(separator: ", "))>",
      begin: "  call void @llvm.x86.ldtilecfg(ptr @layout)",
      steps: (0..<matrices).map { "  call void @llvm.x86.tdpbf16ps(i8 \($0), i8 \(4 + $0 / 2), i8 \(6 + $0 % 2))" },
      vector: "<16 x float>", result: "zeroinitializer",
      end: "  call void @llvm.x86.tilerelease()",
      declarations: ["void @llvm.x86.ldtilecfg(ptr)", "void @llvm.x86.tilerelease()", "void @llvm.x86.tdpbf16ps(i8, i8, i8)"])
  }

  /// The loop of products of vectors: every sum starts at a number of its own, or they would be found to be one.
  private static func text(lanes: Int, isPaired: Bool) -> String {
    let vector = "<\(lanes) x float>"
    func splat(_ number: String) -> String { "<\(Array(repeating: "float \(number)", count: lanes).joined(separator: ", "))>" }
    let words = "<\(lanes) x i32> <\(Array(repeating: "i32 1048592", count: lanes).joined(separator: ", "))>"
    let numbers = 0..<sums
    return text(
      phis: numbers.map { "  %s\($0) = phi \(vector) [ \(splat("\($0).0")), %unit ], [ %t\($0), %loop ]" },
      steps: numbers.map {
        isPaired
          ? "  %t\($0) = call \(vector) @llvm.x86.avx512bf16.dpbf16ps.512(\(vector) %s\($0), \(words), \(words))"
          : "  %t\($0) = call contract \(vector) @llvm.fmuladd.v\(lanes)f32(\(vector) %s\($0), \(vector) \(splat("0.5")), \(vector) \(splat("0.25")))"
      },
      total: numbers.dropFirst().map { "  %a\($0) = fadd \(vector) \($0 == 1 ? "%t0" : "%a\($0 - 1)"), %t\($0)" },
      vector: vector, result: "%a\(sums - 1)",
      declarations: [
        isPaired
          ? "<16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float>, <16 x i32>, <16 x i32>)"
          : "\(vector) @llvm.fmuladd.v\(lanes)f32(\(vector), \(vector), \(vector))"
      ])
  }

  /// The function in LLVM IR: for each unit, rounds of `steps`, after which `total` makes the `result`, a `vector`; `begin` and `end` stand around all.
  private static func text(
    global: String = "", begin: String = "", phis: [String] = [], steps: [String], total: [String] = [], vector: String, result: String,
    end: String = "", declarations: [String]
  ) -> String {
    """
    \(global)
    define void @peak(ptr %buffers, i64 %begin, i64 %end) {
    entry:
      %sums = load ptr, ptr %buffers
    \(begin)
      %any = icmp slt i64 %begin, %end
      br i1 %any, label %unit, label %done
    unit:
      %u = phi i64 [ %begin, %entry ], [ %u1, %store ]
      br label %loop
    loop:
      %i = phi i64 [ 0, %unit ], [ %i1, %loop ]
    \((phis + steps).joined(separator: "\n"))
      %i1 = add i64 %i, 1
      %more = icmp slt i64 %i1, \(rounds)
      br i1 %more, label %loop, label %store
    store:
    \(total.joined(separator: "\n"))
      %place = getelementptr \(vector), ptr %sums, i64 %u
      store \(vector) \(result), ptr %place
      %u1 = add i64 %u, 1
      %again = icmp slt i64 %u1, %end
      br i1 %again, label %unit, label %done
    done:
    \(end)
      ret void
    }
    \(declarations.map { "declare \($0)" }.joined(separator: "\n"))

    """
  }
}
