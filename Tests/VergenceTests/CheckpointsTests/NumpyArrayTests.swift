import Checkpoints
import Foundation
import Support
import Testing

@Suite struct NumpyArrayTests {
  @Test(arguments: [
    NumpyArray([2, 3], .floats([1, 2, 3, -0.5, .infinity, .leastNonzeroMagnitude])),
    NumpyArray([4], .integers([1, -1, .max, .min])),
    NumpyArray([], .floats([7])),
    NumpyArray([0, 5], .integers([])),
  ])
  func readsWhatItWrote(array: NumpyArray) throws {
    #expect(try NumpyArray(decoding: array.encoded(), source: "array") == array)
  }

  /// The bytes that `numpy.save` writes for `numpy.array([[1, 2]], dtype="<i4")`.
  @Test func writesWhatNumpyWrites() {
    let header = "{'descr': '<i4', 'fortran_order': False, 'shape': (1, 2), }"
    let padded = header + String(repeating: " ", count: 118 - header.count - 1) + "\n"
    let expected = Data([0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0]) + Data(padded.utf8) + Data([1, 0, 0, 0, 2, 0, 0, 0])
    #expect(NumpyArray([1, 2], .integers([1, 2])).encoded() == expected)
  }

  @Test func everyTruncationIsRefusedAndNoDamagedByteTraps() {
    let whole = NumpyArray([2, 2], .floats([1, 2, 3, 4])).encoded()
    for length in 0..<whole.count {
      #expect(throws: Diagnostic.self) { try NumpyArray(decoding: whole.prefix(length), source: "cut") }
    }
    var refused = 0
    for position in 0..<whole.count {
      var damaged = whole
      damaged[position] ^= 0x11
      if (try? NumpyArray(decoding: damaged, source: "damaged")) == nil { refused += 1 }
    }
    #expect(refused > 60)
  }

  @Test(arguments: [
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", "only '<f4' and '<i4'"),
    ("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", "Fortran order"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "does not agree with 4 bytes"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999999999999999,), }", "does not agree"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904,), }", "does not agree"),
    ("nonsense", "its header is 'nonsense'"),
  ])
  func oddHeadersAreToldApart(header: String, part: String) {
    let file = Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0]) + Data(header.utf8) + Data([0, 0, 0, 0])
    let error = #expect(throws: Diagnostic.self) { try NumpyArray(decoding: file, source: "odd") }
    #expect(error?.message.contains(part) == true, "\(error.map(\.message) ?? "")")
  }
}
