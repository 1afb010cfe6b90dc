import PlanFile
import Tensors

extension Plan {
  /// A small plan with one of everything; its machine code is none.
  static func sample() -> Plan {
    let vector = TensorType(valid: .f32, [64])
    let matrix = TensorType(valid: .f32, [2, 8, 8])
    let state = [
      Manifest.StateTensor(name: "weight", type: vector, initial: .uniform(low: -0.1, high: 0.1), isTrainable: true),
      Manifest.StateTensor(name: "step", type: .scalar(.i32), initial: .constant(0), isTrainable: false),
    ]
    let manifest = Manifest(
      name: "sample", hyperparameters: ["width": "64"], options: ["precision": "f32"], triple: "x86_64-pc-linux-gnu",
      features: ["avx2", "fma"], tuning: "haswell", inputs: [.init(name: "image", type: vector), .init(name: "pair", type: matrix)],
      outputs: [.init(name: "loss", type: .scalar(.f32)), .init(name: "product", type: matrix)], state: state, arenaBytes: 512, lowerBoundBytes: 512)
    func arena(_ offset: Int) -> Schedule.Place { .init(region: .arena, position: offset, bytes: 256, element: .f32) }
    let weight = Schedule.Place(region: .state, position: 0, bytes: 256, element: .f32)
    let image = Schedule.Place(region: .input, position: 0, bytes: 256, element: .f32)
    let pair = Schedule.Place(region: .input, position: 1, bytes: 512, element: .f32)
    let loss = Schedule.Place(region: .output, position: 0, bytes: 4, element: .f32)
    let product = Schedule.Place(region: .output, position: 1, bytes: 512, element: .f32)
    let call = Schedule.LibraryCall(batch: 2, rows: 8, columns: 8, inner: 8, transposeLeft: false, transposeRight: true)
    let schedule = Schedule(
      kernels: [
        .init(symbol: "multiply", units: 64, route: "loops", flops: 0, role: ""),
        .init(symbol: "", units: 2, route: "openblas", flops: 2048, role: "product", library: call),
        .init(symbol: "sum", units: 1, route: "loops", flops: 0, role: ""),
      ],
      steps: [
        .init(kernel: 0, label: "multiply", buffers: [weight, image, arena(0)], written: [2]),
        .init(kernel: 1, label: "product", buffers: [pair, pair, product], written: [2]),
        .init(kernel: 2, label: "sum", buffers: [arena(0), loss], written: [1]),
        .init(kernel: 0, label: "update", buffers: [arena(0), arena(256), weight], written: [2]),
      ], guardPoint: .init(steps: 3, output: 0))
    return Plan(
      manifest: manifest, schedule: schedule, program: "graph @sample() {\n}\n", llvm: "; kernels\n",
      objects: (0..<4).map { part in (0..<3000).map { UInt8($0 * (7 + part) & 0xff) } })
  }
}
