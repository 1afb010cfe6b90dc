import Hashing
import Support
import Testing

@Suite struct PhiloxUniformsTests {
  @Test(
    "eight at a time are what they are one by one, by vectors of any width",
    arguments: [0..<0, 0..<8, 3..<4, 5..<22, 4_294_967_290..<4_294_967_310], [128, 256, 512].filter { $0 <= Philox.vectorBits })
  func uniforms(elements: Range<Int>, vectorBits: Int) {
    let draws = Philox(seed: 7, stream: "draws")
    let step: UInt64 = 0x1_2345_6789
    let numbers = draws.uniforms(elements, step: step, vectorBits: vectorBits)
    #expect(numbers == elements.map { draws.uniform(element: UInt64($0), step: step) })
  }
}
