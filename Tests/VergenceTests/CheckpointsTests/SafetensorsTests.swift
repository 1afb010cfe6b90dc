import Checkpoints
import Foundation
import Support
import Tensors
import Testing

/// A document with every type, awkward names and free text.
private func sample() -> SafetensorsDocument {
  var document = SafetensorsDocument(metadata: ["step": "3", "note": "a \"quote\", a \\ and a \u{1F441}"])
  document.add("b/weight", shape: [2, 3], floats: [1, -2, 0.5, .infinity, -0.0, .leastNonzeroMagnitude])
  document.add("labels", shape: [3], integers: [7, -1, .max])
  document.add("scalar \"é\"", shape: [], floats: [42])
  document.add("none", shape: [0, 4], floats: [])
  document.add("mask", .bool, shape: [3], bytes: Data([0, 1, 1]))
  document.add("pixels", .u8, shape: [2], bytes: Data([255, 0]))
  document.add("half", .bf16, shape: [2], bytes: Data([0x80, 0x3f, 0x20, 0xc0]))
  document.add("wide", .i64, shape: [1], bytes: Data([0xfe, 255, 255, 255, 255, 255, 255, 255]))
  document.add("double", .f64, shape: [1], bytes: Data([0, 0, 0, 0, 0, 0, 0xf8, 0x3f]))
  return document
}

/// A file whose header is `json`, followed by `count` bytes.
private func file(header json: String, count: Int) -> Data {
  withUnsafeBytes(of: UInt64(json.utf8.count)) { Data($0) } + Data(json.utf8) + Data(repeating: 0, count: count)
}

@Suite struct SafetensorsTests {
  @Test func readsWhatItWrote() throws {
    let file = try SafetensorsFile(decoding: try sample().encoded(), source: "sample")
    #expect(file.metadata == sample().metadata)
    #expect(file.names == ["b/weight", "double", "half", "labels", "mask", "none", "pixels", "scalar \"é\"", "wide"])
    #expect(try file.shape(of: "b/weight") == [2, 3])
    let weight = try file.floats(named: "b/weight")
    #expect(weight.map(\.bitPattern) == [1, -2, 0.5, .infinity, -0.0, .leastNonzeroMagnitude].map { (x: Float) in x.bitPattern })
    #expect(try file.integers(named: "labels") == [7, -1, Int(Int32.max)])
    #expect(try file.tensor(named: "scalar \"é\"").elements == [42])
    #expect(try file.floats(named: "none").isEmpty)
    #expect(try file.integers(named: "mask") == [0, 1, 1])
    #expect(try file.floats(named: "pixels") == [255, 0])
    #expect(try file.floats(named: "half") == [1, -2.5])
    #expect(try file.integers(named: "wide") == [-2])
    #expect(try file.floats(named: "double") == [1.5])
    #expect(try file.type(of: "double") == .f64)
    #expect(try file.bytes(named: "pixels").elementsEqual([255, 0]))
  }

  @Test func equalDocumentsAreEqualBytesAndAligned() throws {
    var turned = SafetensorsDocument(metadata: ["b": "2", "a": "1"])
    turned.add("y", shape: [1], integers: [5])
    turned.add("x", shape: [1], floats: [1])
    var straight = SafetensorsDocument(metadata: ["a": "1", "b": "2"])
    straight.add("x", shape: [1], floats: [1])
    straight.add("y", shape: [1], integers: [5])
    let bytes = try straight.encoded()
    #expect(try turned.encoded() == bytes)
    #expect(bytes.count % 8 == 0 && bytes[0] % 8 == 0)
  }

  @Test func asksForNamesItHas() throws {
    let file = try SafetensorsFile(decoding: try sample().encoded(), source: "sample")
    #expect(file.contains("half") && !file.contains("halb"))
    let unknown = #expect(throws: Diagnostic.self) { try file.floats(named: "label") }
    #expect(unknown?.hint == "did you mean 'labels'?")
    let fractions = #expect(throws: Diagnostic.self) { try file.integers(named: "half") }
    #expect(fractions?.message.contains("holds BF16, not whole numbers") == true)
  }

  @Test func everyTruncationIsRefused() throws {
    let whole = try sample().encoded()
    for length in 0..<whole.count {
      #expect(throws: Diagnostic.self, "\(length) of \(whole.count) bytes") { try SafetensorsFile(decoding: whole.prefix(length), source: "cut") }
    }
  }

  @Test func noDamagedByteTraps() throws {
    let whole = try sample().encoded()
    var refused = 0
    for position in 0..<whole.count {
      for change: UInt8 in [0x01, 0x02, 0x10, 0x80, 0xff] {
        var damaged = whole
        damaged[position] ^= change
        do {
          // What is still a file must still be readable to its last element.
          let file = try SafetensorsFile(decoding: damaged, source: "damaged")
          for name in file.names { #expect(try file.floats(named: name).count == file.shape(of: name).reduce(1, *)) }
        } catch is Diagnostic {
          refused += 1
        }
      }
    }
    #expect(refused > 1000)
  }

  @Test(arguments: [
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "'a' comes twice"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "its tensors take 4 bytes, and 8 follow"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "starts at byte 4"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "the one before it ends at"),
    (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, "takes 12 bytes, and its offsets span 8"),
    (#"{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,8]}}"#, "too large"),
    (#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#, "too large"),
    (#"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}"#, "at most 63 bits"),
    (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, "expected a whole number"),
    (#"{"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}"#, "holds F16"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "in order"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, "two data_offsets"),
    (#"{"a":{"dtype":"F32","shape":[2]}}"#, "two data_offsets"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}"#, "unknown property 'x'"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x"#, "something follows"),
    (#"{"a"#, "a string has no end"),
    (#"{"a\"#, "a string has no end"),
    (#"[]"#, "expected '{'"),
    ("", "expected '{'"),
  ])
  func contradictionsAreToldApart(header: String, part: String) {
    let error = #expect(throws: Diagnostic.self) { try SafetensorsFile(decoding: file(header: header, count: 8), source: "odd") }
    #expect(error?.message.contains(part) == true, "\(error.map(\.message) ?? "")")
  }

  @Test func refusesAHugeHeader() {
    let bytes = Data(repeating: 0xff, count: 64)
    let error = #expect(throws: Diagnostic.self) { try SafetensorsFile(decoding: bytes, source: "huge") }
    #expect(error?.message.contains("announces a header of 18446744073709551615 bytes") == true)
  }

  @Test func goesThroughTheDisk() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try sample().write(to: path)
    #expect(try SafetensorsFile(path: path).floats(named: "half") == [1, -2.5])
  }

  @Test func readsThePublishedFixtures() throws {
    let folder = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../../shared/fixtures").standardizedFileURL.path
    let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".safetensors") }
    guard !files.isEmpty else {
      print("SKIPPED: no fixtures in \(folder): files of another writer are not read")
      return
    }
    for name in files {
      let file = try SafetensorsFile(path: "\(folder)/\(name)")
      #expect(!file.metadata.isEmpty)
      #expect(file.contains("input/0/view1"))
      for tensor in file.names {
        let entry = try file.entry(named: tensor)
        #expect(try file.floats(named: tensor).allSatisfy(\.isFinite), "\(name) \(tensor) \(entry.shape)")
      }
    }
  }
}
