import Hashing

/// A function's blocks, cut where they have a number that could as well be an argument: the last operand of an operation on whole numbers.
///
/// These are extents, and positions of rows and blocks. Displacements of addresses stay, for which loops would need registers, and so do
/// divisors in a loop's loop: by an argument, a processor divides several times as slowly.
struct NumberedText: Sendable {
  /// The text, with `mark` in the place of each number.
  let skeleton: [UInt8]
  /// A digest of the skeleton.
  let digest: String
  /// The numbers, in order.
  let numbers: [Int]

  /// A byte that no text has.
  private static let mark: UInt8 = 0

  init(_ text: String) {
    var text = text
    (skeleton, numbers) = text.withUTF8 { bytes in
      var (skeleton, numbers, depth): ([UInt8], [Int], Int) = ([], [], 0)
      skeleton.reserveCapacity(bytes.count)
      for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        if !skeleton.isEmpty { skeleton.append(UInt8(ascii: "\n")) }
        if line.last == UInt8(ascii: ":") { depth += FunctionWriter.loopsEntered(at: String(decoding: line, as: UTF8.self)) }
        guard let (digits, number) = NumberedText.lastNumber(of: line), NumberedText.isArithmetic(line[..<digits], orDivides: depth < 2)
        else {
          skeleton.append(contentsOf: line)
          continue
        }
        skeleton.append(contentsOf: line[..<digits])
        skeleton.append(NumberedText.mark)
        numbers.append(number)
      }
      return (skeleton, numbers)
    }
    digest = SHA256.hexadecimal(of: skeleton)
  }

  /// The text with `numbers` in the places of the marks.
  func text(numbers: [String]) -> String {
    let parts = skeleton.split(separator: Self.mark, omittingEmptySubsequences: false)
    var text = ""
    text.reserveCapacity(skeleton.count + 4 * numbers.count)
    for (place, part) in parts.enumerated() {
      text += String(decoding: part, as: UTF8.self)
      if place < numbers.count { text += numbers[place] }
    }
    return text
  }

  /// The number that is the last word of `line`, and where it begins.
  private static func lastNumber(of line: Slice<UnsafeBufferPointer<UInt8>>) -> (digits: Int, number: Int)? {
    var (begin, number, unit) = (line.endIndex, 0, 1)
    while begin > line.startIndex, case let digit = line[begin - 1], (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
      // Longer ones are no extents.
      guard unit <= 1_000_000_000_000_000 else { return nil }
      number += unit * Int(digit - UInt8(ascii: "0"))
      (begin, unit) = (begin - 1, 10 * unit)
    }
    guard begin < line.endIndex, begin > line.startIndex, line[begin - 1] == UInt8(ascii: " ") else { return nil }
    return (begin, number)
  }

  /// What follows the names of results of operations on whole numbers.
  private static let operations = words(
    "add nsw i64 ", "sub nsw i64 ", "mul nsw i64 ", "mul nuw i64 ", "lshr i64 ", "icmp slt i64 ", "icmp uge i64 ", "icmp ult i64 ")
  private static let divisions = words("udiv i64 ")
  /// A choice of anything: its last operand, which has a type of its own, is a whole number where that is the type.
  private static let choices = words("select i1 ")
  private static let wholeNumber = Array(" i64 ".utf8)

  private static func words(_ words: String...) -> [[UInt8]] { words.map { Array($0.utf8) } }

  /// Whether `line`, up to its last operand, is an operation on whole numbers, a division only where `divides`.
  private static func isArithmetic(_ line: Slice<UnsafeBufferPointer<UInt8>>, orDivides divides: Bool) -> Bool {
    guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { return false }
    let rest = line[equals...].dropFirst(2)
    func begins(withOneOf words: [[UInt8]]) -> Bool { words.contains { rest.starts(with: $0) } }
    return begins(withOneOf: operations) || divides && begins(withOneOf: divisions)
      || begins(withOneOf: choices) && rest.suffix(wholeNumber.count).elementsEqual(wholeNumber)
  }
}
