import Support

/// How paths say what an image is: which folders are classes, and which hold the test images.
///
/// Either `train/CLASS/…` beside `test/CLASS/…` or `val/CLASS/…`, or `CLASS/…` alone; all of it may be in folders of its own.
struct ClassFolders {
  /// The names of the classes, sorted.
  let classes: [String]
  private let labels: [String: Int]
  private let root: [String]
  private let trainFolder: String?
  private let testFolder: String?
  /// Which classes have a folder of test images.
  private let testClasses: Set<String>

  /// The folder that holds training images.
  private static let trainName = "train"
  /// The folders that may hold test images, the first that has the training classes being used.
  private static let testNames = ["test", "val", "valid", "validation"]

  /// Finds the class folders among `folders`, the paths of all folders as lists of names.
  ///
  /// - Errors: no class folder; a test class without a training class.
  init(folders: Set<[String]>, named name: String) throws {
    var children: [[String]: Set<String>] = [:]
    for folder in folders {
      for depth in folder.indices { children[Array(folder[..<depth]), default: []].insert(folder[depth]) }
    }
    var root: [String] = []
    while true {
      let inside = children[root] ?? []
      if inside.contains(Self.trainName), let classes = children[root + [Self.trainName]] {
        self.root = root
        (self.classes, labels) = Self.sorted(classes)
        trainFolder = Self.trainName
        let candidates = Self.testNames.filter { children[root + [$0]] != nil }
        let known = candidates.first { classes.isSuperset(of: children[root + [$0]] ?? []) }
        if known == nil, let test = candidates.first, let stranger = (children[root + [test]] ?? []).subtracting(classes).min() {
          throw Diagnostic("'\(name)' has test images of the class '\(stranger)' and no training images of it")
        }
        testFolder = known
        testClasses = known.flatMap { children[root + [$0]] } ?? []
        return
      }
      guard let only = inside.first, inside.count == 1, children[root + [only]] != nil else { break }
      root.append(only)
    }
    guard let classes = children[root] else {
      throw Diagnostic(
        "'\(name)' has no class folders", hint: "put the images of each class in a folder of its own, or in train/CLASS and test/CLASS")
    }
    self.root = root
    (self.classes, labels) = Self.sorted(classes)
    (trainFolder, testFolder, testClasses) = (nil, nil, [])
  }

  /// Returns the names in order, and the place of each.
  private static func sorted(_ names: Set<String>) -> ([String], [String: Int]) {
    let names = names.sorted()
    return (names, Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) }))
  }

  /// Whether there is a folder of test images.
  var hasTestFolder: Bool { testFolder != nil }

  /// Every class folder: the label of its class, its split, and its path.
  var folders: [(label: Int, folder: (split: ImageDataset.Split, path: String))] {
    classes.enumerated().flatMap { label, name in
      let train = (label, (ImageDataset.Split.train, (root + (trainFolder.map { [$0] } ?? []) + [name]).joined(separator: "/")))
      guard let testFolder, testClasses.contains(name) else { return [train] }
      return [train, (label, (.test, (root + [testFolder, name]).joined(separator: "/")))]
    }
  }

  /// Returns the split and the class of the image at `path`, or `nil` for one that is in no class folder that counts.
  func place(of path: [String]) -> (split: ImageDataset.Split, label: Int)? {
    guard path.count > root.count, path.starts(with: root) else { return nil }
    var rest = path[root.count...]
    var split = ImageDataset.Split.train
    if trainFolder != nil {
      let folder = rest.removeFirst()
      guard folder == trainFolder || folder == testFolder else { return nil }
      split = folder == trainFolder ? .train : .test
    }
    guard rest.count >= 2, let name = rest.first, let label = labels[name] else { return nil }
    return (split, label)
  }
}
