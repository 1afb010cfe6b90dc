import Checkpoints
import Datasets
import Foundation
import Hashing
import Runtime
import Support
import Tensors

/// All that a run needs to go on as if it had never stopped.
package struct Checkpoint: Sendable {
  /// The updates that were made.
  package let step: Int
  /// The next batch; the one after an epoch's last where the epoch's test is still to be made.
  package let position: BatchPosition
  package let seed: UInt32
  /// The digest of the run's configuration.
  package let configuration: String
  package let state: [StateValue]

  package init(step: Int, position: BatchPosition, seed: UInt32, configuration: String, state: [StateValue]) {
    self.step = step
    self.position = position
    self.seed = seed
    self.configuration = configuration
    self.state = state
  }

  /// Writes the file at `path`, whole or not at all.
  package func write(to path: String) throws {
    var document = SafetensorsDocument(metadata: [
      "format": "vergence checkpoint 1", "step": "\(step)", "seed": "\(seed)", "epoch": "\(position.epoch)", "batch": "\(position.batch)",
      "configuration": configuration, "sha256": Checkpoint.digest(of: state),
    ])
    for value in state { document.add(value.name, StoredType(value.type.element), shape: value.type.shape, bytes: Data(value.bytes)) }
    try document.write(to: path)
  }

  /// Reads the file at `path`; nothing in it is trusted.
  ///
  /// - Errors: it can't be read, is no checkpoint, or was altered or damaged.
  package init(reading path: String) throws {
    let file = try SafetensorsFile(path: path)
    func number(_ key: String, _ range: ClosedRange<Int>) throws -> Int {
      guard let text = file.metadata[key], let number = Int(text), range.contains(number) else {
        throw Diagnostic("'\(path)' is no checkpoint: it does not say its \(key)")
      }
      return number
    }
    step = try number("step", 0...Int(Int32.max))
    position = BatchPosition(epoch: try number("epoch", 0...Int(Int32.max)), batch: try number("batch", 0...Int(Int32.max)))
    seed = UInt32(try number("seed", 0...Int(UInt32.max)))
    configuration = file.metadata["configuration"] ?? ""
    state = try file.names.map { name in
      let entry = try file.entry(named: name)
      guard let element = ElementType.allCases.first(where: { StoredType($0) == entry.type }) else {
        throw Diagnostic("'\(path)' is no checkpoint: '\(name)' holds \(entry.type.rawValue)")
      }
      return StateValue(name: name, type: try TensorType(element, entry.shape), bytes: Array(try file.bytes(named: name)))
    }
    guard Checkpoint.digest(of: state) == file.metadata["sha256"] else { throw Diagnostic("'\(path)' was altered or damaged") }
  }

  /// The digest of the tensors' names and contents, whatever their order.
  private static func digest(of state: [StateValue]) -> String {
    let lines = state.map { "\($0.name) \($0.type) \(SHA256.hexadecimal(of: $0.bytes))" }
    return SHA256.hexadecimal(of: lines.sorted().joined(separator: "\n").utf8)
  }
}
