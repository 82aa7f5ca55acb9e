import CHost
import Foundation
import Interpreter
import LoongArch
import Semantics
import Testing

/// Single LSX instructions, with vectors from the oracle; make-vectors.py describes the file.
@Suite(.serialized) struct VectorUnitTests {
    static let lines: [String] = {
        let path = Bundle.module.url(forResource: "vectors", withExtension: "txt")!.path
        return try! String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }()

    @Test func everyCaseGivesWhatTheOracleGave() throws {
        #expect(Self.lines.count > 2000)
        let machine = Machine()
        for line in Self.lines {
            let halves = line.split(separator: ">", omittingEmptySubsequences: false).map { $0.split(separator: " ").map(String.init) }
            let word = UInt32(halves[0][1], radix: 16)!
            let instruction = try #require(Decoder.decode(word))
            #expect(instruction.opcode.mnemonic == halves[0][0])
            let before = State(halves[0].dropFirst(2), State())
            let expected = State(halves[1], before)
            let found = machine.run(instruction, before)
            #expect(found == expected, "\(line)")
        }
    }

    /// The estimates of version 1.1 may be exact, and are what the exact instructions give.
    @Test func estimatesAreExact() throws {
        let machine = Machine()
        let pairs: [(exact: Opcode, estimate: Opcode)] = [
            (.vfrecip_s, .vfrecipe_s), (.vfrecip_d, .vfrecipe_d), (.vfrsqrt_s, .vfrsqrte_s), (.vfrsqrt_d, .vfrsqrte_d),
        ]
        for pair in pairs {
            for line in Self.lines where line.hasPrefix(pair.exact.mnemonic + " ") {
                let halves = line.split(separator: ">", omittingEmptySubsequences: false).map { $0.split(separator: " ").map(String.init) }
                let word = UInt32(halves[0][1], radix: 16)! & ~pair.exact.form.mask | pair.estimate.form.bits
                let instruction = try #require(Decoder.decode(word))
                #expect(instruction.opcode == pair.estimate)
                let before = State(halves[0].dropFirst(2), State())
                #expect(machine.run(instruction, before) == State(halves[1], before), "\(pair.estimate): \(line)")
            }
        }
    }

    @Test func everyVectorOpcodeHasARow() {
        let opcodes = Opcode.allCases.filter(\.isVector)
        #expect(opcodes.count == 716)
        for opcode in opcodes {
            #expect(VectorTable.contains(opcode), "\(opcode.mnemonic)")
            #expect(opcode.form.unit == .lsx)
        }
        #expect(Opcode.allCases.filter { $0.form.extension == .lsx && !$0.isVector }.isEmpty)
    }

    /// A store that faults on its second page has written nothing to the first.
    @Test func faultingStoreWritesNothing() throws {
        longma_install_fault_handler()
        longma_bind_cpu(Machine().cpu)
        let page = try #require(mmap(nil, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        try #require(page != MAP_FAILED)
        mprotect(page + 4096, 4096, PROT_NONE)
        defer { munmap(page, 8192) }
        let address = UInt64(UInt(bitPattern: page)) + 4088
        #expect(!longma_store_u128(address, .max, .max))
        #expect((page + 4088).load(as: UInt64.self) == 0)
        var (low, high): (UInt64, UInt64) = (1, 2)
        #expect(!longma_load_u128(address, &low, &high))
        #expect(low == 1 && high == 2)
    }

