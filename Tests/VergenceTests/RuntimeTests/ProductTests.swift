import LLVM
import PlanFile
import Runtime
import Support
import Tensors
import Testing

/// The library's products against sums in double precision.
@Suite struct ProductTests {
  @Test(arguments: [(false, false), (false, true), (true, false), (true, true)], [(1, 5, 7, 3), (2, 130, 515, 9), (3, 257, 40, 33)])
  func blocksMakeTheWhole(transposed: (left: Bool, right: Bool), sizes: (batch: Int, rows: Int, columns: Int, inner: Int)) throws {
    let call = Schedule.LibraryCall(
      batch: sizes.batch, rows: sizes.rows, columns: sizes.columns, inner: sizes.inner, transposeLeft: transposed.left,
      transposeRight: transposed.right)
    let (m, n, k) = (sizes.rows, sizes.columns, sizes.inner)
    var results: [[Float]] = []
    for threads in [1, 3] {
      let executor = try Executor(plan: plan(call), threads: threads)
      for (name, salt) in [("left", 1), ("right", 2)] {
        try executor.withInput(name) { bytes in
          let elements = bytes.bindMemory(to: Float.self)
          for i in elements.indices { elements[i] = Self.element(i, salt) }
        }
      }
      try executor.step()
      results.append(try executor.output("product"))
    }
    #expect(results[0] == results[1])

    var worst = 0.0
    for b in 0..<sizes.batch {
      for i in 0..<m {
        for j in 0..<n {
          var sum = 0.0
          for t in 0..<k {
            let left = b * m * k + (transposed.left ? t * m + i : i * k + t)
            let right = b * k * n + (transposed.right ? j * k + t : t * n + j)
            sum += Double(Self.element(left, 1)) * Double(Self.element(right, 2))
          }
          worst = max(worst, abs(sum - Double(results[0][(b * m + i) * n + j])))
        }
      }
    }
    #expect(worst < 1e-4)
  }

  private static func element(_ i: Int, _ salt: Int) -> Float { Float((i &* 7919 &+ salt &* 104729) % 201 - 100) / 100 }

  private func plan(_ call: Schedule.LibraryCall) throws -> Plan {
    let types = [[call.rows, call.inner], [call.inner, call.columns], [call.rows, call.columns]].map { TensorType(valid: .f32, [call.batch] + $0) }
    let manifest = Manifest(
      name: "product", hyperparameters: [:], options: [:], triple: TargetMachine.host().triple, features: [], tuning: "",
      inputs: [.init(name: "left", type: types[0]), .init(name: "right", type: types[1])], outputs: [.init(name: "product", type: types[2])],
      state: [], arenaBytes: 0, lowerBoundBytes: 0)
    let places = [
      Schedule.Place(region: .input, position: 0, bytes: types[0].byteCount, element: .f32),
      Schedule.Place(region: .input, position: 1, bytes: types[1].byteCount, element: .f32),
      Schedule.Place(region: .output, position: 0, bytes: types[2].byteCount, element: .f32),
    ]
    let kernel = Schedule.CompiledKernel(symbol: "", units: call.units, route: "openblas", flops: 0, role: "product", library: call)
    return Plan(
      manifest: manifest, schedule: Schedule(kernels: [kernel], steps: [.init(kernel: 0, label: "product", buffers: places, written: [2])]),
      program: "", llvm: "", objects: [])
  }
}
