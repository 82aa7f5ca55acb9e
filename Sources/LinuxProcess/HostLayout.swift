import CHost
import Glibc
import GuestMemory

/// Whether the host keeps clear of the addresses that belong to guests.
public enum HostLayout {
    /// Throws when something of the host is mapped below the guests' limit; it says what, and how to mend it.
    public static func check() throws(ProcessError) {
        guard let (range, name) = firstMappingBelowLimit() else {
            if longma_reserve_guard() { return }
            throw .hostFailure("Something of the host lies at 0x\(hexadecimal(FlatAddressSpace.limit)), right behind the guest's memory; run Longma again.")
        }
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_STACK.rawValue), &limit)
        let unlimited = limit.rlim_cur == rlim_t.max
        let remedy = unlimited ? "run `ulimit -s 8192` first" : "Longma must be a position-independent executable and run without a legacy memory layout"
        throw .hostFailure(
            "The host's \(name.isEmpty ? "memory" : name) at 0x\(hexadecimal(range.lowerBound)) lies where the guest's memory belongs; \(remedy).")
    }

    /// Executes this program again with a limited stack when an unlimited one made the kernel use the low half of the address space. Returns when
    /// there is nothing to mend or it cannot be mended.
    public static func mendByExecutingAgain() {
        guard firstMappingBelowLimit() != nil else { return }
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_STACK.rawValue), &limit) == 0, limit.rlim_cur == rlim_t.max else { return }
        limit.rlim_cur = 8 << 20
        guard setrlimit(__rlimit_resource_t(RLIMIT_STACK.rawValue), &limit) == 0 else { return }
        execv("/proc/self/exe", CommandLine.unsafeArgv)
    }

    static func firstMappingBelowLimit() -> (Range<UInt64>, String)? {
        // The lines ascend, and the first is nearly always all there is to see: its name matters only where it is wrong.
        let bytes = firstBytes("/proc/self/maps", 4096)
        var next = 0
        func number() -> UInt64 {
            var value: UInt64 = 0
            while next < bytes.count, bytes[next] >= UInt8(ascii: "0") {
                value = value << 4 | UInt64(bytes[next] & 15) + (bytes[next] >= UInt8(ascii: "a") ? 9 : 0)
                next += 1
            }
            next += 1
            return value
        }
        let start = number()
        let end = number()
        guard start < end, start < FlatAddressSpace.limit else { return nil }
        let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let name = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true).dropFirst(5).first ?? ""
        return (start..<end, String(name))
    }

    /// Up to `count` bytes of a file's beginning, as one call gives them.
    private static func firstBytes(_ path: String, _ count: Int) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in filled = max(read(file, buffer.baseAddress!, count), 0) }
    }
}
