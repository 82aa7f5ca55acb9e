import ArgumentParser
import Foundation
import Translator

/// What `--log` can be given.
enum LogTopic: String, CaseIterable, ExpressibleByArgument {
    case regions
}

/// Writes down translated code as it comes: for perf, for people, and for `longma hot`.
///
/// Files are opened for each line: a descriptor that stays open would be the guest's to see.
final class CodeLog: CodeObserver, @unchecked Sendable {
    private let writesMap: Bool
    private let writesLines: Bool
    private let records: String?
    /// Who it was at the start: a process that the guest forks has a map of its own.
    private let firstProcess = getpid()
    private var process: pid_t = 0
    private var map = ""
    private var mapIsUsable = true
    private var symbols = GuestSymbols()
    private var seen: Set<UInt> = []

    /// `perfMap`: /tmp/perf-PID.map. `lines`: a line for each region on standard error. `records`: a file for `RegionRecord`s, one on each line.
    init(perfMap: Bool, lines: Bool, records: String?) {
        writesMap = perfMap
        writesLines = lines
        self.records = records
    }

    func placed(_ placed: PlacedCode) {
        let address = UInt(bitPattern: placed.code.baseAddress!)
        guard seen.insert(address).inserted else { return }
        let name = symbols.name(placed.region.entries[0])
        if writesMap { addToMap("\(String(address, radix: 16)) \(String(placed.code.count, radix: 16)) guest:\(name)\n") }
        if writesLines {
            let origin = placed.isArchived ? "from the cache" : "compiled"
            standardError(
                "longma: region \(name) at 0x\(String(placed.region.entries[0], radix: 16)): \(placed.region.blocks.count) blocks, "
                    + "\(placed.region.instructionCount) instructions, \(placed.code.count) bytes of code, \(origin)")
        }
        if let records, getpid() == firstProcess {
            var line = (try? JSONEncoder().encode(RegionRecord(placed, name: name))) ?? Data()
            line.append(10)
            _ = Self.append(line, to: records, isNew: false)
        }
    }

    private func addToMap(_ line: String) {
        map += line
        guard mapIsUsable else { return }
        let isNew = process != getpid()
        process = getpid()
        let path = "/tmp/perf-\(process).map"
        if isNew { unlink(path) }
        if !Self.append(Data((isNew ? map : line).utf8), to: path, isNew: isNew) {
            mapIsUsable = false
            standardError("longma: \(path) cannot be written (\(lastSystemError())); going on without it")
        }
    }

    /// False, with errno set, when it cannot be done.
    private static func append(_ data: Data, to path: String, isNew: Bool) -> Bool {
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (isNew ? O_EXCL : 0), 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        return data.withUnsafeBytes { write(file, $0.baseAddress!, $0.count) } == data.count
    }
}

/// A region and its code, for another process.
struct RegionRecord: Codable {
    struct Block: Codable {
        var start: UInt64
        var words: [UInt32]
    }

    /// A host instruction that does a guest instruction's access.
    struct Access: Codable {
        var offset: Int
        var guest: UInt64
    }

    var name: String
    /// The guest address that the region was made for.
    var entry: UInt64
    var blocks: [Block]
    /// Where the code is, and its bytes.
    var address: UInt64
    var code: Data
    var accesses: [Access]
    var isFromCache: Bool

    init(_ placed: PlacedCode, name: String) {
        self.name = name
        entry = placed.region.entries[0]
        blocks = placed.region.blocks.map { Block(start: $0.start, words: $0.instructions.map(\.word)) }
        address = UInt64(UInt(bitPattern: placed.code.baseAddress!))
        code = Data(placed.code)
        accesses = placed.accesses.map { Access(offset: $0.host, guest: $0.guest) }
        isFromCache = placed.isArchived
    }

    var range: Range<UInt64> { address..<address + UInt64(code.count) }
    var instructionCount: Int { blocks.reduce(0) { $0 + $1.words.count } }
}
