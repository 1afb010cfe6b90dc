import Support
import Testing

@Suite struct PhiloxTests {
  @Test("eight at a time are what they are one by one", arguments: [0..<0, 0..<8, 3..<4, 5..<22, 4_294_967_290..<4_294_967_310])
  func uniforms(elements: Range<Int>) {
    let draws = Philox(seed: 7, stream: "draws")
    let step: UInt64 = 0x1_2345_6789
    #expect(draws.uniforms(elements, step: step) == elements.map { draws.uniform(element: UInt64($0), step: step) })
  }

  /// The first of the reference implementation's known answers for ten rounds.
  @Test func knownAnswer() {
    #expect(Philox(seed: 0, stream: 0).words(element: 0, step: 0) == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
  }
}
