/// Every verb of the command line, in the order help lists them.
package let verbs: [Verb] = [
  compileVerb, trainVerb, evalVerb, embedVerb, verifyVerb, benchVerb, profileVerb, dumpVerb, inspectVerb, packVerb,
]

/// Runs the command line `arguments`, the program's name first, and returns its exit code.
package func run(_ arguments: [String]) -> Int32 { dispatch(Array(arguments.dropFirst()), to: verbs) }
