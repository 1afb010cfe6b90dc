import Commands
import Foundation
import Support
import Testing

/// A verb with one of everything, which says what it was given.
private let brew = Verb(
  "brew", "brew a drink",
  arguments: [ArgumentSpec("DRINK", "what to brew", kind: .choice(["coffee", "tea"])), ArgumentSpec("GUEST", "who gets it", count: .many)],
  options: [
    OptionSpec("cups", .integer(1...12), "how many cups", default: "2"),
    OptionSpec("water", .byteSize, "how much water", required: true),
    OptionSpec("strength", short: "s", .number(0...1), "how strong"),
    OptionSpec("set", .setting(example: "width=64"), "sets an option", repeatable: true),
    OptionSpec(flag: "milk", "adds milk"),
  ],
  examples: ["vergence brew tea Ada --water 2GiB"]
) { arguments, output in
  let strength = arguments.number(ifGiven: "strength").map { "\($0)" } ?? "any"
  let settings = arguments.settings("set").sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  output.say("\(arguments.text("DRINK")) \(arguments.texts("GUEST")) \(arguments.integer("cups")) \(arguments.integer("water"))")
  output.say("\(strength) \(settings) \(arguments.flag("milk"))")
  try output.emit(json: ["cups": arguments.integer("cups")])
  return .done
}

/// A verb whose check fails, and one that gives up.
private let others = [
  Verb("check", "check nothing", examples: []) { _, _ in .failed },
  Verb("stumble", "give up", examples: []) { _, _ in throw Diagnostic("no luck", hint: "try again") },
  Verb("tally", "give up with a number", examples: []) { _, _ in
    var mistake = Diagnostic("not enough")
    mistake.figures["needed"] = 3
    throw mistake
  },
]

private func rehearse(_ words: String...) -> Rehearsal { Rehearsal(words, on: [brew] + others) }

@Suite struct ArgumentTests {
  @Test func takesOptionsAndArgumentsInAnyOrder() {
    let result = rehearse("brew", "--water=1.5KiB", "coffee", "-s", "0.5", "Ada", "--set", "a=1", "Grace", "--set=b=2=3", "--milk", "--cups", "12")
    #expect(result.exitCode == 0)
    #expect(result.standardOutput == "coffee [\"Ada\", \"Grace\"] 12 1536\n0.5 [\"a=1\", \"b=2=3\"] true\n")
    #expect(result.standardError.isEmpty)
  }

  @Test func putsInDefaults() {
    let result = rehearse("brew", "tea", "--water", "7", "--", "--Ada")
    #expect(result.standardOutput == "tea [\"--Ada\"] 2 7\nany [] false\n")
  }

  @Test(arguments: [
    (["brew", "tea", "Ada"], "'brew' needs --water SIZE"),
    (["brew", "--water", "1"], "'brew' needs DRINK"),
    (["brew", "tea", "--water", "1"], "'brew' needs GUEST"),
    (["brew", "tee", "Ada", "--water", "1"], "did you mean 'tea'?"),
    (["brew", "tea", "Ada", "--watr", "1"], "did you mean '--water'?"),
    (["brew", "tea", "Ada", "--water"], "'--water' needs a value"),
    (["brew", "tea", "Ada", "--water", "--milk"], "'--water' needs a value"),
    (["brew", "tea", "Ada", "--water", "0"], "'--water' is too small: '0' is less than one byte"),
    (["brew", "tea", "Ada", "--water", "0.9B"], "is too small"),
    (["brew", "tea", "Ada", "--water", "9223372036854775807KB"], "is too large: '9223372036854775807KB' is more than 9223372036854775807 bytes"),
    (["brew", "tea", "Ada", "--water", "99999999999999999999"], "is too large"),
    (["brew", "tea", "Ada", "--water", "5XB"], "'--water' must be a size in bytes, not '5XB'"),
    (["brew", "tea", "Ada", "--water", "1", "--cups", "0"], "must be in 1…12, not 0\n  hint: --cups N: how many cups (default 2)"),
    (["brew", "tea", "Ada", "--water", "1", "--cups", "13"], "must be in 1…12, not 13"),
    (["brew", "tea", "Ada", "--water", "1", "--cups", "many"], "must be a whole number, not 'many'"),
    (["brew", "tea", "Ada", "--water", "1", "--cups", "-"], "must be a whole number, not '-'"),
    (["brew", "tea", "Ada", "--water", "1", "--cups", "99999999999999999999"], "not 99999999999999999999"),
    (["brew", "tea", "Ada", "--water", "1", "--cups", "-99999999999999999999"], "not -99999999999999999999"),
    (["brew", "tea", "Ada", "--water", "1", "-s", "nan"], "must be a number, not 'nan'"),
    (["brew", "tea", "Ada", "--water", "1", "--cups", "1", "--cups", "2"], "'--cups' is given twice"),
    (["brew", "tea", "Ada", "--water", "1", "--set", "=1"], "must be KEY=VALUE"),
    (["brew", "tea", "Ada", "--water", "1", "--set", "a=1", "--set", "a=2"], "'--set' sets 'a' twice"),
    (["brew", "tea", "Ada", "--water", "1", "--milk=yes"], "'--milk' takes no value"),
    (["brew", "tea", "", "--water", "1"], "GUEST is empty"),
    (["check", "surplus"], "does not know what to do with 'surplus'"),
    (["brw"], "did you mean 'brew'?"),
    (["fly"], "there is no verb 'fly'"),
    ([], "no verb is given"),
    (["stumble"], "error: no luck\n  hint: try again"),
  ])
  func tellsMistakes(words: [String], part: String) {
    let result = Rehearsal(words, on: [brew] + others)
    #expect(result.exitCode == 2)
    #expect(result.standardOutput.isEmpty)
    #expect(result.standardError.contains(part), "\(result.standardError)")
    #expect(result.standardError.contains("\n  hint: "), "\(result.standardError)")
  }

