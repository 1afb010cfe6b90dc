import Checkpoints
import Graph
import ShippedModels
import Tensors
import Testing
import Vergence

@Suite struct PublishedNamesTests {
  @Test(arguments: Fixture.names)
  func everyTensorOfOursIsPublishedInItsShape(_ name: String) throws {
    guard let fixture = try Fixture(name) else { return }
    let types = try fixture.program(.training).graph.stateTypes
    let names = PublishedNames(of: types.keys)
    for (ours, type) in types where !["seed", "step"].contains(ours) {
      let published = try #require(names.published(for: ours), "\(ours)")
      let shape = try fixture.file.shape(of: "state/0/\(published)")
      #expect(PublishedNames.ours([Int](repeating: 0, count: type.count), shape: shape).shape == type.shape, "\(ours)")
      #expect(names.ours(for: published) == ours)
    }
  }

  @Test(arguments: Fixture.names)
  func everyPublishedTensorIsOursOrKnownToHaveNoCounterpart(_ name: String) throws {
    guard let fixture = try Fixture(name) else { return }
    let names = PublishedNames(of: try fixture.program(.training).graph.stateTypes.keys)
    for published in fixture.file.names where published.hasPrefix("state/0/") {
      let published = String(published.dropFirst("state/0/".count))
      #expect((names.ours(for: published) != nil) != names.hasNoCounterpart(published), "\(published)")
    }
  }

  @Test func unknownNamesAreNeither() {
    let names = PublishedNames(of: ["step", "encoder.layers.2.0.conv1.weight"])
    #expect(names.published(for: "step") == nil)
    #expect(names.published(for: "encoder.layers.2.0.conv1.weight") == "encoder.module.layer_list.2.layer_list.0.conv1.weight")
    #expect(!names.hasNoCounterpart("encoder.module.layer_list.9.layer_list.0.conv1.weight"))
  }

  @Test(arguments: [[5, 4, 3, 2], [3, 7], [6]])
  func layoutsAreInverse(_ shape: [Int]) {
    let elements = Array(0..<shape.reduce(1, *))
    let ours = PublishedNames.ours(elements, shape: shape)
    let back = PublishedNames.published(ours.elements, shape: ours.shape)
    #expect(back.elements == elements && back.shape == shape)
  }

  @Test func aConvolutionsWeightsLandWhereTheyBelong() {
    // [out 2, in 3, 1, 1]: element (o, i) is 3o + i; ours is [1, 1, in, out].
    let ours = PublishedNames.ours(Array(0..<6), shape: [2, 3, 1, 1])
    #expect(ours.shape == [1, 1, 3, 2] && ours.elements == [0, 3, 1, 4, 2, 5])
  }
}
