import Foundation
import Support
import Synchronization

/// Another program, run apart.
package struct Subprocess {
  let executable: String
  let arguments: [String]
  /// The file that gets what it prints.
  let output: String
  /// Variables that it gets beside this process's own.
  let environment: [String: String]

  /// How a program ended.
  package enum End: Hashable {
    case exited(Int32)
    case signalled(Int32)
    case timedOut
  }

  package init(_ executable: String, _ arguments: [String], output: String, environment: [String: String] = [:]) {
    self.executable = executable
    self.arguments = arguments
    self.output = output
    self.environment = environment
  }

  /// Runs the program to its end, but for no longer than `seconds`.
  ///
  /// - Errors: the program can't be run; `Interrupted` where this process is asked to end meanwhile: the program is ended then.
  package func run(seconds: Int) throws -> End {
    // Not by FileManager, which would put a file in a device's place.
    let descriptor = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Diagnostic("cannot write '\(output)': \(systemError())") }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    defer { try? file.close() }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = file
    process.standardError = file
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    do {
      try process.run()
    } catch {
      throw Diagnostic("cannot run '\(executable)': \(systemError(of: error))", hint: "is it a program for this machine, and may you run it?")
    }
    // It has a process group of its own, which no terminal's signal reaches.
    let child = process.processIdentifier
    @Sendable func end() { kill(getpgid(child) == child ? -child : child, SIGKILL) }
    let caught = Mutex<Int32?>(nil)
    let listening = Listening { number in
      caught.withLock { $0 = number }
      end()
    }
    defer { listening.end() }
    guard ended.wait(timeout: .now() + .seconds(seconds)) == .success else {
      end()
      ended.wait()
      return .timedOut
    }
    if let number = caught.withLock({ $0 }) { throw Interrupted(signal: number) }
    return process.terminationReason == .exit ? .exited(process.terminationStatus) : .signalled(process.terminationStatus)
  }
}

/// Ctrl-C, or a polite kill: what was begun is cleaned up, and the program ends as others do by that signal.
struct Interrupted: Error {
  let signal: Int32
}

/// A new folder of this process's own.
struct TemporaryFolder: Sendable {
  let folder: String

  init() throws {
    var template = Array((NSTemporaryDirectory() as NSString).appendingPathComponent("vergence-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else {
      throw Diagnostic("cannot make a temporary folder: \(systemError())", hint: "set TMPDIR to a folder you can write to")
    }
    folder = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The path of the file `name` in it.
  func path(_ name: String) -> String { folder + "/" + name }

  /// Removes it and what is in it.
  func remove() { try? FileManager.default.removeItem(atPath: folder) }
}

/// A temporary folder that is removed with its last owner.
final class FolderLease: Sendable {
  private let folder: TemporaryFolder

  init(_ folder: TemporaryFolder) { self.folder = folder }

  deinit { folder.remove() }

  var path: String { folder.folder }
}
