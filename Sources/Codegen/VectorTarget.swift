/// What the code generator needs to know of a machine.
package struct VectorTarget: Hashable, Sendable {
  /// f32 numbers in a vector register: 16 with AVX-512, 8 with AVX2, 4 otherwise.
  package var lanes: Int
  /// How many vector registers there are.
  package var registers: Int

  /// Whether an instruction sums products of bf16 pairs, and one rounds f32 to bf16.
  package var hasBF16Products: Bool

  /// Whether there are registers that hold matrices of bf16 pairs, and an instruction that multiplies them (AMX).
  package var hasMatrixRegisters: Bool

  package init(lanes: Int, registers: Int, hasBF16Products: Bool = false, hasMatrixRegisters: Bool = false) {
    self.lanes = lanes
    self.registers = registers
    self.hasBF16Products = hasBF16Products && lanes == 16
    self.hasMatrixRegisters = hasMatrixRegisters && self.hasBF16Products
  }

  /// The target with vectors of `lanes` f32 numbers: 32 registers where they are 16, else 16.
  package init(lanes: Int) { self.init(lanes: lanes, registers: lanes >= 16 ? 32 : 16) }
}
