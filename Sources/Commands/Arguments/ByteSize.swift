import Support

/// The units a number of bytes may be given in, by their lower-case names.
private let unitSizes: [Substring: Int] = [
  "": 1, "b": 1,
  "kb": 1000, "mb": 1_000_000, "gb": 1_000_000_000, "tb": 1_000_000_000_000,
  "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
]

/// Returns the bytes that `text`, typed for `subject`, says, such as `4096`, `512MB` or `1.5GiB`.
///
/// Fractions of a byte are dropped.
/// - Errors: it says no size, one below a byte, or one that no machine has.
func byteCount(of text: String, for subject: String) throws -> Int {
  let hint = "such as 4096, 512MB or 2GiB"
  let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
  let unit = text[digits.endIndex...].drop { $0 == " " }.lowercased()
  guard let number = Double(digits), let size = unitSizes[unit[...]] else {
    throw Diagnostic("\(subject) must be a size in bytes, not '\(text)'", hint: hint)
  }
  // A whole number is multiplied as one, so that no byte of it is rounded away.
  let product = Int(digits).map { $0.multipliedReportingOverflow(by: size) }
  let bytes = product.map { $0.overflow ? nil : $0.partialValue } ?? Int(exactly: (number * Double(size)).rounded(.down))
  guard let bytes else { throw Diagnostic("\(subject) is too large: '\(text)' is more than \(Int.max) bytes", hint: hint) }
  guard bytes >= 1 else { throw Diagnostic("\(subject) is too small: '\(text)' is less than one byte", hint: hint) }
  return bytes
}
