import LLVM
import Support
import Testing

@Suite struct TargetMachineTests {
  @Test(arguments: [("avx512f", 16), ("avx2,fma", 8), (" avx2 , fma", 8), ("avx2", 4), ("avx", 4), ("", 4), ("avx512bf16", 16), ("amx-bf16", 16)])
  func widthFollowsTheFeatures(_ list: String, lanes: Int) throws {
    #expect(try TargetMachine(parsing: list).floatLanes == lanes)
  }

  @Test func unknownFeaturesAreCorrected() throws {
    let error = try #require(throws: Diagnostic.self) { try TargetMachine(parsing: "avx2,fna") }
    #expect(error.message == "unknown target feature 'fna'")
    #expect(error.hint == "did you mean 'fma'?")
  }

  @Test func missingNamesInstructionSetsAlone() throws {
    let narrow = try TargetMachine(parsing: "avx2,fma")
    let wide = try TargetMachine(parsing: "avx512f")
    #expect(wide.missing(from: narrow) == ["avx512f", "f16c"])
    #expect(narrow.missing(from: wide).isEmpty)
    let tunedAnew = TargetMachine(triple: narrow.triple, features: narrow.features, tuning: "znver2")
    #expect(tunedAnew.missing(from: narrow).isEmpty)
  }

  @Test func hostHasWhatItNeeds() {
    let host = TargetMachine.host()
    #expect(host.missing(from: host).isEmpty)
    #expect(host.features.contains("sse2"))
    #expect(host.tuning != "generic")
    #expect(host.features.isDisjoint(with: ["clzero", "invpcid", "rdrnd", "sse4a"]), "a plan needs nothing that kernels don't use")
  }

  @Test func tuningFollowsTheFeatures() throws {
    #expect(try TargetMachine(parsing: "avx512f").tuning == "icelake-server")
    #expect(try TargetMachine(parsing: "avx2,fma").tuning == "haswell")
    #expect(try TargetMachine(parsing: "").tuning == "x86-64-v2")
  }
}
