import Loops

/// Builds the text of one LLVM function, block by block.
///
/// Values that change in loops live in stack slots made by `slot`; LLVM turns those into registers, so no phi is written by hand.
struct FunctionWriter {
  // The lines one after another: lists of them would be joined once more.
  private var entry = "entry:\n"
  private var body = "start:\n"
  private var counter = 0
  /// Instructions that the blocks on the way here have, by their text, with the names of their results; and the order in which they came.
  private var known: [String: String] = [:]
  private var order: [String] = []
  private(set) var declarations: Set<String> = []
  /// The functions of `MathLibrary` that are called.
  private(set) var mathFunctions: Set<UnaryFunction> = []

  /// A new name, not used before.
  mutating func fresh(_ prefix: String = "v") -> String {
    counter += 1
    return "%\(prefix)\(counter)"
  }

  /// Appends `instruction` and returns the name of its result.
  mutating func value(_ instruction: String) -> String {
    let name = fresh()
    FunctionWriter.append(name, instruction, to: &body)
    return name
  }

  /// The name of what `instruction` gives, which follows from its operands alone: it is appended only where no block on the way here has it.
  mutating func pure(_ instruction: String) -> String {
    if let name = known[instruction] { return name }
    let name = value(instruction)
    known[instruction] = name
    order.append(instruction)
    return name
  }

  /// Runs `body`, whose blocks control need not come through on its way to those after them.
  private mutating func aside(_ body: (inout FunctionWriter) -> Void) {
    let count = order.count
    body(&self)
    for instruction in order[count...] { known[instruction] = nil }
    order.removeSubrange(count...)
  }

  /// Appends an instruction without a result.
  mutating func run(_ instruction: String) {
    body += "  "
    body += instruction
    body += "\n"
  }

  /// Appends a line that calls the result of `instruction` `name`; piece by piece, since a step has a hundred thousand lines.
  private static func append(_ name: String, _ instruction: String, to block: inout String) {
    block += "  "
    block += name
    block += " = "
    block += instruction
    block += "\n"
  }

  /// Starts the block `label`, falling through from the block before.
  mutating func startBlock(_ label: String, fallingThrough: Bool = true) {
    if fallingThrough { run("br label %\(label)") }
    body += "\(label):\n"
  }

  /// A label that is not used yet.
  mutating func label(_ prefix: String) -> String {
    counter += 1
    return "\(prefix)\(counter)"
  }

  /// Makes a stack slot for values of `type` in the entry block, at a multiple of `alignment` bytes where it is given.
  mutating func slot(_ type: String, alignment: Int? = nil) -> String {
    let name = fresh("slot")
    FunctionWriter.append(name, "alloca \(type)\(alignment.map { ", align \($0)" } ?? "")", to: &entry)
    return name
  }

  /// Appends an instruction to the entry block, which dominates all others.
  mutating func entryValue(_ instruction: String) -> String {
    let name = fresh("e")
    FunctionWriter.append(name, instruction, to: &entry)
    return name
  }

  /// Notes that `function` of `MathLibrary` is called.
  mutating func useMathLibrary(_ function: UnaryFunction) { mathFunctions.insert(function) }

  /// Bytes of a line, the most that the memory moves at once.
  static let lineBytes = 64

  /// Asks for the line at `pointer`: to be written, or to be read, soon or from the second-level cache.
  mutating func prefetch(_ pointer: String, isWritten: Bool = false, isSoon: Bool = true) {
    declare("declare void @llvm.prefetch.p0(ptr, i32, i32, i32)")
    run("call void @llvm.prefetch.p0(ptr \(pointer), i32 \(isWritten ? 1 : 0), i32 \(isSoon ? 3 : 2), i32 1)")
  }

  /// Notes that the module must declare `declaration`.
  mutating func declare(_ declaration: String) { declarations.insert(declaration) }

  /// Runs `body` with the counter's value for every step from `low` up to, not including, `high`.
  ///
  /// `low` and `high` are i64 names or literals. The body may end in another block than it began in.
  mutating func loop(_ name: String, from low: String, to high: String, step: Int = 1, _ body: (inout FunctionWriter, String) -> Void) {
    let counter = slot("i64")
    let (head, inside, end) = (label(name + Self.head), label(name + Self.inside), label(name + Self.end))
    run("store i64 \(low), ptr \(counter)")
    startBlock(head)
    let now = value("load i64, ptr \(counter)")
    let more = value("icmp slt i64 \(now), \(high)")
    run("br i1 \(more), label %\(inside), label %\(end)")
    startBlock(inside, fallingThrough: false)
    aside { body(&$0, now) }
    let next = value("add nsw i64 \(now), \(step)")
    run("store i64 \(next), ptr \(counter)")
    run("br label %\(head)")
    startBlock(end, fallingThrough: false)
  }

  /// What the labels of a loop's blocks have after its name.
  private static let (head, inside, end) = (".head", ".body", ".end")

  /// How many loops more the blocks from `label` on are in than those before it in the text: 1, −1 or 0.
  static func loopsEntered(at label: some StringProtocol) -> Int { label.contains(inside) ? 1 : label.contains(end) ? -1 : 0 }

  /// Runs `then` where `condition`, an i1, holds, else `otherwise`.
  mutating func branch(_ condition: String, _ then: (inout FunctionWriter) -> Void, otherwise: (inout FunctionWriter) -> Void = { _ in }) {
    let (yes, no, end) = (label("then"), label("else"), label("join"))
    run("br i1 \(condition), label %\(yes), label %\(no)")
    startBlock(yes, fallingThrough: false)
    aside(then)
    run("br label %\(end)")
    startBlock(no, fallingThrough: false)
    aside(otherwise)
    run("br label %\(end)")
    startBlock(end, fallingThrough: false)
  }

  /// The function's blocks.
  var text: String { entry + "  br label %start\n" + body + "  ret void" }
}

extension FunctionWriter {
  /// `a + b` of i64 names or literals, folded where it can be.
  mutating func add(_ a: String, _ b: String) -> String {
    if let x = Int(a), let y = Int(b) { return "\(x + y)" }
    if a == "0" { return b }
    return b == "0" ? a : pure("add nsw i64 \(a), \(b)")
  }

  /// `a · factor`, folded where it can be.
  mutating func multiply(_ a: String, _ factor: Int) -> String {
    if let x = Int(a) { return "\(x * factor)" }
    if factor == 0 { return "0" }
    return factor == 1 ? a : pure("mul nsw i64 \(a), \(factor)")
  }

  /// The pointer that is `count`, an i64, elements of `type` after `pointer`.
  mutating func address(_ pointer: String, _ type: String, _ count: String) -> String {
    count == "0" ? pointer : pure("getelementptr \(type), ptr \(pointer), i64 \(count)")
  }

  /// The smaller of two i64.
  mutating func minimum(_ a: String, _ b: String) -> String {
    if let x = Int(a), let y = Int(b) { return "\(min(x, y))" }
    let less = pure("icmp slt i64 \(a), \(b)")
    return pure("select i1 \(less), i64 \(a), i64 \(b)")
  }

  /// The larger of two i64.
  mutating func maximum(_ a: String, _ b: String) -> String {
    if let x = Int(a), let y = Int(b) { return "\(max(x, y))" }
    let less = pure("icmp slt i64 \(a), \(b)")
    return pure("select i1 \(less), i64 \(b), i64 \(a)")
  }
}
