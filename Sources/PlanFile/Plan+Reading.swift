import Archives
import Foundation
import Hashing
import Support

extension Plan {
  /// What is read of a plan's file.
  package enum Contents {
    case everything
    /// What it takes to run it: `llvm` is empty, most of the file's bytes once they are expanded.
    case whatRuns
  }

  /// Reads the plan in the file at `path`.
  ///
  /// - Errors: see `init(bytes:file:_:)`; and the file is missing or not readable.
  package init(reading path: String, _ contents: Contents = .everything) throws {
    try self.init(bytes: [UInt8](readFile(path)), file: path, contents)
  }

  /// Reads a plan from a file's bytes; nothing in them is trusted.
  ///
  /// - Parameter file: what errors call the bytes.
  /// - Ensures: every number in the plan is within the bounds that `validate` states.
  /// - Errors: a truncated or altered file, with the member's name; an older or newer format; a missing member; a number out of bounds.
  package init(bytes: [UInt8], file: String, _ contents: Contents = .everything) throws {
    do {
      try self.init(examining: bytes, file, contents)
    } catch let problem as Diagnostic {
      throw Diagnostic("plan '\(file)' \(problem.message)", hint: problem.hint ?? "compile it again")
    }
  }

  /// Reads a plan, with errors that continue the words "plan 'file'".
  private init(examining bytes: [UInt8], _ file: String, _ contents: Contents) throws {
    guard bytes.starts(with: [0x50, 0x4b]) || bytes.isEmpty else {
      throw Diagnostic("is no plan: it is not a zip", hint: "'vergence compile MODEL -o FILE.plan' makes one")
    }
    let finding = Seal.examine(bytes)
    switch finding {
    case .truncated: throw Diagnostic("is truncated: it ends before its last record")
    case .followed(let count): throw Diagnostic("goes on for \(counted(count, "byte")) behind its end: something was added to the file")
    case .intact, .altered: break
    }

    // The seal of a file that is intact covers what isn't read, too.
    let unread = contents == .whatRuns && finding == .intact ? [PlanMember.llvm] : []
    let members = try Plan.members(of: bytes, file, passingOver: unread)
    let hashed = try Plan.decode(HashedManifest.self, .manifest, try Plan.member(PlanMember.manifest.rawValue, of: members))
    let hashedMembers = PlanMember.allCases.filter { $0 != .manifest }
    let fixed = hashedMembers.filter { !unread.contains($0) }.map(\.rawValue)
    let objects = (0..<max(0, hashed.hashes.count - hashedMembers.count)).map(PlanMember.object)
    // The schedule takes as long as all else, so it is read beside the check; what it is counts only after that.
    let (check, schedule) = concurrently {
      Result { for name in fixed + objects { try Plan.check(name, of: members, hashed.hashes) } }
    } _: {
      Result { try Plan.decode(Schedule.self, .schedule, try Plan.member(PlanMember.schedule.rawValue, of: members)) }
    }
    try check.get()
    if finding == .altered { throw Diagnostic("was altered or damaged: the members agree with each other, but the file has no seal, or not its own") }

    self.init(
      manifest: hashed.manifest, schedule: try schedule.get(),
      program: try Plan.text(.program, of: members), llvm: unread.contains(.llvm) ? "" : try Plan.text(.llvm, of: members),
      objects: try objects.map { try Plan.member($0, of: members) })
    try validate()
  }

  /// Returns the members by their names, without those that are `unread`.
  private static func members(of bytes: [UInt8], _ file: String, passingOver unread: [PlanMember]) throws -> [String: [UInt8]] {
    do {
      let limits = ZipLimits(entries: PlanMember.objectLimit, bytes: PlanMember.byteLimit)
      return try readZip(bytes, file: file, passingOver: Set(unread.map(\.rawValue)), limits: limits)
    } catch let problem as Diagnostic {
      throw Diagnostic("was altered or damaged: \(problem.message)")
    }
  }

  private static func member(_ name: String, of members: [String: [UInt8]]) throws -> [UInt8] {
    guard let bytes = members[name] else { throw Diagnostic("was altered or damaged: it has no member '\(name)'") }
    return bytes
  }

  /// Throws unless the member called `name` has the hash that stands for it in `hashes`.
  private static func check(_ name: String, of members: [String: [UInt8]], _ hashes: [String: String]) throws {
    guard SHA256.hexadecimal(of: try member(name, of: members)) == hashes[name] else {
      throw Diagnostic("was altered or damaged: member '\(name)' is not as it was written")
    }
  }

  private static func text(_ member: PlanMember, of members: [String: [UInt8]]) throws -> String {
    guard let text = String(validating: try Plan.member(member.rawValue, of: members), as: UTF8.self) else {
      throw Diagnostic("was altered or damaged: member '\(member.rawValue)' is not text")
    }
    return text
  }

  private static func decode<Value: Decodable>(_ type: Value.Type, _ member: PlanMember, _ bytes: [UInt8]) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let problem as Diagnostic {
      throw problem
    } catch {
      let reason = (error as? DecodingError)?.place ?? "\(error)"
      throw Diagnostic("was altered or damaged: member '\(member.rawValue)': \(reason)")
    }
  }
}
