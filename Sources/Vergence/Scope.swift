/// Runs `body` with `name` before the name of every parameter that is declared in it: `scope("encoder") { … }` makes `encoder.conv1.weight`.
public func scope<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
  try Scope.$path.withValue(Scope.path + [name]) { try body() }
}

/// Runs `body` with `number` before the name of every parameter that is declared in it.
public func scope<Result>(_ number: Int, _ body: () throws -> Result) rethrows -> Result { try scope(String(number), body) }

/// Where in the model's hierarchy of names the code that is running stands.
enum Scope {
  @TaskLocal static var path: [String] = []

  /// The full name of what is called `name` here.
  static func name(_ name: String) -> String { (path + [name]).joined(separator: ".") }
}
