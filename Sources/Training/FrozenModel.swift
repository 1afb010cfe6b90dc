import Compiler
import Datasets
import Graph
import PlanFile
import Runtime
import Support
import Tensors

/// A trained model in use: its weights are fixed, and images go through in the order of their dataset.
package final class FrozenModel {
  /// What it is fed.
  package let feed: ImageFeed
  private let executor: Executor

  /// Compiles `program` to compute `outputs`; its state is to be loaded.
  ///
  /// - Errors: the program can't be evaluated, or has no such output.
  package init(_ program: Program, outputs: [String], options: CompilerOptions, threads: Int?) throws {
    feed = try ImageFeed(program)
    var compiler = Compiler(options)
    guard let plan = try compiler.compile(program.forEvaluation(), for: .inference(outputs: outputs)) else {
      preconditionFailure("no pass was named to stop at")
    }
    for output in plan.manifest.outputs where output.element != .f32 || output.shape.prefix(2) != [feed.views, feed.batch] {
      throw Diagnostic(
        "the output '\(output.name)' is \(output.element.rawValue)\(output.shape), and what an image has is f32[\(feed.views), \(feed.batch), …]")
    }
    executor = try Executor(plan: plan, threads: threads)
  }

  /// Takes the state it needs from `training`.
  package func load(from training: Executor) throws { try executor.copyState(from: training) }

  /// Takes the state it needs from `values`.
  ///
  /// - Errors: a tensor is missing or of another type.
  package func load(_ values: [StateValue]) throws {
    let needed = Set(executor.plan.manifest.state.map(\.name))
    let found = values.filter { needed.contains($0.name) }
    if let name = needed.subtracting(found.map(\.name)).min() { throw Diagnostic("the state '\(name)' is missing") }
    try executor.restore(found)
  }

  /// The elements of the output `name` that belong to one image.
  package func width(of name: String) throws -> Int { try executor.withOutput(name) { $0.count / 4 / (feed.views * feed.batch) } }

  /// The extents of the output `name` that belong to one image.
  package func shape(of name: String) -> [Int] {
    Array((executor.plan.manifest.outputs.first { $0.name == name }?.shape ?? []).dropFirst(2))
  }

  /// Computes the outputs of all images of `dataset`, a batch after the other, and gives `body` the classes of each batch's images.
  ///
  /// The places [views, batch] hold different images, and so a batch is views · batch images; `rows` reads what was computed of them.
  /// - Parameter isStopped: asked before each batch.
  /// - Returns: whether it came to the end.
  package func forEachBatch(
    of dataset: ImageDataset, unless isStopped: () -> Bool = { false }, _ body: (_ labels: ArraySlice<Int32>) throws -> Void
  ) throws -> Bool {
    let batches = try TestBatches(dataset: dataset, plan: feed.batches(seed: 0))
    var labels = [Int32](repeating: 0, count: batches.imagesPerBatch)
    for index in 0..<batches.count {
      if isStopped() { return false }
      let valid = try executor.withInput(ImageFeed.viewsInput) { bytes in
        labels.withUnsafeMutableBufferPointer { batches.fill(index, images: bytes.bindMemory(to: Float.self), labels: $0) }
      }
      try executor.step()
      try body(labels.prefix(valid))
    }
    return true
  }

  /// Calls `body` with the values of the output `name` for the first `count` images of the batch, one image after the other.
  package func rows<Result>(of name: String, _ count: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Result) throws -> Result {
    let width = try width(of: name)
    return try executor.withOutput(name) { try body(UnsafeBufferPointer(rebasing: $0.bindMemory(to: Float.self).prefix(count * width))) }
  }
}
