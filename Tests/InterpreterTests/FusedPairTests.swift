import Foundation
import Interpreter
import LoongArch
import Testing

/// Blocks, whose handlers may execute two instructions at once, against the same instructions executed one by one.
///
/// In processes of their own: the other tests of this process want the addresses of guests free.
@Suite(.serialized) struct FusedPairTests {
    private static let machine = SequenceMachine()
    private static let pairs = Interpreter.fusedPairs

    /// `LONGMA_SEED` gives another run, and repeats one.
    @Test func sequencesGiveWhatTheirInstructionsGive() async {
        await #expect(processExitsWith: .success) { FusedPairTests.compareSequences() }
    }

    /// A jump to the address that marks links to nowhere, and to others where nothing can be executed.
    @Test func jumpsToNowhereAreExceptions() async {
        await #expect(processExitsWith: .success) {
            for goal in [1, 2, 3, 0x10, SequenceMachine.window, 1 << 50] { try FusedPairTests.jump(to: goal) }
        }
    }

    static func compareSequences() {
        let seed = ProcessInfo.processInfo.environment["LONGMA_SEED"].flatMap { UInt64($0) } ?? 20_261_122
        #expect(Self.pairs.count > 50)
        var random = SplitMix(state: seed)
        var faults = 0
        var secondHalves = 0
        for round in 0..<20_000 {
            let gpr = Self.registers(&random)
            var sequence: [UInt32] = []
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                // Every pair has its turn; an odd instruction in between shifts the others.
                let pair = Self.pairs[(round + sequence.count) % Self.pairs.count]
                sequence.append(Self.word(pair.0, &random))
                sequence.append(Self.word(pair.1, &random))
                if Int.random(in: 0..<8, using: &random) == 0 { sequence.append(Self.word(.xor, &random)) }
            }
            let single = Self.machine.run(sequence, gpr: gpr, byBlocks: false)
            if case .exception(let exception, _, _, _) = single.exit, exception != .BRK {
                faults += 1
                if (single.pc &- SequenceMachine.code) / 4 % 2 == 1 { secondHalves += 1 }
            }
            if Self.machine.run(sequence, gpr: gpr, byBlocks: true) != single {
                let shortest = Self.shrink(sequence, gpr)
                Issue.record("LONGMA_SEED=\(seed), round \(round): \(Self.description(shortest, gpr))")
                return
            }
        }
        // The generator does what it is for: most sequences end without a fault, but many do not.
        #expect(faults > 1000 && faults < 15_000 && secondHalves > 200, "\(faults) faults, \(secondHalves) of them at odd places")
    }

    static func jump(to goal: UInt64) throws {
        var gpr = [UInt64](repeating: 0, count: 32)
        gpr[4] = goal
        let sequence = [try Encoder.encode(.add_d, [5, 4, 0]), try Encoder.encode(.jirl, [1, 4, 0])]
        let blocks = Self.machine.run(sequence, gpr: gpr, byBlocks: true)
        #expect(blocks == Self.machine.run(sequence, gpr: gpr, byBlocks: false))
        #expect(blocks.pc == goal)
    }

    // MARK: Random sequences

    /// r4...r7 point into the window, r8 and r9 are small, r10 points nowhere.
    private static func registers(_ random: inout SplitMix) -> [UInt64] {
        var gpr = (0..<32).map { _ in random.next() >> UInt64.random(in: 0...63, using: &random) }
        for n in 4...7 { gpr[n] = SequenceMachine.window + 0x8000 + UInt64.random(in: 0...0x100, using: &random) }
        for n in 8...9 { gpr[n] = UInt64.random(in: 0...64, using: &random) }
        gpr[10] = SequenceMachine.window - 0x8000
        gpr[0] = 0
        return gpr
    }

    /// An instruction of `opcode` whose memory accesses mostly succeed and whose branches stay near.
    private static func word(_ opcode: Opcode, _ random: inout SplitMix) -> UInt32 {
        let name = opcode.mnemonic
        let isIndexed = name.hasPrefix("ldx") || name.hasPrefix("stx")
        let isMemory = isIndexed || name.hasPrefix("ld") || name.hasPrefix("st") || name.hasPrefix("fld")
        var operands = opcode.form.operands.enumerated().map { index, operand -> Int64 in
            guard operand.range == 0...31 else {
                let near = operand.range.clamped(to: -64...64)
                return Int64.random(in: near, using: &random) / Int64(operand.step) * Int64(operand.step)
            }
            if Int.random(in: 0..<40, using: &random) == 0 { return Int64.random(in: 0...31, using: &random) }
            if isMemory && index == 1 { return Int64.random(in: 4...7, using: &random) }
            if isIndexed && index == 2 { return Int64.random(in: 8...9, using: &random) }
            // The pointers are read by all, and seldom written.
            return index == 0 && !isMemory ? Int64.random(in: 11...20, using: &random) : Int64.random(in: 4...20, using: &random)
        }
        if name.hasPrefix("ld"), operands[0] < 11 { operands[0] = 11 }
        if Bool.random(using: &random) {
            if opcode == .or { operands[2] = 0 }
            if opcode == .bstrpick_d { operands.replaceSubrange(2..<4, with: [31, 0]) }
        }
        return try! Encoder.encode(opcode, operands)
    }

    /// The sequence without what its failure does not need.
    private static func shrink(_ sequence: [UInt32], _ gpr: [UInt64]) -> [UInt32] {
        var shortest = sequence
        var index = 0
        while index < shortest.count {
            var shorter = shortest
            shorter.remove(at: index)
            if machine.run(shorter, gpr: gpr, byBlocks: true) != machine.run(shorter, gpr: gpr, byBlocks: false) {
                shortest = shorter
                index = 0
            } else {
                index += 1
            }
        }
        return shortest
    }

    private static func description(_ sequence: [UInt32], _ gpr: [UInt64]) -> String {
        let (blocks, single) = (machine.run(sequence, gpr: gpr, byBlocks: true), machine.run(sequence, gpr: gpr, byBlocks: false))
        let registers = (0..<32).filter { blocks.gpr[$0] != single.gpr[$0] }.map { "r\($0) \(hex(blocks.gpr[$0])) want \(hex(single.gpr[$0]))" }
        return """
            \(sequence.map { Disassembler.text(word: $0) }.joined(separator: "; ")): exit \(blocks.exit) want \(single.exit), pc \(hex(blocks.pc)) want \
            \(hex(single.pc)), fuel \(blocks.fuel) want \(single.fuel), \(registers.joined(separator: ", "))
            """
    }

    private static func hex(_ value: UInt64) -> String { String(value, radix: 16) }
}

/// A small seeded generator.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
