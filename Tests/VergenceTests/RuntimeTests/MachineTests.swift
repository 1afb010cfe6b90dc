import Foundation
import Runtime
import Testing

@Suite struct MachineTests {
  @Test func theProcessMayUseSomeThread() {
    #expect((1...ProcessInfo.processInfo.processorCount).contains(availableThreads()))
  }

  @Test func theTightestGroupDecides() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    func write(_ text: String, _ path: String) throws {
      let file = root.appendingPathComponent(path)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    try write("max 100000\n", "cpu.max")
    try write("350000 100000\n", "a/cpu.max")
    try write("800000 100000\n", "a/b/cpu.max")
    try write("-1\n", "cpu/cpu.cfs_quota_us")
    try write("100000\n", "cpu/cpu.cfs_period_us")
    try write("50000\n", "cpu/c/cpu.cfs_quota_us")
    try write("100000\n", "cpu/c/cpu.cfs_period_us")
    func quota(_ membership: String) -> Int? { ProcessorQuota(membership: membership, root: root.path).processors }
    #expect(quota("0::/a/b\n") == 3)
    #expect(quota("0::/a/elsewhere\n") == 3)
    #expect(quota("0::/\n") == nil)
    #expect(quota("4:cpu,cpuacct:/c\n2:memory:/x\n") == 1)
    #expect(quota("4:cpu,cpuacct:/d\n") == nil)
    #expect(quota("nonsense\n\n::") == nil)
  }

  @Test func residentMemoryIsRead() throws {
    let memory = try #require(ProcessMemory.current())
    #expect(memory.resident > 1 << 20 && memory.peak >= memory.resident)
    #expect(ProcessMemory(status: "VmRSS:\t  12 kB\nVmHWM:\t 40 kB\n")?.peak == 40960)
    #expect(ProcessMemory(status: "Name: x\n") == nil)
  }
}
