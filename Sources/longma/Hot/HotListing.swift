import Foundation
import LoongArch

/// A region's guest instructions and its host code, side by side.
struct HotListing {
    private let record: RegionRecord
    /// Samples by host address, and of the whole run.
    private let counts: [UInt64: Int]
    private let total: Int

    init(_ record: RegionRecord, counts: [UInt64: Int], total: Int) {
        self.record = record
        self.counts = counts.filter { record.range.contains($0.key) }
        self.total = total
    }

    /// At most `limit` lines: of the guest's instructions and of host code those around what was sampled most.
    func lines(limit: Int) -> [String] {
        let host = hostCode()
        let hottest = host.indices.max { samples(host, $0) < samples(host, $1) } ?? 0
        let guest = guestCode()
        // The guest's access that is next to it, if there is one, tells where that is in the guest's code.
        let offset = host.isEmpty ? 0 : Int(host[hottest].address - record.address)
        let pc = record.accesses.min { abs($0.offset - offset) < abs($1.offset - offset) }?.guest
        let left = window(guest.map(\.text), around: guest.firstIndex { $0.pc == pc } ?? 0, limit)
        let accesses = Dictionary(record.accesses.map { (record.address + UInt64($0.offset), $0.guest) }) { first, _ in first }
        let right = window(
            host.indices.map { index in
                let count = samples(host, index)
                let share = count == 0 ? "      " : String(format: "%5.1f%%", 100 * Double(count) / Double(max(total, 1)))
                let access = accesses[host[index].address].map { "  # of 0x" + String($0, radix: 16) } ?? ""
                return "\(share)  \(String(host[index].address - record.address, radix: 16)):  \(host[index].text)\(access)"
            }, around: hottest, limit)
        let width = left.map(\.count).max() ?? 0
        return (0..<max(left.count, right.count)).map { index in
            let text = index < left.count ? left[index] : ""
            return text + String(repeating: " ", count: width - text.count) + " | " + (index < right.count ? right[index] : "")
        }
    }

    private func samples(_ host: [(address: UInt64, text: String)], _ index: Int) -> Int {
        let end = index + 1 < host.count ? host[index + 1].address : record.range.upperBound
        return counts.reduce(0) { $0 + ((host[index].address..<end).contains($1.key) ? $1.value : 0) }
    }

    private func window(_ lines: [String], around centre: Int, _ limit: Int) -> [String] {
        if lines.count <= limit { return lines }
        let start = min(max(centre - limit / 2, 0), lines.count - limit)
        return Array(lines[start..<start + limit])
    }

    private func guestCode() -> [(pc: UInt64, text: String)] {
        record.blocks.flatMap { block in
            Disassembler.listing(words: block.words, at: block.start).enumerated().map { (block.start + UInt64($0) * 4, $1) }
        }
    }

    // MARK: Host code

    /// Whether the host's disassembler is installed.
    static let hasDisassembler = (try? ChildProcess.run(["objdump", "--version"], isQuiet: true))?.status == 0

    private func hostCode() -> [(address: UInt64, text: String)] { Self.hasDisassembler ? disassembly() ?? bytes() : bytes() }

    private func disassembly() -> [(address: UInt64, text: String)]? {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("longma-hot-\(getpid()).bin")
        defer { try? FileManager.default.removeItem(at: file) }
        guard (try? record.code.write(to: file)) != nil,
            let result = try? ChildProcess.run(
                ["objdump", "-D", "-b", "binary", "-m", "i386:x86-64", "--no-show-raw-insn", "--adjust-vma=\(record.address)", file.path], isQuiet: true),
            result.status == 0
        else { return nil }
        let lines = String(decoding: result.output, as: UTF8.self).split(separator: "\n").compactMap { line -> (address: UInt64, text: String)? in
            guard let colon = line.firstIndex(of: ":"), let address = UInt64(line[..<colon].trimmingCharacters(in: .whitespaces), radix: 16) else { return nil }
            return (address, line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        return lines.isEmpty ? nil : lines
    }

    private func bytes() -> [(address: UInt64, text: String)] {
        stride(from: 0, to: record.code.count, by: 16).map { offset in
            let part = record.code[offset..<min(offset + 16, record.code.count)]
            return (record.address + UInt64(offset), part.map { String(format: "%02x", $0) }.joined(separator: " "))
        }
    }
}
