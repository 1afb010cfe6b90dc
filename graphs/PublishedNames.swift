/// AMDIM's tensors under the names and in the layout of the published code's state dictionary, so that its checkpoints load here, and ours there.
///
/// | ours | published |
/// |---|---|
/// | `encoder.layers.2.0.conv1.weight` | `encoder.module.layer_list.2.layer_list.0.conv1.weight` |
/// | `encoder.local7.norm_output.mean` | `encoder.module.rkhs_block_7.bn_out.bn.running_mean` |
/// | `probes.mlp.hidden.weight` | `evaluator.block_glb_mlp.block_forward.2.weight` |
package struct PublishedNames: Sendable {
  private let publishedByOurs: [String: String]
  private let oursByPublished: [String: String]

  /// Maps those of `names`, a model's parameters and statistics, that the published code has too.
  package init(of names: some Sequence<String>) {
    let pairs = names.compactMap { name in PublishedNames.published(name).map { (name, $0) } }
    publishedByOurs = Dictionary(pairs) { first, _ in first }
    oursByPublished = Dictionary(pairs.map { ($1, $0) }) { first, _ in first }
  }

  /// The published name of our tensor `name`; `nil` for one that only we have, such as the step's number.
  package func published(for name: String) -> String? { publishedByOurs[name] }

  /// Our name of the published tensor `name`; `nil` where the model has none.
  package func ours(for name: String) -> String? { oursByPublished[name] }

  /// Whether the published tensor `name` is one that the model needn't have.
  ///
  /// Those are PyTorch's own counters, and the batch norms that the published code makes and leaves unused when it is told to do without.
  package func hasNoCounterpart(_ name: String) -> Bool {
    guard ours(for: name) == nil else { return false }
    let isInnerNorm = name.hasPrefix("encoder.module.") && name.split(separator: ".").contains("bn")
    return name.hasSuffix(".num_batches_tracked") || isInnerNorm
  }

  /// What stands for our names' beginnings there.
  private static let prefixes = [
    ("encoder.layers.", "encoder.module.layer_list."), ("encoder.local5.", "encoder.module.rkhs_block_5."),
    ("encoder.local7.", "encoder.module.rkhs_block_7."), ("probes.linear.", "evaluator.block_glb_lin.block_forward.2."),
    ("probes.mlp.hidden.", "evaluator.block_glb_mlp.block_forward.2."), ("probes.mlp.norm.", "evaluator.block_glb_mlp.block_forward.3."),
    ("probes.mlp.output.", "evaluator.block_glb_mlp.block_forward.6."),
  ]

  /// What stands for our words there; in a block of residuals, each is found in a list of its own.
  private static let words = [
    "norm": "bn", "norm1": "bn1.bn", "norm_hidden": "bn_hid.bn", "norm_output": "bn_out.bn",
    "scale": "weight", "shift": "bias", "mean": "running_mean", "variance": "running_var",
  ]

  private static func published(_ name: String) -> String? {
    guard let (ours, published) = prefixes.first(where: { name.hasPrefix($0.0) }) else { return nil }
    let parts = name.dropFirst(ours.count).split(separator: ".").map(String.init)
    let inner = parts.enumerated().flatMap { number, part in
      number == 1 && Int(part) != nil ? ["layer_list", part] : [words[part] ?? part]
    }
    return published + inner.joined(separator: ".")
  }
}

extension PublishedNames {
  /// Our shape and elements of a published tensor: convolutions' weights come as [out, in, height, width], linear ones as [out, in].
  package static func ours<Element>(_ elements: [Element], shape: [Int]) -> (elements: [Element], shape: [Int]) {
    switch shape.count {
    case 4: permuted(elements, shape, [2, 3, 1, 0])
    case 2: permuted(elements, shape, [1, 0])
    default: (elements, shape)
    }
  }

  /// The published shape and elements of our tensor.
  package static func published<Element>(_ elements: [Element], shape: [Int]) -> (elements: [Element], shape: [Int]) {
    switch shape.count {
    case 4: permuted(elements, shape, [3, 2, 0, 1])
    case 2: permuted(elements, shape, [1, 0])
    default: (elements, shape)
    }
  }

  /// The elements with their dimensions in another order: dimension d of the result is `order[d]` of `shape`.
  ///
  /// - Requires: as many elements as the shape says.
  package static func permuted<Element>(_ elements: [Element], _ shape: [Int], _ order: [Int]) -> (elements: [Element], shape: [Int]) {
    precondition(shape.reduce(1, *) == elements.count, "\(elements.count) elements for the shape \(shape)")
    var strides = [Int](repeating: 1, count: shape.count)
    for d in stride(from: shape.count - 2, through: 0, by: -1) { strides[d] = strides[d + 1] * shape[d + 1] }
    let result = order.map { shape[$0] }
    let elements = elements.indices.map { position in
      var (rest, source) = (position, 0)
      for d in order.indices.reversed() {
        source += rest % result[d] * strides[order[d]]
        rest /= result[d]
      }
      return elements[source]
    }
    return (elements, result)
  }
}
