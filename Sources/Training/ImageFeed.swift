import Datasets
import Graph
import Operations
import Support
import Tensors

/// What images a program is fed: how many, in how many views, of which size, and how views are drawn.
package struct ImageFeed: Hashable, Sendable {
  /// The name of the input that holds the views, f32[views, batch, size, size, 3].
  static let viewsInput = "views"
  /// The name of the input that holds the classes, i32[batch].
  static let labelsInput = "labels"

  /// The views of an image.
  package let views: Int
  /// The images of a batch.
  package let batch: Int
  /// The height and width of a view.
  package let size: Int
  /// How views are drawn and normalised.
  package let recipe: AugmentationRecipe
  /// Whether views are drawn; if not, they are all the image itself.
  package let augments: Bool
  /// The classes that the narrowest of the probes tells apart; `nil` without a probe.
  package let classes: Int?

  /// Finds what `program` is fed.
  ///
  /// - Errors: it isn't trained; its inputs aren't views and labels; its views are drawn in a way that isn't known.
  package init(_ program: Program) throws {
    guard let training = program.training else {
      throw Diagnostic("'\(program.graph.name)' doesn't say how it is trained", hint: "give a model, or a plan that was compiled for training")
    }
    let inputs = program.graph.nodes.compactMap { $0.operation as? Input }
    guard let images = inputs.first(where: { $0.name == ImageFeed.viewsInput })?.type else {
      throw Diagnostic("'\(program.graph.name)' has no input 'views', so there is nothing to feed it")
    }
    let shape = images.shape
    guard images.element == .f32, shape.count == 5, shape[2] == shape[3], shape[4] == 3 else {
      throw Diagnostic("the input 'views' is \(images), and images come as f32[views, batch, size, size, 3]")
    }
    (views, batch, size) = (shape[0], shape[1], shape[2])
    for input in inputs where input.name != ImageFeed.viewsInput {
      guard input.name == ImageFeed.labelsInput, input.type == (try TensorType(.i32, [batch])) else {
        throw Diagnostic("the input '\(input.name)' is \(input.type), and only 'views' and 'labels', an i32[\(batch)] here, are fed")
      }
    }
    augments = training.augmentation != "none"
    let name = augments ? training.augmentation : AugmentationRecipe.cifar.rawValue
    guard let recipe = AugmentationRecipe(rawValue: name) else {
      let known = ["none"] + AugmentationRecipe.allCases.map(\.rawValue)
      throw Diagnostic("no views are drawn by '\(name)'", hint: "there are \(known.joined(separator: ", "))")
    }
    self.recipe = recipe
    classes = try training.probes.map { name in
      guard let output = program.graph.output(named: name) else { throw Diagnostic("the probe '\(name)' is no output of '\(program.graph.name)'") }
      let type = program.graph.type(of: output)
      guard type.element == .f32, type.rank == 3, type.shape.prefix(2) == [shape[0], shape[1]] else {
        throw Diagnostic("the probe '\(name)' is \(type), and scores are f32[\(shape[0]), \(shape[1]), classes]")
      }
      return type.shape[2]
    }.min()
  }

  /// The size to load images at.
  package var storedSize: Int { recipe.storedSize(viewSize: size) }

  /// How batches are made under `seed`.
  package func batches(seed: UInt32) -> BatchPlan {
    BatchPlan(batch: batch, views: views, viewSize: size, recipe: recipe, seed: seed, augments: augments)
  }

  /// Checks that the program can take the classes of `data`.
  package func check(_ data: LoadedData) throws {
    guard let classes, data.train.classes.count > classes else { return }
    throw Diagnostic(
      "the data has \(counted(data.train.classes.count, "class", "classes")), and the model's probes tell \(classes) apart",
      hint: "if the model has the option: --set classes=\(data.train.classes.count)")
  }
}
