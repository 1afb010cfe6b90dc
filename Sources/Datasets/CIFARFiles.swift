import Support

/// CIFAR-10's or CIFAR-100's binary files: records of one or two label bytes and three planes of 32×32 bytes.
///
/// - Source: Krizhevsky 2009; the layout is that of the published binary versions.
struct CIFARFiles {
  private var files: [String: [UInt8]] = [:]

  /// The size of the images.
  private static let side = 32
  private static let tenNames = (1...5).map { "data_batch_\($0).bin" }
  private static let known = Set(tenNames + ["test_batch.bin", "train.bin", "test.bin", "batches.meta.txt", "fine_label_names.txt"])

  /// Whether a file of this name belongs to the set.
  static func knows(_ name: String) -> Bool { known.contains(name) }

  /// Keeps the file `name`.
  mutating func add(_ name: String, _ bytes: [UInt8]) { files[name] = bytes }

  /// Whether there are images.
  var hasImages: Bool { files.keys.contains { $0.hasSuffix(".bin") } }

  /// Reads both splits, each image brought to `size` × `size` pixels.
  ///
  /// - Errors: a file is missing, is not whole records long, has a label out of range, or names too few classes.
  func load(size: Int, named name: String) throws -> LoadedData {
    let isTen = files["test_batch.bin"] != nil || Self.tenNames.contains { files[$0] != nil }
    let train = isTen ? Self.tenNames.filter { files[$0] != nil } : ["train.bin"]
    let test = isTen ? "test_batch.bin" : "test.bin"
    for file in train + [test] where files[file] == nil {
      throw Diagnostic("'\(name)' has no '\(file)'", hint: "CIFAR's binary version is a set of files: unpack them all")
    }
    if train.isEmpty { throw Diagnostic("'\(name)' has no 'data_batch_1.bin'", hint: "CIFAR's binary version is a set of files: unpack them all") }
    let classes = try classNames(isTen: isTen, named: name)
    var report = LoadingReport()
    if isTen && train.count < Self.tenNames.count { report.notes.append("\(train.count) of the 5 training files are there") }
    return LoadedData(
      train: try read(train, .train, classes: classes, labelBytes: isTen ? 1 : 2, size: size),
      test: try read([test], .test, classes: classes, labelBytes: isTen ? 1 : 2, size: size), report: report)
  }

  /// Returns the names of the classes, or their numbers if there is no file of names.
  private func classNames(isTen: Bool, named name: String) throws -> [String] {
    let count = isTen ? 10 : 100
    let file = isTen ? "batches.meta.txt" : "fine_label_names.txt"
    guard let bytes = files[file] else { return (0..<count).map { "class \($0)" } }
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
    let names = lines.filter { !$0.allSatisfy(\.isWhitespace) }
    guard names.count == count else { throw Diagnostic("'\(file)' of '\(name)' names \(names.count) classes instead of \(count)") }
    return names
  }

  private func read(_ names: [String], _ split: ImageDataset.Split, classes: [String], labelBytes: Int, size: Int) throws -> ImageDataset {
    let area = Self.side * Self.side
    let record = labelBytes + 3 * area
    var pixels: [UInt8] = []
    var labels: [Int32] = []
    let total = names.reduce(0) { $0 + (files[$1]?.count ?? 0) } / record
    try checkMemory(images: total, size: size)
    pixels.reserveCapacity(total * size * size * 3)
    labels.reserveCapacity(total)
    for name in names {
      let bytes = files[name] ?? []
      guard !bytes.isEmpty, bytes.count % record == 0 else {
        throw Diagnostic("'\(name)' has \(bytes.count) bytes, not whole records of \(record)", hint: "is the download complete?")
      }
      for start in stride(from: 0, to: bytes.count, by: record) {
        // CIFAR-100 has the coarse label first; the fine one is the class.
        let label = Int(bytes[start + labelBytes - 1])
        guard label < classes.count else {
          throw Diagnostic("'\(name)' has the label \(label) in record \(start / record), and there are \(classes.count) classes")
        }
        labels.append(Int32(label))
        let planes = start + labelBytes
        let image = [UInt8](unsafeUninitializedCapacity: 3 * area) { target, count in
          for i in 0..<area {
            for channel in 0..<3 { target[3 * i + channel] = bytes[planes + channel * area + i] }
          }
          count = 3 * area
        }
        pixels += DecodedImage(width: Self.side, height: Self.side, pixels: image).square(size)
      }
    }
    return ImageDataset(split: split, size: size, classes: classes, pixels: pixels, labels: labels)
  }
}