    @Test func registersOfAVectorInstruction() throws {
        // vpickve2gr.d $r5, $vr6, 1; vinsgr2vr.d $vr6, $r5, 1; vadd.b $vr1, $vr2, $vr3; vseteqz.v $fcc3, $vr7; vstx $vr1, $r4, $r5
        let toGeneral = RegisterUse(of: try #require(Decoder.decode(Opcode.vpickve2gr_d.form.bits | 1 << 10 | 6 << 5 | 5)))
        #expect(toGeneral.gprWritten == 1 << 5 && toGeneral.fprRead == 1 << 6 && toGeneral.fprWritten == 0)
        let toVector = RegisterUse(of: try #require(Decoder.decode(Opcode.vinsgr2vr_d.form.bits | 1 << 10 | 5 << 5 | 6)))
        #expect(toVector.gprRead == 1 << 5 && toVector.gprWritten == 0 && toVector.fprWritten == 1 << 6)
        let sum = RegisterUse(of: try #require(Decoder.decode(Opcode.vadd_b.form.bits | 3 << 10 | 2 << 5 | 1)))
        #expect(sum.fprRead == 0b1110 && sum.fprWritten == 0b10)
        let test = RegisterUse(of: try #require(Decoder.decode(Opcode.vseteqz_v.form.bits | 7 << 5 | 3)))
        #expect(test.fccWritten == 1 << 3 && test.fprRead == 1 << 7)
        let store = RegisterUse(of: try #require(Decoder.decode(Opcode.vstx.form.bits | 5 << 10 | 4 << 5 | 1)))
        #expect(store.gprRead == 0b11_0000 && store.fprRead == 0b10 && store.gprWritten == 0)
    }
}

/// The state of a CPU as far as vector instructions have to do with it.
struct State: Equatable {
    var gpr = [UInt64](repeating: 0, count: 32)
    var vr = [SIMD2<UInt64>](repeating: .zero, count: 32)
    var fcc: UInt8 = 0
    var fcsr: UInt32 = 0
    var memory = [UInt8](repeating: 0, count: 1024)
    var exception: GuestException?

    init() {}

    /// `base` with the parts of a line.
    init(_ parts: some Sequence<String>, _ base: State) {
        self = base
        for part in parts {
            let sides = part.split(separator: "=").map(String.init)
            let number = Int(sides[0].dropFirst())
            switch sides[0].first! {
            case "r": gpr[number!] = UInt64(sides[1], radix: 16)!
            case "v":
                let value = UInt128(sides[1], radix: 16)!
                vr[number!] = SIMD2(UInt64(truncatingIfNeeded: value), UInt64(truncatingIfNeeded: value >> 64))
            case "c": fcc = UInt8(sides[1], radix: 16)!
            case "f": fcsr = UInt32(sides[1], radix: 16)!
            case "m":
                let start = Int(sides[0].dropFirst(), radix: 16)!
                let digits = Array(sides[1])
                for n in 0..<digits.count / 2 { memory[start + n] = UInt8(String(digits[2 * n...2 * n + 1]), radix: 16)! }
            default: exception = .FPE
            }
        }
    }
}

/// The memory of the vectors: 1 KiB that instructions see at 0x6000_0000, 0 around it.
enum WindowAccess: DataAccess {
    static let base: UInt64 = 0x6000_0000
    nonisolated(unsafe) static var bytes = [UInt8](repeating: 0, count: 1024)

    private static func read(_ address: UInt64, _ size: Int) -> UInt64 {
        (0..<size).reduce(0) { value, n in
            let offset = address &+ UInt64(n) &- base
            return value | (offset < 1024 ? UInt64(bytes[Int(offset)]) : 0) << UInt64(8 * n)
        }
    }

    typealias CPU = UnsafeMutablePointer<LongmaCPU>

    static func load(_ cpu: CPU, _ address: UInt64, _ type: MemoryType) -> UInt64? { read(address, Int(type.size)) }

    static func store(_ cpu: CPU, _ address: UInt64, _ value: UInt64, _ type: MemoryType) -> Bool {
        for n in 0..<type.size where address &+ n &- base < 1024 { bytes[Int(address &+ n &- base)] = UInt8(truncatingIfNeeded: value >> (8 * n)) }
        return true
    }

    static func load(_ cpu: CPU, _ address: UInt64, to destination: UnsafeMutableRawPointer, _ count: Int) -> Bool {
        for n in stride(from: 0, to: count, by: 8) { destination.storeBytes(of: read(address &+ UInt64(n), 8), toByteOffset: n, as: UInt64.self) }
        return true
    }

    static func store(_ cpu: CPU, _ address: UInt64, from source: UnsafeRawPointer, _ count: Int) -> Bool {
        for n in stride(from: 0, to: count, by: 8) { _ = store(cpu, address &+ UInt64(n), source.load(fromByteOffset: n, as: UInt64.self), .int64) }
        return true
    }

    static func host(_ cpu: CPU, _ address: UInt64) -> UInt64? { nil }

    static func fault(_ cpu: CPU, _ address: UInt64, _ exception: GuestException) -> GuestException { exception }
}

/// A CPU that executes single vector instructions.
final class Machine {
    let cpu: UnsafeMutablePointer<LongmaCPU>

    init() {
        let raw = UnsafeMutableRawPointer.allocate(byteCount: MemoryLayout<LongmaCPU>.size, alignment: MemoryLayout<LongmaCPU>.alignment)
        memset(raw, 0, MemoryLayout<LongmaCPU>.size)
        cpu = raw.bindMemory(to: LongmaCPU.self, capacity: 1)
        cpu.pointee.addressLimit = UInt64(LONGMA_FLAT_ADDRESS_LIMIT)
    }

    deinit { UnsafeMutableRawPointer(cpu).deallocate() }

    func run(_ instruction: Instruction, _ before: State) -> State {
        let raw = UnsafeMutableRawPointer(cpu)
        let vr = raw + MemoryLayout<LongmaCPU>.offset(of: \.vr)!
        let fcc = raw + MemoryLayout<LongmaCPU>.offset(of: \.fcc)!
        for n in 0..<32 {
            raw.storeBytes(of: before.gpr[n], toByteOffset: 8 * n, as: UInt64.self)
            vr.storeBytes(of: before.vr[n], toByteOffset: 32 * n, as: SIMD2<UInt64>.self)
        }
        for n in 0..<8 { fcc.storeBytes(of: before.fcc >> UInt8(n) & 1, toByteOffset: n, as: UInt8.self) }
        cpu.pointee.fcsr = before.fcsr
        cpu.pointee.pendingFloat.operation = 0
        WindowAccess.bytes = before.memory

        FloatUnit.enterGuest(cpu)
        var exception: GuestException?
        do throws(GuestException) {
            try VectorAccess<WindowAccess>.perform(cpu, instruction)
        } catch {
            exception = error
        }
        FloatUnit.leaveGuest(cpu)

        var after = before
        for n in 0..<32 {
            after.gpr[n] = raw.load(fromByteOffset: 8 * n, as: UInt64.self)
            after.vr[n] = vr.load(fromByteOffset: 32 * n, as: SIMD2<UInt64>.self)
        }
        after.fcc = (0..<8).reduce(0) { $0 | fcc.load(fromByteOffset: $1, as: UInt8.self) << UInt8($1) }
        after.fcsr = cpu.pointee.fcsr
        after.memory = WindowAccess.bytes
        after.exception = exception
        return after
    }
}
