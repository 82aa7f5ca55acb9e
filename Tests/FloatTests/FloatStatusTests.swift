import CHost
import Semantics
import Testing

/// FCSR: composition from its parts, writes, entering and leaving guest code, traps.
struct FloatStatusTests {
    /// Runs `body` with a CPU whose FCSR is `fcsr`, as a running guest. Nothing may be checked before it has returned.
    private func withGuest(fcsr: UInt32, _ body: (UnsafeMutablePointer<LongmaCPU>) -> Void) -> LongmaCPU {
        let cpu = UnsafeMutablePointer<LongmaCPU>.allocate(capacity: 1)
        defer { cpu.deallocate() }
        cpu.initialize(to: LongmaCPU())
        cpu.pointee.fcsr = fcsr
        FloatUnit.enterGuest(cpu)
        body(cpu)
        FloatUnit.leaveGuest(cpu)
        return cpu.pointee
    }

    /// What an engine does for an operation that cannot trap.
    private func perform(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ operation: FloatOperation, _ a: Double, _ b: Double = 0, _ c: Double = 0) {
        cpu.pointee.pendingFloat = LongmaPendingFloat(operation: FloatPending.code(operation), a: a, b: b, c: c)
        _ = FloatUnit.execute(operation, a, b, c)
    }

    @Test func roundingModes() {
        // LA: nearest, zero, up, down. MXCSR: nearest, down, up, zero.
        #expect((0..<4).map { FloatStatus.mxcsr(fcsr: $0 << 8) } == [0x1F80, 0x7F80, 0x5F80, 0x3F80])
        #expect(FloatStatus.mxcsr(fcsr: 0x1F1F_001F) == 0x1F80)
        #expect([1, 2, 4, 8, 16, 32, 63].map { FloatStatus.exceptions(mxcsr: $0) } == [16, 0, 8, 4, 2, 1, 31])
    }

    @Test func causeIsTheLastOperationAndFlagsAreAll() {
        var readings: [UInt64] = []
        let cpu = withGuest(fcsr: 0) { cpu in
            readings.append(FloatUnit.readFCSR(cpu, 0))
            perform(cpu, .divideDouble, 1, 0)
            readings.append(FloatUnit.readFCSR(cpu, 0))
            perform(cpu, .divideDouble, 1, 3)
            readings.append(FloatUnit.readFCSR(cpu, 0))
            readings.append(FloatUnit.readFCSR(cpu, 0))
            perform(cpu, .addDouble, 1, 1)
            readings.append(FloatUnit.readFCSR(cpu, 2))
            cpu.pointee.pendingFloat = LongmaPendingFloat(operation: FloatPending.code(.slt, .double), a: .nan, b: 0, c: 0)
            _ = FloatUnit.compare(.slt, .double, .nan, 0)
        }
        #expect(readings == [0, 0x0808_0000, 0x0109_0000, 0x0109_0000, 0x0009_0000])
        #expect(cpu.fcsr == 0x1019_0000)
        #expect(cpu.pendingFloat.operation == FloatPending.none)
    }

    @Test func partialRegisters() {
        var readings: [UInt64] = []
        let cpu = withGuest(fcsr: 0x1F1F_031F) { cpu in
            for number: UInt8 in 0..<4 { readings.append(FloatUnit.readFCSR(cpu, number)) }
            FloatUnit.writeFCSR(cpu, 1, 0xFFFF_FFFF_FFFF_FFE0)
            readings.append(FloatUnit.readFCSR(cpu, 0))
            FloatUnit.writeFCSR(cpu, 2, 0xFF01_02FF)
            readings.append(FloatUnit.readFCSR(cpu, 0))
            FloatUnit.writeFCSR(cpu, 3, 0xFFFF_FDFF)
            readings.append(FloatUnit.readFCSR(cpu, 0))
            FloatUnit.writeFCSR(cpu, 0, .max)
            readings.append(FloatUnit.readFCSR(cpu, 0))
            FloatUnit.writeFCSR(cpu, 0, 0)
            readings.append(FloatUnit.readFCSR(cpu, 0))
        }
        #expect(readings == [0x1F1F_031F, 0x1F, 0x1F1F_0000, 0x300, 0x1F1F_0300, 0x1F01_0300, 0x1F01_0100, 0x1F1F_031F, 0])
        #expect(cpu.fcsr == 0)
    }

