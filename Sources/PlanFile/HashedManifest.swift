import Support

/// The manifest as it stands in the file: with the hash of every other member.
struct HashedManifest: Codable {
  let manifest: Manifest
  /// The SHA-256 of each member, by its name.
  let hashes: [String: String]

  private enum CodingKeys: String, CodingKey { case hashes }

  init(manifest: Manifest, hashes: [String: String]) {
    self.manifest = manifest
    self.hashes = hashes
  }

  init(from decoder: any Decoder) throws {
    let version = try FormatVersion(from: decoder)
    let readable = FormatVersion.current.major
    guard version.major == readable else {
      throw Diagnostic(
        "has format \(version.major).\(version.minor); this program reads format \(readable)",
        hint: "compile its 'graph.vir' again\(version.major > readable ? ", or use a newer vergence" : "")")
    }
    manifest = try Manifest(from: decoder)
    hashes = try decoder.container(keyedBy: CodingKeys.self).decode([String: String].self, forKey: .hashes)
  }

  /// Writes the hashes beside the manifest's own entries.
  func encode(to encoder: any Encoder) throws {
    try manifest.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(hashes, forKey: .hashes)
  }
}

/// The format's version alone, which can be read of any manifest, also one of another format.
struct FormatVersion: Decodable {
  let major: Int
  let minor: Int

  /// The version that this program writes; it reads those of the same major one.
  static let current = (major: 3, minor: 1)
}
