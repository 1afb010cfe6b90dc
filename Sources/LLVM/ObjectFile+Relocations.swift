extension ObjectFile {
  /// ELF's number of the architecture that kernels are made for, x86-64.
  static let architecture = 62

  /// The relocations that position-independent code asks for, each with the number of bytes it writes.
  ///
  /// LLVM's linker does not survive others: absolute addresses, relative ones of code, calls, and the table of addresses.
  static let relocationWidths = [1: 8, 2: 4, 4: 4, 9: 4, 24: 8, 41: 4, 42: 4]
}