    @Test func aWriteSettlesWhatWasBefore() {
        var readings: [UInt64] = []
        var traps: [UInt32] = []
        var mxcsr: [UInt32] = []
        let cpu = withGuest(fcsr: 0) { cpu in
            perform(cpu, .divideDouble, 1, 3)
            // The rounding mode changes after the operation, whose Cause and Flags stay.
            FloatUnit.writeFCSR(cpu, 3, 0x100)
            mxcsr.append(longma_read_mxcsr())
            traps.append(cpu.pointee.floatTraps)
            readings.append(FloatUnit.readFCSR(cpu, 0))
            FloatUnit.writeFCSR(cpu, 1, 0x8)
            traps.append(cpu.pointee.floatTraps)
            perform(cpu, .divideDouble, 1, 3)
            FloatUnit.writeFCSR(cpu, 2, 0)
            mxcsr.append(longma_read_mxcsr())
            readings.append(FloatUnit.readFCSR(cpu, 0))
        }
        #expect(readings == [0x0101_0100, 0x0000_0108])
        #expect(traps == [0, 1])
        #expect(mxcsr == [0x7F80, 0x7F80])
        #expect(cpu.fcsr == 0x108)
    }

    @Test func enteringAndLeaving() {
        let host = longma_read_mxcsr()
        var inside: UInt32 = 0
        let cpu = withGuest(fcsr: 0x0001_0210) { cpu in
            inside = longma_read_mxcsr()
            perform(cpu, .multiplyDouble, .greatestFiniteMagnitude, 2)
        }
        #expect(inside == 0x5F80)
        #expect(cpu.floatTraps == 1)
        #expect(cpu.fcsr == 0x0505_0210)
        #expect(longma_read_mxcsr() & ~0x3F == host & ~0x3F)
        // Running nothing changes nothing.
        let idle = withGuest(fcsr: 0x1A15_0301) { _ in }
        #expect(idle.fcsr == 0x1A15_0301)
    }

    /// Every vector under several Enables: Cause always, result and Flags only without a trap.
    @Test(arguments: [UInt32](0..<4))
    func traps(mode: UInt32) {
        let all = FloatVectors.shared
        var wrong: [String] = []
        for (index, vector) in all.vectors.enumerated() {
            let images = all.images(vector.name, vector.operands)
            let expected = vector.outcomes[Int(mode)]
            for enables: UInt32 in [1, 2, 4, 8, 16, 31, UInt32(index) % 32] {
                let before = mode << 8 | enables | 0x1E15_0000
                // "Tiny and exact" is underflow while underflow is enabled.
                let cause = expected.flags & 0x1F | (expected.flags & 0x20 != 0 ? enables & 2 : 0)
                var fcsr = before & ~0x1F00_0000 | cause << 24
                let shouldTrap = cause & enables != 0
                if !shouldTrap { fcsr |= cause << 16 }
                var result: UInt64 = 0
                var trapped = false
                let cpu = withGuest(fcsr: before) { cpu in
                    cpu.pointee.pendingFloat.operation = FloatPending.code(.addDouble)
                    switch Subject.named[vector.name]! {
                    case .operation(let operation):
                        let r = FloatUnit.trapped(cpu, operation, images[0], images[1], images[2])
                        (result, trapped) = (r.result.bitPattern, r.traps)
                    case .comparison(let predicate, let format):
                        let r = FloatUnit.trapped(cpu, predicate, format, images[0], images[1])
                        (result, trapped) = (r.result ? 1 : 0, r.traps)
                    }
                }
                if trapped != shouldTrap || cpu.fcsr != fcsr || result & all.mask(vector.name) != expected.result {
                    wrong.append("\(vector.text) mode \(mode) enables \(enables): traps \(trapped), fcsr \(String(cpu.fcsr, radix: 16)), expected \(String(fcsr, radix: 16))")
                }
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count):\n\(wrong.prefix(30).joined(separator: "\n"))")
    }

    @Test func codesAreDistinct() {
        let codes = Subject.named.values.map(\.code)
        #expect(Set(codes).count == codes.count)
        #expect(!codes.contains(FloatPending.none))
        #expect(FloatPending.cause(of: LongmaPendingFloat()) == 0)
    }
}
