import Datasets
import Graph

extension FrozenModel {
  /// Classifies all images of `dataset` by the outputs `probes`, which hold a score for each class.
  ///
  /// A score that isn't a number is never the best; where none is, class 0 is the guess.
  /// - Returns: `nil` when it was stopped before the end.
  package func scores(of probes: [String], on dataset: ImageDataset, unless isStopped: () -> Bool = { false }) throws -> [ProbeScore]? {
    var scores = probes.map { ProbeScore(probeName($0), classes: dataset.classes) }
    let isComplete = try forEachBatch(of: dataset, unless: isStopped) { labels in
      for (i, probe) in probes.enumerated() {
        let classes = try width(of: probe)
        try rows(of: probe, labels.count) { rows in
          for (row, label) in labels.enumerated() {
            var best = 0
            for candidate in 1..<max(1, classes)
            where rows[row * classes + candidate] > rows[row * classes + best] || rows[row * classes + best].isNaN {
              best = candidate
            }
            scores[i].count(label, guess: rows[row * classes + best].isNaN ? 0 : best)
          }
        }
      }
    }
    return isComplete ? scores : nil
  }

  /// Returns the output `name` of all images of `dataset`.
  ///
  /// - Shapes: → f32[count, the output's extents beyond views and batch…]
  package func features(_ name: String, of dataset: ImageDataset) throws -> [Float] {
    var features: [Float] = []
    features.reserveCapacity(dataset.count * (try width(of: name)))
    _ = try forEachBatch(of: dataset) { labels in try rows(of: name, labels.count) { features.append(contentsOf: $0) } }
    return features
  }
}

/// The name of the probe whose scores are the output `output`, as people are shown it.
package func probeName(_ output: String) -> String { output.hasPrefix("logits_") ? String(output.dropFirst("logits_".count)) : output }
