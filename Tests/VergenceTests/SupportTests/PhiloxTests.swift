import Support
import Testing

@Suite struct PhiloxTests {
  /// The first of the reference implementation's known answers for ten rounds.
  @Test func knownAnswer() {
    #expect(Philox(seed: 0, stream: 0).words(element: 0, step: 0) == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
  }
}
