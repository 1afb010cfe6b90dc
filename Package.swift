// swift-tools-version: 6.2
import PackageDescription

/// The one set of settings every target is built with.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// A module of the project: `floor` lists the modules it may see, all of them below it.
func module(_ name: String, on floor: [String] = [], path: String? = nil) -> Target {
  .target(name: name, dependencies: floor.map { .byName(name: $0) }, path: path, swiftSettings: settings)
}

let package = Package(
  name: "Vergence",
  products: [
    .library(name: "Vergence", type: .dynamic, targets: ["Vergence"]),
    .executable(name: "vergence", targets: ["vergence"]),
  ],
  targets: [
    // C libraries, from Debian's -dev packages.
    .systemLibrary(name: "CLLVM", path: "Sources/CLLVM", pkgConfig: "llvm-15", providers: [.apt(["llvm-15-dev"])]),
    .systemLibrary(name: "CArchive", path: "Sources/CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(name: "CTurboJPEG", path: "Sources/CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CPNG", path: "Sources/CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    // Its header alone: the library is loaded by the plans that want it.
    .systemLibrary(name: "COpenBLAS", path: "Sources/COpenBLAS", providers: [.apt(["libopenblas-dev"])]),

    // Calls of the processor and of Linux that Swift has no words for; headers alone.
    .systemLibrary(name: "CThreads", path: "Sources/CThreads"),
    .systemLibrary(name: "CProcessor", path: "Sources/CProcessor"),

    // The floors, lowest first; an arrow never runs back up.
    module("Support"),
    // Apart from Support, since a user's model is compiled against that and sees no C.
    module("Hashing", on: ["Support", "CProcessor"]),
    module("Tensors", on: ["Support"]),
    module("Loops", on: ["Support", "Tensors"]),
    module("Graph", on: ["Support", "Tensors", "Loops"]),
    module("Operations", on: ["Support", "Tensors", "Loops", "Graph"]),
    module("Autodiff", on: ["Support", "Tensors", "Loops", "Graph", "Operations"]),
    module("Vergence", on: ["Support", "Tensors", "Loops", "Graph", "Operations"]),
    module("Codegen", on: ["Support", "Hashing", "Tensors", "Loops"]),
    module("Passes", on: ["Support", "Tensors", "Loops", "Graph", "Operations", "Codegen"]),
    module("Planning", on: ["Support"]),
    module("LLVM", on: ["Support", "CLLVM", "CProcessor"]),
    module("Archives", on: ["Support", "CArchive"]),
    module("PlanFile", on: ["Support", "Hashing", "Tensors", "Archives"]),
    module("Runtime", on: ["Support", "Hashing", "Tensors", "PlanFile", "LLVM", "COpenBLAS", "CThreads"]),
    module(
      "Compiler",
      on: [
        "Support", "Hashing", "Tensors", "Loops", "Graph", "Operations", "Autodiff", "Passes", "Planning", "Codegen", "LLVM", "PlanFile",
      ]),
    module("Datasets", on: ["Support", "Archives", "CTurboJPEG", "CPNG"]),
    module("Checkpoints", on: ["Support", "Tensors"]),
    module("Training", on: ["Support", "Hashing", "Tensors", "Graph", "Operations", "PlanFile", "Runtime", "Compiler", "Datasets", "Checkpoints"]),
    module("ShippedModels", on: ["Vergence"], path: "graphs"),
    module(
      "Commands",
      on: [
        "Support", "Hashing", "Tensors", "Loops", "Graph", "Operations", "Autodiff", "Vergence", "Passes", "Planning", "LLVM", "PlanFile", "Runtime",
        "Compiler", "Datasets", "Checkpoints", "Training", "ShippedModels",
      ]),
    .executableTarget(name: "vergence", dependencies: ["Commands"], swiftSettings: settings),

    // Tests mirror the sources.
    .testTarget(
      name: "VergenceTests",
      dependencies: [
        "Support", "Hashing", "Tensors", "Loops", "Graph", "Operations", "Autodiff", "Vergence", "Passes", "Planning", "Codegen", "LLVM", "Archives",
        "PlanFile", "Runtime", "Compiler", "Datasets", "Checkpoints", "Training", "ShippedModels", "Commands",
        "CTurboJPEG", "CPNG",
      ],
      path: "Tests/VergenceTests",
      swiftSettings: settings),
  ]
)
