import CThreads
import Foundation

/// Returns how many threads of this process can run at once: the processors it is allowed, within its control groups' quota of time.
package func availableThreads() -> Int {
  let membership = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
  let quota = ProcessorQuota(membership: membership, root: "/sys/fs/cgroup").processors
  let allowed = Int(vergence_allowed_processors())
  return max(1, min(allowed > 0 ? allowed : ProcessInfo.processInfo.activeProcessorCount, quota ?? .max))
}

/// The limit that control groups, such as a container's, put on processor time.
///
/// - Source: the kernel's documentation, `cgroup-v2.rst` (`cpu.max`) and `sched-bwc.rst` (version 1).
package struct ProcessorQuota {
  /// The whole processors' worth of time, at least 1; `nil` without a limit.
  package let processors: Int?

  /// Reads the limits of the groups named in `membership`, the text of `/proc/self/cgroup`, and of those around them.
  ///
  /// - Parameter root: where the groups' file system is.
  package init(membership: String, root: String) {
    var tightest: Int?
    for line in membership.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isVersion2 = fields[0] == "0" && fields[1].isEmpty
      guard isVersion2 || fields[1].split(separator: ",").contains("cpu") else { continue }
      let base = isVersion2 ? root : root + "/cpu"
      var path = fields[2].split(separator: "/")
      // A container may see its own group as the root, under a path that only the host has.
      while true {
        let folder = ([base] + path.map(String.init)).joined(separator: "/")
        let limit = isVersion2 ? Self.version2(folder) : Self.version1(folder)
        if let limit { tightest = min(tightest ?? limit, limit) }
        if path.popLast() == nil { break }
      }
    }
    processors = tightest
  }

  /// Reads `cpu.max`: `200000 100000`, or `max 100000` without a limit.
  private static func version2(_ folder: String) -> Int? {
    let fields = text(folder + "/cpu.max").split(separator: " ")
    guard fields.count == 2 else { return nil }
    return processors(quota: fields[0], period: fields[1])
  }

  /// Reads `cpu.cfs_quota_us`, −1 without a limit, and `cpu.cfs_period_us`.
  private static func version1(_ folder: String) -> Int? {
    processors(quota: text(folder + "/cpu.cfs_quota_us")[...], period: text(folder + "/cpu.cfs_period_us")[...])
  }

  private static func processors(quota: Substring, period: Substring) -> Int? {
    guard let quota = Int(quota), let period = Int(period), quota > 0, period > 0 else { return nil }
    return max(1, quota / period)
  }

  private static func text(_ path: String) -> String {
    ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
