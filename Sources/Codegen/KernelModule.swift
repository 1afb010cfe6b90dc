import Hashing
import Loops
import Support

/// Functions that LLVM compiles together.
///
/// Kernels whose functions are the same but for some numbers are a *family*: one function, which takes these numbers as arguments, is a module.
/// Each kernel of a family is left with a short function that calls it, and the short functions of all families are one more module.
package struct KernelModule: Sendable {
  /// The kernels whose work is done here.
  package let kernels: [KernelCode]
  /// A digest of the functions.
  package let digest: String
  /// The functions as LLVM IR text.
  let text: String
  /// Declarations of functions of other modules that are called.
  let calls: [String]

  /// Bytes of text: about what it takes to compile it.
  package var size: Int { text.utf8.count }

  /// The modules of `kernels`, which all differ: the families in the order of their first members, and at the end the calls, if there are any.
  package static func modules(of kernels: [KernelCode]) -> [KernelModule] {
    var places: [String: Int] = [:]
    var groups: [[KernelCode]] = []
    for kernel in kernels {
      let place = places[kernel.numbered.digest] ?? groups.count
      if places.updateValue(place, forKey: kernel.numbered.digest) == nil { groups.append([]) }
      groups[place].append(kernel)
    }
    let families = concurrentMap(groups.filter { $0.count > 1 }) { KernelFamily($0) }
    var next = families.makeIterator()
    let modules = groups.map { group in
      guard group.count > 1, let family = next.next() else {
        return KernelModule(kernels: group, digest: group[0].digest, text: group[0].text, calls: [])
      }
      return KernelModule(kernels: group, digest: SHA256.hexadecimal(of: family.text.utf8), text: family.text, calls: [])
    }
    guard !families.isEmpty else { return modules }
    let text = families.flatMap(\.callers).joined(separator: "\n\n")
    return modules + [KernelModule(kernels: [], digest: SHA256.hexadecimal(of: text.utf8), text: text, calls: families.map(\.declaration))]
  }
}

/// Kernels whose functions are the same but for some numbers.
private struct KernelFamily: Sendable {
  /// The function that they share.
  let text: String
  let declaration: String
  /// The kernels' own functions, which call it.
  let callers: [String]

  /// The family of `kernels`, whose skeletons are equal.
  init(_ kernels: [KernelCode]) {
    // What is the same for all stays a number. What is equal in each kernel is one argument.
    var arguments: [[Int]: Int] = [:]
    var columns: [[Int]] = []
    let names = kernels[0].numbered.numbers.indices.map { place in
      let column = kernels.map { $0.numbered.numbers[place] }
      guard column.contains(where: { $0 != column[0] }) else { return "\(column[0])" }
      let argument = arguments[column] ?? columns.count
      if arguments.updateValue(argument, forKey: column) == nil { columns.append(column) }
      return "%n\(argument)"
    }
    let body = kernels[0].numbered.text(numbers: names)
    let name = "shared_" + SHA256.hexadecimal(of: body.utf8).prefix(16)
    text = "define void @\(name)(ptr %buffers, i64 %begin, i64 %end\(columns.indices.map { ", i64 %n\($0)" }.joined())) #0 {\n\(body)\n}"
    declaration = "declare void @\(name)(ptr, i64, i64\(String(repeating: ", i64", count: columns.count)))"
    callers = kernels.enumerated().map { number, kernel in
      """
      define void @\(kernel.symbol)(ptr %buffers, i64 %begin, i64 %end) #0 {
        tail call void @\(name)(ptr %buffers, i64 %begin, i64 %end\(columns.map { ", i64 \($0[number])" }.joined()))
        ret void
      }
      """
    }
  }
}

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
        guard let (digits, number) = NumberedText.lastNumber(of: line), NumberedText.isArithmetic(line, orDivides: depth < 2) else {
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
    "add nsw i64 ", "sub nsw i64 ", "mul nsw i64 ", "mul nuw i64 ", "lshr i64 ", "icmp slt i64 ", "icmp uge i64 ", "icmp ult i64 ", "select i1 ")
  private static let divisions = words("udiv i64 ")

  private static func words(_ words: String...) -> [[UInt8]] { words.map { Array($0.utf8) } }

  /// Whether `line` is an operation on whole numbers, a division only where `divides`.
  private static func isArithmetic(_ line: Slice<UnsafeBufferPointer<UInt8>>, orDivides divides: Bool) -> Bool {
    guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { return false }
    let rest = line[equals...].dropFirst(2)
    return operations.contains { rest.starts(with: $0) } || divides && divisions.contains { rest.starts(with: $0) }
  }
}
