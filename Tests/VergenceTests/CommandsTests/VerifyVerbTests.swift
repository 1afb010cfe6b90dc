import Checkpoints
import Commands
import Foundation
import Testing

@Suite struct VerifyVerbTests {
  /// The path of the fixture `name` beside the repository, or `nil`, with a loud line, where there is none.
  private func fixture(_ name: String) -> String? {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../../..").standardizedFileURL
    let path = root.appending(path: "shared/fixtures/\(name).safetensors").path
    guard FileManager.default.fileExists(atPath: path) else {
      print("SKIPPED: no fixture at '\(path)'")
      return nil
    }
    return path
  }

  @Test(
    arguments: [("amdim32", "tiles", 1), ("amdim32_bn", "blas", 2), ("amdim64", "tiles", 2), ("amdim128", "blas", 1)], ["direct", "fast"])
  func thePublishedNumbersAgree(_ how: (name: String, products: String, threads: Int), _ convolutions: String) throws {
    guard let path = fixture(how.name) else { return }
    let options = ["--products", how.products, "--threads", "\(how.threads)", "--convolutions", convolutions]
    let result = Rehearsal(["verify", "amdim", "--fixture", path] + options, on: verbs)
    #expect(result.exitCode == 0, "\(result.standardOutput)\(result.standardError)")
    for kind in ["outputs", "gradients", "parameters", "statistics", "evaluation"] { #expect(result.standardOutput.contains("\n  \(kind) ")) }
  }

  @Test func aChangedNumberIsNamed() throws {
    guard let path = fixture("amdim64") else { return }
    let files = try TemporaryFiles()
    let (original, changed) = (try SafetensorsFile(path: path), "grad/0/encoder.module.rkhs_block_7.conv1.weight")
    var document = SafetensorsDocument(metadata: original.metadata)
    for name in original.names {
      let (type, shape) = (try original.type(of: name), try original.shape(of: name))
      guard name == changed else {
        document.add(name, type, shape: shape, bytes: try original.bytes(named: name))
        continue
      }
      var numbers = try original.floats(named: name)
      // Of [out, in, 1, 1], filter 1 and channel 2: [0, 0, 2, 1] in our layout.
      numbers[shape[1] + 2] += 0.01
      document.add(name, shape: shape, floats: numbers)
    }
    try document.write(to: files.path("changed.safetensors"))
    let result = Rehearsal(["verify", "amdim", "--fixture", files.path("changed.safetensors"), "--json"], on: verbs)
    #expect(result.exitCode == 1)
    let report = try #require(try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8)) as? [String: Any])
    let worst = try #require((report["checks"] as? [[String: Any]])?.first?["worst"] as? [[String: Any]])
    let gradient = try #require(worst.first { $0["kind"] as? String == "gradients" })
    #expect(gradient["tensor"] as? String == "encoder.local7.conv1.weight" && gradient["index"] as? [Int] == [0, 0, 2, 1])
    #expect(abs(try #require(gradient["difference"] as? Double) - 0.01) < 1e-4)
  }

  @Test func gradientsAgreeWithDifferences() {
    let result = Rehearsal(["verify", "pair", "--gradcheck", "--set", "embedding=4"], on: verbs)
    #expect(result.exitCode == 0, "\(result.standardOutput)\(result.standardError)")
    #expect(result.standardOutput.contains("differences") && result.standardOutput.contains("compiled"))
  }

  @Test func whatACheckCannotTellIsRefused() {
    let halves = Rehearsal(["verify", "pair", "--gradcheck", "--precision", "bf16"], on: verbs)
    #expect(halves.exitCode == 2 && halves.standardError.contains("needs f32"), "\(halves.standardError)")
    let sized = Rehearsal(["verify", "spec/checks/text.vir", "--gradcheck", "--batch", "3"], on: verbs)
    #expect(sized.exitCode == 2 && sized.standardError.contains("--batch"), "\(sized.standardError)")
    // Instructions that this machine lacks, whichever it has: no machine has these of another architecture's.
    let other = Rehearsal(["verify", "pair", "--gradcheck", "--target-features", "amx-tile,amx-fp16"], on: verbs)
    #expect(other.exitCode == 2 && !other.standardError.contains("error: error"), "\(other.standardError)")
  }

  @Test func anotherModelsFixtureIsRefused() {
    guard let path = fixture("amdim32") else { return }
    let result = Rehearsal(["verify", "pair", "--fixture", path], on: verbs)
    #expect(result.exitCode == 2, "\(result.standardOutput)")
    #expect(Rehearsal(["verify", "pair"], on: verbs).standardError.contains("nothing to compare with"))
  }
}
