internal import CProcessor

/// Digits that differ for programs that differ, from the identifier that the linker gave this one; `nil` where it gave none.
package let buildIdentifier: String? = {
  var count = 0
  guard let bytes = vergence_build_identifier(&count), count > 0 else { return nil }
  return SHA256.hexadecimal(of: UnsafeBufferPointer(start: bytes, count: count))
}()
