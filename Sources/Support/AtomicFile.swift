import Foundation

/// Writes `bytes` to the file called `name` so that a reader finds the old file or the whole new one, never a part.
///
/// A link's file is written, not the link. Devices and pipes are written to as they are: there is no old content to keep.
/// - Ensures: the bytes are on the disk when the function returns.
/// - Errors: the folder is missing or not writable, or the disk is full; nothing is left behind then.
public func writeAtomically(_ bytes: Data, to name: String) throws {
  guard isReplaceable(name) else { return try writeDirectly(bytes, to: name) }
  let path = URL(fileURLWithPath: name).resolvingSymlinksInPath().path
  let temporary = "\(path).\(getpid()).tmp"
  let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard file >= 0 else { throw unwritableFolder(of: name) }
  let written = bytes.withUnsafeBytes { writeAll($0, to: file) && fsync(file) == 0 }
  let failure = written ? nil : systemError()
  close(file)
  guard failure == nil, rename(temporary, path) == 0 else {
    let reason = failure ?? systemError()
    let isFolder = errno == EISDIR
    unlink(temporary)
    throw Diagnostic("cannot write '\(name)': \(reason)", hint: isFolder ? "give the name of a file in it" : "is the disk full?")
  }
  let folder = open((path as NSString).deletingLastPathComponent.nonEmpty ?? ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  if folder >= 0 {
    fsync(folder)
    close(folder)
  }
}

/// Throws where `writeAtomically` could not write the file called `name`, so that the work for its bytes needn't be done first.
///
/// - Errors: the folder is missing or not writable, or there is a folder of that name.
public func requireWritable(_ name: String) throws {
  guard isReplaceable(name) else { return }
  let path = URL(fileURLWithPath: name).resolvingSymlinksInPath().path
  var isFolder: ObjCBool = false
  if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
    throw Diagnostic("cannot write '\(name)': it is a folder", hint: "give the name of a file in it")
  }
  guard access((path as NSString).deletingLastPathComponent.nonEmpty ?? ".", W_OK | X_OK) == 0 else { throw unwritableFolder(of: name) }
}

/// The report that the system just refused a new file called `name` in its folder.
private func unwritableFolder(of name: String) -> Diagnostic {
  Diagnostic("cannot write '\(name)': \(systemError())", hint: "the folder must exist and be writable")
}

/// Whether a new file may take the place of what is at `path`: nothing, a file, or a folder, which the system refuses.
private func isReplaceable(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) != 0 || [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
}

/// Writes `bytes` to the device or pipe at `path`.
private func writeDirectly(_ bytes: Data, to path: String) throws {
  let file = open(path, O_WRONLY | O_CLOEXEC)
  defer { if file >= 0 { close(file) } }
  guard file >= 0, bytes.withUnsafeBytes({ writeAll($0, to: file) }) else {
    throw Diagnostic("cannot write '\(path)': \(systemError())", hint: "it is no file; give the name of one")
  }
}

/// Writes all of `bytes` to the open file `descriptor`; returns whether that went well.
public func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
  var done = 0
  while done < bytes.count {
    let count = write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
    if count < 0 && errno == EINTR { continue }
    if count <= 0 { return false }
    done += count
  }
  return true
}

/// Returns the text of the file at `path`.
///
/// - Errors: see `readFile`; and it is not UTF-8.
public func readText(_ path: String) throws -> String {
  guard let text = String(validating: try readFile(path), as: UTF8.self) else {
    throw Diagnostic("'\(path)' is no text: it is not UTF-8", hint: "is it the right file?")
  }
  return text
}

/// Returns the bytes of the file at `path`.
public func readFile(_ path: String) throws -> Data {
  do {
    return try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
  } catch {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    if isFolder.boolValue { throw Diagnostic("cannot read '\(path)': it is a folder", hint: "give the name of a file in it") }
    // Such as a pipe or a device, which Foundation says is forbidden.
    let kind =
      try? FileManager.default.attributesOfItem(atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)[.type] as? FileAttributeType
    if let kind, kind != .typeRegular {
      throw Diagnostic("cannot read '\(path)': it is no regular file", hint: "write what it gives to a file first")
    }
    // Where a folder on the way can't be searched, nobody can say that there is no such file.
    guard exists || systemErrorNumber(of: error) == EACCES else {
      throw Diagnostic("cannot read '\(path)': no such file", hint: whereToLook(insteadOf: path))
    }
    throw Diagnostic("cannot read '\(path)': \(systemError(of: error))", hint: "do its permissions, and its folder's, let you read it?")
  }
}

/// Makes the folder at `path`, and those that it is in; one that is there stays as it is.
///
/// - Parameters:
///   - permissions: what is allowed with it; `nil` for what the process's mask leaves.
///   - hint: what to do where that can't be done.
/// - Errors: a folder on the way can't be written to, or there is a file in its place.
public func makeFolder(_ path: String, permissions: Int? = nil, hint: String) throws {
  let attributes = permissions.map { [FileAttributeKey.posixPermissions: $0] }
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: attributes)
  } catch {
    throw Diagnostic("cannot make the folder '\(path)': \(systemError(of: error))", hint: hint)
  }
}

/// What may have been meant by `path`, where there is no file.
private func whereToLook(insteadOf path: String) -> String {
  let place = URL(fileURLWithPath: path)
  let folder = place.deletingLastPathComponent().path
  guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return "there is no folder '\(folder)'" }
  return nearest(to: place.lastPathComponent, in: names).map { "did you mean '\($0)'?" } ?? "check its name; the folder is '\(folder)'"
}

/// Returns what the operating system said of the last call that failed.
public func systemError() -> String { String(cString: strerror(errno)) }

/// Returns what the operating system said of the call for which Foundation threw `error`, or `error` itself where there was none.
public func systemError(of error: any Error) -> String {
  systemErrorNumber(of: error).map { String(cString: strerror($0)) } ?? "\(error)"
}

/// The number of the system's error that `error` is or was made of.
private func systemErrorNumber(of error: any Error) -> Int32? {
  let error = error as NSError
  if error.domain == NSPOSIXErrorDomain { return Int32(exactly: error.code) }
  return (error.userInfo[NSUnderlyingErrorKey] as? any Error).flatMap(systemErrorNumber)
}

extension String {
  /// The string, or `nil` when it is empty.
  public var nonEmpty: String? { isEmpty ? nil : self }
}
