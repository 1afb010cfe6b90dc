import Commands
import Support
import Testing

@Suite struct UserCacheTests {
  @Test(arguments: [
    (["VERGENCE_CACHE": "/kept", "HOME": "/home"], "/kept"), (["VERGENCE_CACHE": "off", "HOME": "/home"], nil),
    (["VERGENCE_CACHE": "", "XDG_CACHE_HOME": "/caches", "HOME": "/home"], "/caches/vergence"), (["HOME": "/home"], "/home/.cache/vergence"),
    ([:], nil),
  ])
  func isWhatTheEnvironmentSays(environment: [String: String], folder: String?) throws {
    #expect(try userCache(environment) == folder)
  }

  @Test func aWordThatIsNoPathIsRefused() throws {
    let error = try #require(throws: Diagnostic.self) { try userCache(["VERGENCE_CACHE": "of"]) }
    #expect(error.message.contains("'of'") && error.hint?.contains("'off'") == true)
  }

  @Test func onlyWhatTheVariableNamesMustBeWritable() throws {
    let error = try #require(throws: Diagnostic.self) { try usableCache(["VERGENCE_CACHE": "/dev/null/kept"]) }
    #expect(error.message.contains("'/dev/null/kept'") && error.hint?.contains("'off'") == true)
    #expect(try usableCache(["HOME": "/dev/null"]) == "/dev/null/.cache/vergence")
  }
}
