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
    guard version.major <= FormatVersion.current.major else {
      throw Diagnostic(
        "has format \(version.major).\(version.minor); this program reads up to \(FormatVersion.current.major)",
        hint: "use a newer vergence, or compile its 'graph.vir' again with this one")
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

/// The format's version alone, which can be read of any manifest, also one of a later format.
struct FormatVersion: Decodable {
  let major: Int
  let minor: Int

  /// The newest version that this program reads, and the one it writes.
  static let current = (major: 2, minor: 0)
}
