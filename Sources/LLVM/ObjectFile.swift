import Support

/// The rules that an ELF object keeps before it may be given to LLVM's linker, which takes offsets at their word.
///
/// Only what a relocatable file of 64 bits, little-endian, can hold is accepted ([format](https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html)).
struct ObjectFile {
  private let bytes: [UInt8]
  private var sections: [Section] = []

  /// A row of the section header table, as far as the rules ask for it.
  private struct Section {
    var name: Int
    var type: Int
    var offset: Int
    var size: Int
    var link: Int
    var info: Int
    var alignment: Int
    var entrySize: Int
    /// Whether the file holds the section's bytes.
    var isStored: Bool { type != ObjectFile.nothingStored && type != 0 }
  }

  private static let (symbolTable, stringTable, relocations, nothingStored) = (2, 3, 4, 8)
  private static let (headerSize, sectionRowSize, symbolSize, relocationSize) = (64, 64, 24, 24)
  /// Indices from here on name no section: they say that a symbol is absolute, common or undefined.
  private static let reservedSections = 0xff00

  /// Throws if `bytes` are no relocatable object for this machine's architecture, or refer to places outside of themselves.
  static func validate(_ bytes: [UInt8]) throws(Diagnostic) {
    var file = ObjectFile(bytes: bytes)
    try file.readHeader()
    for section in file.sections { try file.check(section) }
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  /// Reads the file's header and its section table.
  private mutating func readHeader() throws(Diagnostic) {
    try require(bytes.count >= Self.headerSize && bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]), "it does not begin as an ELF file")
    try require(bytes[4] == 2 && bytes[5] == 1 && bytes[6] == 1, "it is not made for 64 bits, little-endian")
    try require(try integer(16, 2) == 1, "it is not relocatable")
    try require(try integer(18, 2) == Self.architecture, "it is made for another architecture")
    let (table, rowSize, count, names) = (try integer(40, 8), try integer(58, 2), try integer(60, 2), try integer(62, 2))
    try require(rowSize == Self.sectionRowSize && count > 0 && names < count, "its section table is damaged")
    try require(spans(table, count * rowSize, bytes.count), "its section table lies outside of the file")
    for row in 0..<count {
      let at = table + row * rowSize
      sections.append(
        Section(
          name: try integer(at, 4), type: try integer(at + 4, 4), offset: try integer(at + 24, 8), size: try integer(at + 32, 8),
          link: try integer(at + 40, 4), info: try integer(at + 44, 4), alignment: try integer(at + 48, 8), entrySize: try integer(at + 56, 8)))
    }
    for section in sections { try requireText(section.name, in: names) }
  }

  /// Checks that `section` lies in the file and refers only to what exists.
  private func check(_ section: Section) throws(Diagnostic) {
    if section.isStored { try require(spans(section.offset, section.size, bytes.count), "a section lies outside of the file") }
    try require(section.size <= Int(Int32.max), "a section is too large")
    try require(section.alignment & (section.alignment &- 1) == 0 && section.alignment <= 1 << 16, "a section's alignment is damaged")
    switch section.type {
    case Self.symbolTable: try checkSymbols(of: section)
    case Self.relocations: try checkRelocations(of: section)
    default: break
    }
  }

  private func checkSymbols(of table: Section) throws(Diagnostic) {
    try require(table.entrySize == Self.symbolSize && table.size % Self.symbolSize == 0, "its symbol table is damaged")
    try require(table.info <= table.size / Self.symbolSize, "its symbol table is damaged")
    for at in stride(from: table.offset, to: table.offset + table.size, by: Self.symbolSize) {
      try requireText(try integer(at, 4), in: table.link)
      let home = try integer(at + 6, 2)
      guard home < Self.reservedSections else { continue }
      try require(home < sections.count, "a symbol's section does not exist")
      if home != 0 {
        try require(spans(try integer(at + 8, 8), try integer(at + 16, 8), sections[home].size), "a symbol lies outside of its section")
      }
    }
  }

  private func checkRelocations(of table: Section) throws(Diagnostic) {
    try require(table.entrySize == Self.relocationSize && table.size % Self.relocationSize == 0, "its relocations are damaged")
    try require(table.link < sections.count && table.info < sections.count, "its relocations are damaged")
    let (symbols, patched) = (sections[table.link], sections[table.info])
    try require(symbols.type == Self.symbolTable, "its relocations name no symbol table")
    for at in stride(from: table.offset, to: table.offset + table.size, by: Self.relocationSize) {
      let (place, kind, symbol) = (try integer(at, 8), try integer(at + 8, 4), try integer(at + 12, 4))
      guard let width = Self.relocationWidths[kind] else { throw damage("a relocation is of no known kind") }
      try require(patched.isStored && spans(place, width, patched.size), "a relocation lies outside of its section")
      try require(symbol < symbols.size / Self.symbolSize, "a relocation's symbol does not exist")
    }
  }

  /// Throws unless a terminated text begins at `offset` in the section `table`.
  private func requireText(_ offset: Int, in table: Int) throws(Diagnostic) {
    try require(table < sections.count && sections[table].type == Self.stringTable, "its table of names is missing")
    let names = sections[table]
    try require(spans(names.offset, names.size, bytes.count) && names.size > 0 && offset < names.size, "a name lies outside of its table")
    try require(bytes[names.offset + names.size - 1] == 0, "its table of names has no end")
  }

  /// Returns the `width` bytes at `offset` as a number; one over 63 bits is damage too.
  private func integer(_ offset: Int, _ width: Int) throws(Diagnostic) -> Int {
    try require(spans(offset, width, bytes.count), "it ends too early")
    let value = bytes[offset..<offset + width].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    try require(value <= UInt64(Int.max), "a number in it is too large")
    return Int(value)
  }

  /// Whether `count` bytes from `offset` lie within `size` bytes.
  private func spans(_ offset: Int, _ count: Int, _ size: Int) -> Bool {
    offset >= 0 && count >= 0 && offset <= size && count <= size - offset
  }

  private func require(_ condition: Bool, _ otherwise: String) throws(Diagnostic) {
    if !condition { throw damage(otherwise) }
  }

  private func damage(_ what: String) -> Diagnostic {
    Diagnostic("the machine code is damaged: \(what)", hint: "compile the plan again")
  }
}
