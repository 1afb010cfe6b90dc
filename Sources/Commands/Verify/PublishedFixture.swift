import Checkpoints
import ShippedModels
import Support
import Tensors

/// What another framework computed of AMDIM, step by step, in a safetensors file.
///
/// `state/T/NAME` is the state before step T, `input/T/…`, `output/T/…` and `grad/T/NAME` what went in and came out, and `eval/…` what the frozen encoder makes of
/// the last step's first view at the end; names and layouts are the published code's.
struct PublishedFixture {
  let file: SafetensorsFile
  let batch: Int
  let steps: Int

  /// Opens the fixture at `path`.
  ///
  /// - Errors: it is no safetensors file, or doesn't say its batch and steps.
  init(_ path: String) throws {
    let file = try SafetensorsFile(path: path)
    func number(_ key: String) throws -> Int {
      guard let number = file.metadata[key].flatMap({ Int($0) }), (1...1_000_000).contains(number) else {
        throw Diagnostic("'\(path)' is no fixture: its metadata has no '\(key)'", hint: "was it made by the program that writes fixtures?")
      }
      return number
    }
    self.file = file
    (batch, steps) = (try number("batch"), try number("steps"))
  }

  /// The options of a model, among those called `names`, that the fixture was made with.
  ///
  /// Dropout's masks don't carry between frameworks, and the rate doesn't grow: both are off.
  func options(among names: [String]) -> [String: String] {
    let known = Set(names)
    let neither = ["dropout": "0", "warm_up": "0"].filter { known.contains($0.key) }
    return file.metadata.filter { known.contains($0.key) && !["batch", "steps"].contains($0.key) }.merging(neither) { $1 }
  }

  /// The sides of the maps whose drawn locations the file tells: 5 for `index5_view1`.
  var drawnSides: [String] {
    file.names.compactMap { name in
      guard name.hasPrefix("input/0/index"), name.hasSuffix("_view1") else { return nil }
      return String(name.dropFirst("input/0/index".count).dropLast("_view1".count))
    }
  }

  /// What step `step` is fed, by our names; with `isEvaluation` only the images.
  func inputs(_ step: Int, isEvaluation: Bool = false) throws -> [String: Tensor] {
    func stacked(_ name: String, _ layout: (Tensor) -> Tensor = { $0 }) throws -> Tensor {
      let views = try ["view1", "view2"].map { layout(try file.tensor(named: "input/\(step)/\(name)\($0)")) }
      guard views[0].shape == views[1].shape else { throw Diagnostic("the fixture's views differ in shape: \(views[0].shape) and \(views[1].shape)") }
      return Tensor([2] + views[0].shape, views.flatMap(\.elements))
    }
    var inputs = ["views": try stacked("", PublishedFixture.channelsLast)]
    if isEvaluation { return inputs }
    inputs["labels"] = try file.tensor(named: "input/\(step)/labels")
    for side in drawnSides { inputs["location\(side)"] = try stacked("index\(side)_") }
    return inputs
  }

  /// The names of the file's tensors below `folder`, without it.
  func names(in folder: String) -> [String] {
    file.names.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.count + 1)) }
  }

  /// The parameter, statistic or gradient `name`, in our layout.
  func weights(_ name: String) throws -> Tensor {
    let tensor = try file.tensor(named: name)
    let (elements, shape) = PublishedNames.ours(tensor.elements, shape: tensor.shape)
    return Tensor(shape, elements)
  }

  /// The activation `name`, in our layout.
  func activation(_ name: String) throws -> Tensor { PublishedFixture.channelsLast(try file.tensor(named: name)) }

  /// `images`, [B, C, H, W], as [B, H, W, C]; tensors of other ranks as they are.
  private static func channelsLast(_ images: Tensor) -> Tensor {
    guard images.shape.count == 4 else { return images }
    let (elements, shape) = PublishedNames.permuted(images.elements, images.shape, [0, 2, 3, 1])
    return Tensor(shape, elements)
  }
}
