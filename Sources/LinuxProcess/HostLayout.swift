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
        // The lines ascend.
        guard let text = readWholeFile("/proc/self/maps"), let line = text.split(separator: "\n", maxSplits: 1).first,
            let dash = line.firstIndex(of: "-"), let space = line.firstIndex(of: " "), dash < space,
            let start = UInt64(line[..<dash], radix: 16), let end = UInt64(line[line.index(after: dash)..<space], radix: 16), start < end,
            start < FlatAddressSpace.limit
        else { return nil }
        let name = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true).dropFirst(5).first ?? ""
        return (start..<end, String(name))
    }
}

/// The whole text of a file, or nil when it cannot be read.
func readWholeFile(_ path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let got = read(file, &chunk, chunk.count)
        if got < 0, errno == EINTR { continue }
        guard got >= 0 else { return nil }
        if got == 0 { break }
        bytes += chunk[..<got]
    }
    return String(decoding: bytes, as: UTF8.self)
}
