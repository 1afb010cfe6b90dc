import Support

extension UserModel {
  /// The name of the one type in `source` that is declared to be a `Model`.
  ///
  /// - Errors: there is none, or more than one.
  package static func modelName(in source: String, path: String) throws -> String {
    // Comments go first, so that an example in one is no model.
    let code = source.replacing(/\/\/[^\n]*|(?s:\/\*.*?\*\/)/, with: " ")
    let declarations = code.matches(of: /\b(?:struct|class|enum)\s+(?<name>\w+)\s*:\s*(?<conformances>[^{]*)\{/)
    let names = declarations.filter { match in
      match.conformances.split(separator: ",").contains { item in
        let words = item.split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "." }
        return words.first == "Model" || words.first == "Vergence.Model"
      }
    }.map { String($0.name) }
    guard let name = names.first else {
      throw Diagnostic("no model is declared in '\(path)'", hint: "a model starts with 'import Vergence' and 'struct NAME: Model {'")
    }
    guard names.count == 1 else {
      throw Diagnostic("'\(path)' declares several models: \(names.joined(separator: ", "))", hint: "give each a file of its own")
    }
    return name
  }
}
