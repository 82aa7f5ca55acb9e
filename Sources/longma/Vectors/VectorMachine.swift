import CHost
import Execution
import Foundation
import GuestMemory
import LoongArch
import Semantics

/// The memory and the CPU that test vectors run on: instruction words at `codeBase` amid sentinels, and a data window.
final class VectorMachine: CodeSource {
    static let codeBase: UInt64 = 0x4000_0000
    static let windowBase: UInt64 = 0x6000_0000
    static let windowSize = 0x1_0000
    /// `break 0x7abc`: where execution ends that leaves the words.
    static let sentinel: UInt32 = 0x002a_7abc
    /// How far sentinels reach to both sides of the words.
    private static let reach: UInt64 = 256 << 10
    static let maximumWords = Int(reach) / 4
    /// Instructions after which a case counts as endless that does not say otherwise.
    static let fuel: Int64 = 10_000_000

    private let codeRange: Range<UInt64>
    private let code: UnsafeMutablePointer<UInt32>
    private let window: UnsafeMutableRawPointer
    /// The window as it was before the case ran.
    private let before: UnsafeMutableRawPointer
    private let cpu: UnsafeMutablePointer<LongmaCPU>
    /// Words of the case that stands at `codeBase`.
    private var placed = 0

    init() throws {
        codeRange = (Self.codeBase - Self.reach)..<(Self.codeBase + 2 * Self.reach)
        let words = try Self.map(codeRange.lowerBound, codeRange.count)
        code = (words + Int(Self.reach)).assumingMemoryBound(to: UInt32.self)
        words.initializeMemory(as: UInt32.self, repeating: Self.sentinel, count: codeRange.count / 4)
        window = try Self.map(Self.windowBase, Self.windowSize)
        before = .allocate(byteCount: Self.windowSize, alignment: 64)
        cpu = .allocate(capacity: 1)
        cpu.initialize(to: LongmaCPU())
        longma_install_fault_handler()
        longma_bind_cpu(cpu)
    }

    private static func map(_ address: UInt64, _ size: Int) throws -> UnsafeMutableRawPointer {
        let wanted = UnsafeMutableRawPointer(bitPattern: UInt(address))
        let got = mmap(wanted, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0)
        guard let got, got != MAP_FAILED, got == wanted else {
            throw Failure(
                .hostFailure, "cannot map \(size) bytes at 0x\(String(address, radix: 16)) (\(lastSystemError())); see longma doctor, address space layout")
        }
        return got
    }

    func executableRange(containing address: UInt64) -> (range: Range<UInt64>, writable: Bool)? {
        codeRange.contains(address) ? (codeRange, false) : nil
    }

    /// What became of one case.
    struct Outcome {
        /// Where execution stopped, in bytes from the first word.
        var offset: Int64
        /// Name of the exception, nil when execution left the words.
        var exception: String?
        /// What the engine said.
        var exit: Exit
    }

    /// Puts the words of `test` in place. `engine` forgets the code of the case before.
    func place(_ test: VectorCase, engine: any Engine) throws {
        guard test.words.count <= Self.maximumWords else {
            throw Failure(.badImage, "a case has \(test.words.count) words; at most \(Self.maximumWords) can be run")
        }
        let touched = max(placed, test.words.count)
        for index in 0..<touched { code[index] = index < test.words.count ? test.words[index] : Self.sentinel }
        placed = test.words.count
        engine.invalidate(codeRange)
    }

    /// Runs the words that are in place from the state of `test`.
    func run(_ test: VectorCase, engine: any Engine) -> Outcome {
        load(test)
        var exit = engine.run(cpu)
        while exit == .interrupted { exit = engine.run(cpu) }
        let offset = Int64(bitPattern: cpu.pointee.pc &- Self.codeBase)
        let isOutside = !(0..<Int64(4 * test.words.count)).contains(offset)
        return Outcome(offset: offset, exception: Self.name(of: exit, isOutside: isOutside), exit: exit)
    }

    private func load(_ test: VectorCase) {
        memset(window, 0, Self.windowSize)
        for (offset, bytes) in test.memory { (window + offset).copyMemory(from: bytes, byteCount: bytes.count) }
        memcpy(before, window, Self.windowSize)
        cpu.pointee.reset(pc: Self.codeBase &+ test.entry, fuel: test.fuel)
        withUnsafeMutableBytes(of: &cpu.pointee.gpr) { registers in
            for n in 1..<32 { registers.storeBytes(of: test.gpr[n], toByteOffset: 8 * n, as: UInt64.self) }
        }
        withUnsafeMutableBytes(of: &cpu.pointee.vr) { registers in
            for (n, value) in test.vr { registers.storeBytes(of: value, toByteOffset: 32 * n, as: SIMD4<UInt64>.self) }
        }
        withUnsafeMutableBytes(of: &cpu.pointee.fcc) { flags in
            for n in 0..<8 { flags[n] = UInt8(test.fcc >> UInt64(n) & 1) }
        }
        cpu.pointee.fcsr = UInt32(truncatingIfNeeded: test.fcsr) & FloatStatus.mask
    }

    /// The oracle's name of what ended a case.
    private static func name(of exit: Exit, isOutside: Bool) -> String? {
        switch exit {
        case .fuel: "TIMEOUT"
        case .interrupted, .switched: nil
        case .exception(let exception, _, _, _):
            switch exception {
            case .BRK: isOutside ? nil : "BRK"
            case .SYS: "SYS"
            case .INE, .unimplemented, .IPE, .FPD, .SXD, .ASXD, .BTD: "INE"
            case .ADEF, .ADEM, .PIF, .PIL, .PIS, .translation: "MEM"
            case .ALE: "ALE"
            case .BCE: "BCE"
            case .FPE: "FPE"
            }
        }
    }

    // MARK: The state after a run

    func gpr(_ n: Int) -> UInt64 { withUnsafeBytes(of: &cpu.pointee.gpr) { $0.loadUnaligned(fromByteOffset: 8 * n, as: UInt64.self) } }

    func vr(_ n: Int) -> SIMD4<UInt64> { withUnsafeBytes(of: &cpu.pointee.vr) { $0.loadUnaligned(fromByteOffset: 32 * n, as: SIMD4<UInt64>.self) } }

    var fcc: Int {
        withUnsafeBytes(of: &cpu.pointee.fcc) { flags in (0..<8).reduce(0) { $0 | Int(flags[$1] & 1) << $1 } }
    }

    var fcsr: UInt32 { cpu.pointee.fcsr }

    /// Instructions that a case retired.
    func retired(_ test: VectorCase) -> Int64 { test.fuel - cpu.pointee.fuel }

    /// The stretches of the window that changed, each with its offset; gaps of up to 3 bytes are bridged.
    func changedMemory() -> [(offset: Int, bytes: UnsafeRawBufferPointer)] {
        guard memcmp(before, window, Self.windowSize) != 0 else { return [] }
        let old = before.assumingMemoryBound(to: UInt8.self)
        let new = window.assumingMemoryBound(to: UInt8.self)
        var result: [(Int, UnsafeRawBufferPointer)] = []
        var index = 0
        while index < Self.windowSize {
            guard old[index] != new[index] else {
                index += 1
                continue
            }
            let start = index
            var last = index
            while index < Self.windowSize, index - last <= 3 {
                if old[index] != new[index] { last = index }
                index += 1
            }
            result.append((start, UnsafeRawBufferPointer(start: window + start, count: last + 1 - start)))
            index = last + 1
        }
        return result
    }
}
