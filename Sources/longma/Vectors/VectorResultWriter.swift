import Foundation

/// Writes result lines to a file descriptor, through a buffer.
struct VectorResultWriter {
    private var buffer: [UInt8] = []
    private let descriptor: Int32
    private let showsCounts: Bool

    /// With `showsCounts` a line has the retired instructions too, and the address of a memory exception.
    init(descriptor: Int32, showsCounts: Bool) {
        self.descriptor = descriptor
        self.showsCounts = showsCounts
        buffer.reserveCapacity(1 << 17)
    }

    /// One line: what the state of `machine` after `test` says.
    mutating func write(_ test: VectorCase, _ outcome: VectorMachine.Outcome, _ machine: VectorMachine) throws {
        text("{\"pc\": \(outcome.offset), \"exc\": ")
        text(outcome.exception.map { "\"\($0)\"" } ?? "null")
        if showsCounts {
            text(", \"retired\": \(machine.retired(test))")
            if case .exception(_, let address, _, _) = outcome.exit, outcome.exception == "MEM" || outcome.exception == "ALE" {
                text(", \"address\": \"0x\(String(address, radix: 16))\"")
            }
        }

        text(", \"gpr\": {")
        var isFirst = true
        for n in 1..<32 {
            let value = machine.gpr(n)
            guard value != test.gpr[n] else { continue }
            key(n, &isFirst)
            text("\"0x\(String(value, radix: 16))\"")
        }

        text("}, \"vr\": {")
        isFirst = true
        var initial = test.vr[...]
        for n in 0..<32 {
            var old = SIMD4<UInt64>.zero
            if let index = initial.firstIndex(where: { $0.number == n }) { old = initial[index].value }
            let value = machine.vr(n)
            guard value != old else { continue }
            key(n, &isFirst)
            text("\"0x")
            for part in stride(from: 3, through: 0, by: -1) {
                let digits = String(value[part], radix: 16)
                text(String(repeating: "0", count: 16 - digits.count))
                text(digits)
            }
            text("\"")
            if initial.first?.number == n { initial.removeFirst() }
        }

        text("}, \"fcc\": \(machine.fcc), \"fcsr\": \"0x\(String(machine.fcsr, radix: 16))\", \"mem\": {")
        isFirst = true
        for (offset, bytes) in machine.changedMemory() {
            key(offset, &isFirst)
            buffer.append(UInt8(ascii: "\""))
            for byte in bytes {
                buffer.append(Self.digits[Int(byte >> 4)])
                buffer.append(Self.digits[Int(byte & 15)])
            }
            buffer.append(UInt8(ascii: "\""))
        }
        text("}}\n")
        if buffer.count > 1 << 16 { try flush() }
    }

    /// Writes out what is in the buffer.
    mutating func flush() throws {
        var written = 0
        while written < buffer.count {
            let count = buffer.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(.hostFailure, "cannot write the results (\(lastSystemError())); is the reader of this pipe gone, or the disk full?")
            }
            written += count
        }
        buffer.removeAll(keepingCapacity: true)
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private mutating func text(_ text: String) { buffer.append(contentsOf: text.utf8) }

    private mutating func key(_ number: Int, _ isFirst: inout Bool) {
        text(isFirst ? "\"\(number)\": " : ", \"\(number)\": ")
        isFirst = false
    }
}
