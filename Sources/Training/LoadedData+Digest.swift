import Datasets
import Hashing
import Support

extension LoadedData {
  /// A digest of the images, by which a run that goes on knows that they are the same: of all labels and class names, and of every 101st byte of the pixels.
  package var digest: String {
    var bytes: [UInt8] = []
    for dataset in [train, test] {
      bytes += Array("\(dataset.size) \(dataset.count) \(dataset.classes)".utf8)
      for label in dataset.labels { withUnsafeBytes(of: label.littleEndian) { bytes += $0 } }
      for i in stride(from: 0, to: dataset.pixels.count, by: 101) { bytes.append(dataset.pixels[i]) }
    }
    return String(SHA256.hexadecimal(of: bytes).prefix(16))
  }
}
