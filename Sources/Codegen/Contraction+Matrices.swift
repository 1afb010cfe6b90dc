import Loops

/// The matrix registers of a tile (AMX): one of sums for each block of 16 rows and each vector of columns, and one of words for each of both.
///
/// A register has up to 16 rows of 64 bytes. One instruction adds to 16 × 16 sums the products of 16 rows of the left operand, as many words of each as a row holds,
/// and of as many rows of the right one. There are eight: four of sums, and two for each operand.
struct MatrixRegisters {
  /// Rows of each block.
  let rows: [Int]
  let vectors: Int
  /// Words of a row that one instruction sums.
  let steps: Int

  /// Rows of a register, at most, and words of one.
  static let extent = 16
  /// Bytes of a register's row.
  private static let rowBytes = 64

  init(rows: Int, vectors: Int, steps: Int) {
    self.rows = stride(from: 0, to: rows, by: MatrixRegisters.extent).map { min(rows - $0, MatrixRegisters.extent) }
    self.vectors = vectors
    self.steps = steps
    precondition(self.rows.count <= 2 && vectors <= 2 && steps <= MatrixRegisters.extent, "there are eight matrix registers")
  }

  private func sums(_ block: Int, _ vector: Int) -> Int { 2 * block + vector }
  private func left(_ block: Int) -> Int { 4 + block }
  private func right(_ vector: Int) -> Int { 6 + vector }

  /// Gives each register its rows and the bytes of one; what they held is lost.
  func configure(_ f: inout FunctionWriter) {
    // The layout that the instruction reads: a version, from byte 16 on the bytes of each register's rows, from byte 48 on their number.
    var bytes = [Int](repeating: 0, count: 64)
    bytes[0] = 1
    func describe(_ register: Int, rows: Int, words: Int) {
      bytes[16 + 2 * register] = 4 * words
      bytes[48 + register] = rows
    }
    for (block, rows) in rows.enumerated() {
      describe(left(block), rows: rows, words: steps)
      for vector in 0..<vectors { describe(sums(block, vector), rows: rows, words: MatrixRegisters.extent) }
    }
    for vector in 0..<vectors { describe(right(vector), rows: steps, words: MatrixRegisters.extent) }
    let place = f.slot("<64 x i8>", alignment: 64)
    f.run("store <64 x i8> <\(bytes.map { "i8 \($0)" }.joined(separator: ", "))>, ptr \(place)")
    call("ldtilecfg", "ptr \(place)", declaredAs: "ptr", &f)
  }

  /// Makes all sums zero.
  func clear(_ f: inout FunctionWriter) { eachSum { sums, _, _ in call("tilezero", "i8 \(sums)", declaredAs: "i8", &f) } }

  /// Adds the products of `steps` words of rows at `left`, `rowStep` words apart, and of as many rows of columns at `right`, `columnStep` words apart.
  func multiply(_ left: String, rowStep: Int, _ right: String, columnStep: Int, _ f: inout FunctionWriter) {
    func load(_ register: Int, _ operand: String, _ offset: Int, step: Int) {
      let pointer = f.address(operand, "i32", "\(offset)")
      call("tileloadd64", "i8 \(register), ptr \(pointer), i64 \(4 * step)", declaredAs: "i8, ptr, i64", &f)
    }
    for vector in 0..<vectors { load(self.right(vector), right, vector * MatrixRegisters.extent, step: columnStep) }
    eachSum { sums, block, vector in
      if vector == 0 { load(self.left(block), left, block * MatrixRegisters.extent * rowStep, step: rowStep) }
      call("tdpbf16ps", "i8 \(sums), i8 \(self.left(block)), i8 \(self.right(vector))", declaredAs: "i8, i8, i8", &f)
    }
  }

  /// Stores all sums at `place`, row by row.
  func store(to place: String, _ f: inout FunctionWriter) {
    eachSum { sums, block, vector in
      let pointer = f.address(place, "float", "\((block * vectors * MatrixRegisters.extent + vector) * MatrixRegisters.extent)")
      let rowBytes = vectors * MatrixRegisters.rowBytes
      call("tilestored64", "i8 \(sums), ptr \(pointer), i64 \(rowBytes)", declaredAs: "i8, ptr, i64", &f)
    }
  }

  /// Gives the registers back, so that the system has not to keep them.
  static func release(_ f: inout FunctionWriter) {
    f.declare("declare void @llvm.x86.tilerelease()")
    f.run("call void @llvm.x86.tilerelease()")
  }

  private func eachSum(_ body: (_ sums: Int, _ block: Int, _ vector: Int) -> Void) {
    for block in rows.indices { for vector in 0..<vectors { body(sums(block, vector), block, vector) } }
  }

  private func call(_ name: String, _ arguments: String, declaredAs types: String, _ f: inout FunctionWriter) {
    f.declare("declare void @llvm.x86.\(name)(\(types))")
    f.run("call void @llvm.x86.\(name)(\(arguments))")
  }
}

extension ContractionEmitter {
  /// The registers of a tile of `rows` and `vectors`, where it is made of matrices.
  func matrices(rows: Int, vectors: Int) -> MatrixRegisters? {
    schedule.matrixSteps.map { MatrixRegisters(rows: rows, vectors: vectors, steps: $0) }
  }

  /// Whether all tiles have as many rows.
  var hasTilesAlike: Bool { rowBlocks.sizes.count == 1 }

  /// Configures the registers for all tiles of a call, where they have as many rows each; else each tile does, which takes as long as some of its products.
  func configureMatrices(_ f: inout FunctionWriter) {
    guard hasTilesAlike else { return }
    matrices(rows: rowBlocks.sizes[0].size, vectors: schedule.vectors)?.configure(&f)
  }
}
