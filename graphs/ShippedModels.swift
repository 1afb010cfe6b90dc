import Vergence

/// The models that come with the compiler.
package enum ShippedModels {
  /// The models, by the name they have on the command line.
  package static let all: [String: any Model.Type] = ["amdim": AMDIM.self, "pair": Pair.self]
}
