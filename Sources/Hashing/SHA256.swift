internal import CProcessor

/// The SHA-256 digest: what a file's bytes must be to be the file that was written.
///
/// - Source: FIPS 180-4, §6.2.
package struct SHA256 {
  /// The hash value so far.
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  /// The words of one block's message schedule.
  private var schedule = [UInt32](repeating: 0, count: 64)

  /// The bytes that are worked on at once.
  private static let blockSize = 64

  /// Whether the processor has instructions for the rounds, some ten times as fast.
  package static let hasInstructions = vergence_has_sha256()

  /// Returns the digest of `bytes` in lower-case hexadecimal digits.
  ///
  /// - Parameter byInstructions: whether the processor's own instructions do it, which it must have then.
  package static func hexadecimal(of bytes: some Sequence<UInt8>, byInstructions: Bool = hasInstructions) -> String {
    let contiguous = bytes.withContiguousStorageIfAvailable { digest(of: UnsafeRawBufferPointer($0), byInstructions) }
    let words = contiguous ?? Array(bytes).withUnsafeBytes { digest(of: $0, byInstructions) }
    return words.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  /// Returns the eight words of the digest of `bytes`.
  private static func digest(of bytes: UnsafeRawBufferPointer, _ byInstructions: Bool) -> [UInt32] {
    var hash = SHA256()
    let whole = bytes.count / blockSize * blockSize
    hash.mix(UnsafeRawBufferPointer(rebasing: bytes[..<whole]), byInstructions)

    // The end: a one bit, zeros, and the message's length in bits, in one or two more blocks.
    var end = Array(bytes[whole...]) + [0x80]
    while end.count % blockSize != blockSize - 8 { end.append(0) }
    let bits = UInt64(bytes.count) * 8
    for shift in stride(from: 56, through: 0, by: -8) { end.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift))) }
    end.withUnsafeBytes { hash.mix($0, byInstructions) }
    return hash.state
  }

  /// Mixes whole blocks into the state.
  private mutating func mix(_ blocks: UnsafeRawBufferPointer, _ byInstructions: Bool) {
    let count = blocks.count / Self.blockSize
    if byInstructions {
      vergence_sha256(&state, Self.constants, blocks.baseAddress, count)
    } else {
      for block in 0..<count { mix(UnsafeRawBufferPointer(rebasing: blocks[block * Self.blockSize..<(block + 1) * Self.blockSize])) }
    }
  }

  /// Mixes one block into the state.
  private mutating func mix(_ block: UnsafeRawBufferPointer) {
    schedule.withUnsafeMutableBufferPointer { w in
      for t in 0..<16 { w[t] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: 4 * t, as: UInt32.self)) }
      for t in 16..<64 {
        let (x, y) = (w[t - 15], w[t - 2])
        let small0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >> 3)
        let small1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >> 10)
        w[t] = w[t - 16] &+ small0 &+ w[t - 7] &+ small1
      }
      var (a, b, c, d) = (state[0], state[1], state[2], state[3])
      var (e, f, g, h) = (state[4], state[5], state[6], state[7])
      for t in 0..<64 {
        let large1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
        let first = h &+ large1 &+ ((e & f) ^ (~e & g)) &+ Self.constants[t] &+ w[t]
        let large0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
        let second = large0 &+ ((a & b) ^ (a & c) ^ (b & c))
        (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
      }
      for (i, word) in [a, b, c, d, e, f, g, h].enumerated() { state[i] &+= word }
    }
  }

  /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
  ]
}

/// Returns `word` rotated right by `count` bits.
private func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { (word >> count) | (word << (32 - count)) }