  @Test func tellsProgramsTheFiguresOfAMistake() throws {
    let result = rehearse("tally", "--json")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8)) as? [String: Any])
    #expect(object["error"] as? String == "error: not enough" && object["figures"] as? [String: Int] == ["needed": 3])
  }

  @Test(arguments: [
    ([], nil), (["-s", "0.5"], nil),
    (["--cups", "2", "--set", "a=1", "--set", "b=2", "--milk"], "--cups 2 --set a=1 --set b=2 --milk"),
  ])
  func refusesWhatWasTypedAndNotDefaults(words: [String], refused: String?) {
    let options = brew.options.filter { !["water", "json", "help"].contains($0.name) }
    let picky = Verb("pick", "refuse most options", options: options, examples: []) { arguments, _ in
      try arguments.refuse(["cups", "set", "milk"], "is ignored") { "drop \($0)" }
      return .done
    }
    let result = Rehearsal(["pick"] + words, on: [picky])
    #expect(result.standardError == (refused.map { "error: '\($0)' is ignored\n  hint: drop \($0)\n" } ?? ""))
    #expect(result.exitCode == (refused == nil ? 0 : 2))
  }

  @Test func aFailedCheckIsOne() { #expect(rehearse("check").exitCode == 1) }

  @Test(arguments: [
    ["brew", "tea", "Ada", "--water", "1"], ["check"], ["stumble"], ["tally"], ["fly"], ["brew", "--help"], ["--help"], ["--version"], [],
  ])
  func printsOneJSONObject(words: [String]) throws {
    let result = Rehearsal(words + ["--json"], on: [brew] + others)
    let object = try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8))
    #expect(object is [String: Any])
    #expect(result.exitCode == Rehearsal(words, on: [brew] + others).exitCode)
  }

  @Test(arguments: [["brew", "--help"], ["brew", "-h", "tea"], ["help", "brew"], ["--help", "brew"]])
  func explainsAVerb(words: [String]) {
    let result = Rehearsal(words, on: [brew] + others)
    #expect(result.exitCode == 0)
    for part in ["brew a drink.", "usage: vergence brew DRINK GUEST… --water SIZE [options]", "-s, --strength X", "(default 2)", "(repeatable)"] {
      #expect(result.standardOutput.contains(part), "\(result.standardOutput)")
    }
    #expect(result.standardOutput.contains("examples:\n  vergence brew tea Ada --water 2GiB"))
  }

  @Test func listsTheVerbs() {
    let help = rehearse("help").standardOutput
    #expect(help.contains("  brew     brew a drink\n  check    check nothing\n"), "\(help)")
    #expect(help.contains("'vergence --version'"), "\(help)")
  }

  @Test(arguments: ["--version", "-V"]) func tellsItsVersion(word: String) {
    let result = rehearse(word)
    #expect(result.exitCode == 0 && result.standardOutput == "vergence \(programVersion)\n", "\(result.standardError)")
  }
}

@Suite struct VerbTests {
  @Test(arguments: verbs.map(\.name))
  func everyVerbExplainsItself(name: String) {
    let result = Rehearsal([name, "--help"], on: verbs)
    #expect(result.exitCode == 0)
    #expect(result.standardOutput.contains("examples:\n  vergence \(name) "))
  }
}
