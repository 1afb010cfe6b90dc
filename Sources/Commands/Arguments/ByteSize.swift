/// The units a number of bytes may be given in, by their lower-case names.
private let unitSizes: [Substring: Int] = [
  "": 1, "b": 1,
  "kb": 1000, "mb": 1_000_000, "gb": 1_000_000_000, "tb": 1_000_000_000_000,
  "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
]

/// Returns the bytes that `text` says, such as `4096`, `512MB` or `1.5GiB`, or `nil` when it says none or below one.
///
/// Fractions of a byte are dropped.
func byteCount(of text: String) -> Int? {
  let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
  let unit = text[digits.endIndex...].drop { $0 == " " }.lowercased()
  guard let size = unitSizes[unit[...]] else { return nil }
  if let whole = Int(digits) {
    let (bytes, overflow) = whole.multipliedReportingOverflow(by: size)
    return overflow || bytes < 1 ? nil : bytes
  }
  guard let number = Double(digits), let bytes = Int(exactly: (number * Double(size)).rounded(.down)), bytes >= 1 else { return nil }
  return bytes
}
