import Archives
import Foundation
import Hashing
import Support

extension Plan {
  /// Writes the plan to the file at `path`.
  ///
  /// - Errors: see `writeAtomically`, and `bytes()`.
  package func write(to path: String) throws {
    try writeAtomically(Data(try bytes()), to: path)
  }

  /// Returns the plan as a file's bytes; the same plan gives the same bytes.
  ///
  /// - Errors: the plan breaks a rule that its reader would refuse it for, such as a buffer outside of the arena.
  package func bytes() throws -> [UInt8] {
    try validate()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    var members: [PlanMember: [UInt8]] = [
      .program: Array(program.utf8), .schedule: Array(try encoder.encode(schedule)), .llvm: Array(llvm.utf8),
    ]
    let code = objects.enumerated().map { (PlanMember.object($0), $1) }
    let hashes = Dictionary(uniqueKeysWithValues: (members.map { ($0.key.rawValue, $0.value) } + code).map { ($0.0, SHA256.hexadecimal(of: $0.1)) })
    members[.manifest] = Array(try encoder.encode(HashedManifest(manifest: manifest, hashes: hashes)))

    // Machine code is stored as it is: it hardly shrinks, and a plan should load fast.
    let entries = PlanMember.allCases.map { ZipEntry(name: $0.rawValue, bytes: members[$0] ?? []) }
    return try Seal.close(writeZip(entries + code.map { ZipEntry(name: $0, bytes: $1, isCompressed: false) }))
  }
}
