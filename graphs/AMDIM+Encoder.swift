import Vergence

extension AMDIM {
  /// A layer of the encoder; `to` is the number of its channels.
  enum Layer {
    /// A convolution with bias, and ReLU.
    case convolution(kernel: Int, stride: Int = 1, padding: Convolution.Padding = .none, to: Int)
    case residual(kernel: Int, stride: Int, to: Int)
    /// One residual, then `depth` − 1 of kernel 1 and stride 1.
    case block(kernel: Int, stride: Int, to: Int)
    /// Batch norm; nothing where it `isInner` and the model has no batch norm inside.
    case norm(isInner: Bool)
  }

  /// The layers from an image to its embedding, which leave maps of side …, 7, 5, 3, 1.
  var layers: [Layer] {
    let w = width
    switch size {
    case 32:
      return [.convolution(kernel: 3, to: w), .residual(kernel: 1, stride: 1, to: w)]
        + [.block(kernel: 4, stride: 2, to: 2 * w), .block(kernel: 2, stride: 2, to: 4 * w)] + lastLayers(4 * w)
    case 64:
      return [.convolution(kernel: 3, to: w)]
        + [.block(kernel: 4, stride: 2, to: 2 * w), .block(kernel: 4, stride: 2, to: 4 * w), .block(kernel: 2, stride: 2, to: 8 * w)]
        + lastLayers(8 * w)
    default:
      return [.convolution(kernel: 5, stride: 2, padding: .reflect(2), to: w), .convolution(kernel: 3, to: w)]
        + [.block(kernel: 4, stride: 2, to: 2 * w), .block(kernel: 4, stride: 2, to: 4 * w), .block(kernel: 2, stride: 2, to: 8 * w)]
        + lastLayers(8 * w)
    }
  }

  /// From the map of side 7 to the embedding.
  private func lastLayers(_ width: Int) -> [Layer] {
    [.norm(isInner: true), .block(kernel: 3, stride: 1, to: width), .block(kernel: 3, stride: 1, to: width)]
      + [.residual(kernel: 3, stride: 1, to: embedding), .norm(isInner: false)]
  }

  /// Encodes `views`, f32[views, B, size, size, 3].
  func encode(_ views: Value) throws -> Maps {
    var map = views
    var lastOfSide: [Int: Value] = [:]
    try scope("layers") {
      for (number, layer) in layers.enumerated() {
        map = try scope(number) { try apply(layer, to: map) }
        lastOfSide[map.shape[2]] = map
      }
    }
    var maps = [1: try map.reshaped([map.shape[0], map.shape[1], 1, embedding])]
    for side in [5, 7] {
      guard let inner = lastOfSide[side] else { throw mistake("the encoder leaves no map of side \(side)") }
      maps[side] = try scope("local\(side)") { try head(inner) }
    }
    return Maps(bySide: maps)
  }

  private func apply(_ layer: Layer, to x: Value) throws -> Value {
    switch layer {
    case .convolution(let kernel, let stride, let padding, let channels):
      return try Convolution("conv", channels, kernel: kernel, stride: stride, padding: padding)(x).relu()
    case .residual(let kernel, let stride, let channels):
      return try residual(x, kernel: kernel, stride: stride, to: channels)
    case .block(let kernel, let stride, let channels):
      var x = try scope(0) { try residual(x, kernel: kernel, stride: stride, to: channels) }
      for number in 1..<depth { x = try scope(number) { try residual(x, kernel: 1, stride: 1, to: channels) } }
      return x
    case .norm(let isInner):
      return isInner && !batchNorm ? x : try BatchNorm("norm")(x)
    }
  }

  /// Two convolutions beside a shortcut that has no parameters: the mean of the window, zeros in the channels it lacks.
  private func residual(_ x: Value, kernel: Int, stride: Int, to channels: Int) throws -> Value {
    let inputs = x.shape[x.rank - 1]
    guard channels >= inputs else {
      throw mistake("a residual layer can't narrow \(inputs) channels to \(channels)", hint: "choose an embedding of at least \(inputs)")
    }
    let first = try Convolution("conv1", channels, kernel: kernel, stride: stride, bias: false)(x)
    let hidden = try (batchNorm ? BatchNorm("norm1")(first) : first).relu()
    let second = try Convolution("conv2", channels, kernel: 1, bias: false, initial: .zero)(hidden)
    return try second + x.averagePooled(kernel: kernel, stride: stride).padded(to: channels, along: -1)
  }

  /// Takes each location of a map into the embedding: f32[views, B, side, side, C] → f32[views, B, side², embedding].
  private func head(_ x: Value) throws -> Value {
    let first = try Convolution("conv1", embedding, kernel: 1, bias: false)(x)
    let hidden = try (batchNorm ? BatchNorm("norm_hidden")(first) : first).relu()
    let second = try Convolution("conv2", embedding, kernel: 1, bias: false, initial: .zero)(hidden)
    let shortcut = try Convolution("shortcut", embedding, kernel: 1, initial: .identity(spread: 0.01))(x)
    let map = try BatchNorm("norm_output")(second + shortcut)
    return try map.reshaped([x.shape[0], x.shape[1], x.shape[2] * x.shape[3], embedding])
  }
}

/// Maps of the views' embeddings, by the length of their side.
struct Maps {
  /// Side to f32[views, B, side², embedding].
  let bySide: [Int: Value]

  /// The one embedding of the whole image, f32[views, B, embedding].
  var global: Value {
    get throws {
      let map = try self[1]
      return try map.reshaped([map.shape[0], map.shape[1], map.shape[3]])
    }
  }

  /// The map of side `side`.
  ///
  /// - Errors: there is none.
  subscript(side: Int) -> Value {
    get throws {
      let sides = bySide.keys.sorted().map(String.init).joined(separator: ", ")
      guard let map = bySide[side] else { throw mistake("no map has a side of \(side)", hint: "the encoder makes maps of side \(sides)") }
      return map
    }
  }
}
