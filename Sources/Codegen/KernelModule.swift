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
    let made = concurrentMap(groups) { $0.count > 1 ? KernelFamily($0) : nil }
    let modules = zip(groups, made).map { group, family in
      family.map { KernelModule(kernels: group, digest: SHA256.hexadecimal(of: $0.text.utf8), text: $0.text, calls: []) }
        ?? KernelModule(kernels: group, digest: group[0].digest, text: group[0].text, calls: [])
    }
    let families = made.compactMap(\.self)
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
    text = KernelCode.function(name, taking: columns.indices.map { ", i64 %n\($0)" }.joined(), body)
    declaration = "declare void @\(name)(ptr, i64, i64\(String(repeating: ", i64", count: columns.count)))"
    callers = kernels.enumerated().map { number, kernel in
      let values = columns.map { ", i64 \($0[number])" }.joined()
      return KernelCode.function(kernel.symbol, "  tail call void @\(name)(ptr %buffers, i64 %begin, i64 %end\(values))\n  ret void")
    }
  }
}
