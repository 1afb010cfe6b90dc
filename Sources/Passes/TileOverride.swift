import Codegen
import Loops
import Support

/// A register tile that a user asks for in the place of the model's choice, for experiments: `to_weights=8x2@256`.
package struct TileOverride: Hashable, Sendable {
  /// The contractions it is for.
  package let role: Contraction.Role
  package let rows: Int
  package let vectors: Int
  /// Iterations of the outermost reduction a sweep takes; `nil` leaves that to the model.
  package let sweep: Int?

  /// The text that it is parsed from.
  package var text: String { "\(role.rawValue)=\(rows)x\(vectors)" + (sweep.map { "@\($0)" } ?? "") }

  /// Parses `PASS=ROWSxVECTORS` or `PASS=ROWSxVECTORS@SWEEP`, for a machine like `target`.
  ///
  /// - Errors: another form, a pass that isn't there, a tile that doesn't fit the registers.
  package init(parsing text: String, for target: VectorTarget) throws {
    let roles = [Contraction.Role.product, .convolutionForward, .convolutionToData, .convolutionToWeights]
    let form = "a tile is PASS=ROWSxVECTORS, and may end in @SWEEP: to_weights=8x2@256"
    let sides = text.split(separator: "=", omittingEmptySubsequences: false)
    guard sides.count == 2 else { throw Diagnostic("'\(text)' is no tile", hint: form) }
    guard let role = Contraction.Role(rawValue: String(sides[0])) else {
      throw Diagnostic("no pass is called '\(sides[0])'", hint: "there are \(roles.map(\.rawValue).joined(separator: ", "))")
    }
    let parts = sides[1].split(separator: "@", omittingEmptySubsequences: false)
    let shape = parts[0].split(separator: "x", omittingEmptySubsequences: false).compactMap { Int($0) }
    guard parts.count <= 2, shape.count == 2, shape.allSatisfy({ (1...64).contains($0) }) else {
      throw Diagnostic("'\(text)' is no tile", hint: form + ", each side from 1 to 64")
    }
    let needed = shape[0] * shape[1] + shape[1] + 1
    guard needed <= target.registers else {
      throw Diagnostic("a tile of \(parts[0]) needs \(needed) vector registers, and the machine has \(target.registers)", hint: "take a smaller one")
    }
    if parts.count == 2 {
      guard let sweep = Int(parts[1]), (1...1 << 30).contains(sweep) else { throw Diagnostic("'\(text)' is no tile", hint: form) }
      self.sweep = sweep
    } else {
      sweep = nil
    }
    (self.role, rows, vectors) = (role, shape[0], shape[1])
  }
}
