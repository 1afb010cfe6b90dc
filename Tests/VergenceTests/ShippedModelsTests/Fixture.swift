import Checkpoints
import Foundation
import Graph
import Operations
import ShippedModels
import Tensors
import Vergence

/// What the published AMDIM code computed, step by step.
struct Fixture {
  let file: SafetensorsFile
  let batch: Int
  let steps: Int

  static let names = ["amdim32", "amdim32_bn", "amdim64", "amdim128"]

  /// The fixture `name` beside the repository, or `nil`, with a loud line, where there is none.
  init?(_ name: String) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../../..").standardizedFileURL
    let path = root.appending(path: "shared/fixtures/\(name).safetensors").path
    guard FileManager.default.fileExists(atPath: path) else {
      print("SKIPPED: no fixture at '\(path)'")
      return nil
    }
    file = try SafetensorsFile(path: path)
    batch = Int(file.metadata["batch"] ?? "") ?? 0
    steps = Int(file.metadata["steps"] ?? "") ?? 0
  }

  /// AMDIM with the options that the fixture was made with, dropout off, and the drawn locations as an input.
  func program(_ mode: Mode) throws -> Program {
    var options = file.metadata.filter { ["width", "embedding", "depth", "batch_norm", "score_clip", "size", "classes"].contains($0.key) }
    options["dropout"] = "0"
    return try pinDraws(AMDIM.program(options: options, batch: batch, mode: mode), ["location5"])
  }

  /// The named state of `graph` as it was before step `step`.
  func state(_ step: Int, of graph: Graph) throws -> [String: Tensor] {
    let names = PublishedNames(of: graph.stateTypes.keys)
    var state = ["seed": Tensor(scalar: 0), "step": Tensor(scalar: 0)]
    for name in graph.stateTypes.keys {
      guard let published = names.published(for: name) else { continue }
      let tensor = try file.tensor(named: "state/\(step)/\(published)")
      let (elements, shape) = PublishedNames.ours(tensor.elements, shape: tensor.shape)
      state[name] = Tensor(shape, elements)
    }
    return state
  }

  /// What step `step` was fed.
  func inputs(_ step: Int) throws -> [String: Tensor] {
    let views = try ["view1", "view2"].map { try channelsLast(file.tensor(named: "input/\(step)/\($0)")) }
    let locations = try ["view1", "view2"].map { try file.tensor(named: "input/\(step)/index5_\($0)") }
    return [
      "views": Tensor([2] + views[0].shape, views.flatMap(\.elements)), "labels": try file.tensor(named: "input/\(step)/labels"),
      "location5": Tensor([2] + locations[0].shape, locations.flatMap(\.elements)),
    ]
  }

  /// `images`, [B, C, H, W], as [B, H, W, C].
  func channelsLast(_ images: Tensor) -> Tensor {
    let (elements, shape) = PublishedNames.permuted(images.elements, images.shape, [0, 2, 3, 1])
    return Tensor(shape, elements)
  }
}

extension Graph {
  /// The types of the parameters and other state, by name.
  var stateTypes: [String: TensorType] {
    nodes.reduce(into: [:]) { types, node in
      if let parameter = node.operation as? Parameter { types[parameter.name] = parameter.type }
      if let state = node.operation as? State { types[state.name] = state.type }
    }
  }
}

/// The largest |a − b| / max(1, max|b|).
func worstError(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  let scale = max(1, b.map(abs).max() ?? 0)
  return zip(a, b).map { abs($0 - $1) / scale }.max() ?? 0
}
