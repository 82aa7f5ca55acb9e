import CHost
import Execution
import LoongArch

/// Ids of `KVM_GET_ONE_REG` and `KVM_SET_ONE_REG` (`lvz.md` section 12.3).
public struct RegisterID: Equatable, Sendable {
    /// What an id names.
    public enum Register: Equatable, Sendable {
        case csr(Int)
        case configurationWord(Int)
        /// The machine's counter; a reset, by writing; the breakpoint instruction.
        case counter, reset, breakpoint
        case scratch(Int)
        case flags, top
    }

    private static let base: UInt64 = 0x9030_0000_0000_0000
    public let register: Register

    public init(_ register: Register) { self.register = register }

    /// The register that an id stands for; nil when there is none.
    public init?(_ id: UInt64) {
        guard id & ~0x7_FFFF == Self.base else { return nil }
        let index = Int(id >> 3 & 0xFFF)
        guard id & 7 == 0, id & 0x8000 == 0 else { return nil }
        switch (id >> 16 & 7, index) {
        case (1, _) where index < Int(LONGMA_CSR_COUNT): register = .csr(index)
        case (2, 1): register = .counter
        case (2, 2): register = .reset
        case (2, 3): register = .breakpoint
        case (4, 0...20): register = .configurationWord(index)
        case (5, 1...4): register = .scratch(index - 1)
        case (5, 5): register = .flags
        case (5, 6): register = .top
        default: return nil
        }
    }

    /// The id as a number.
    public var number: UInt64 {
        let (set, index): (UInt64, Int) =
            switch register {
            case .csr(let number): (1, number)
            case .counter: (2, 1)
            case .reset: (2, 2)
            case .breakpoint: (2, 3)
            case .configurationWord(let index): (4, index)
            case .scratch(let index): (5, index + 1)
            case .flags: (5, 5)
            case .top: (5, 6)
            }
        return Self.base | set << 16 | UInt64(index) << 3
    }
}

extension VCPU {
    /// `KVM_GET_ONE_REG`, while `run` is not running; throws for an id that there is not.
    public func register(_ id: RegisterID) throws -> UInt64 {
        switch id.register {
        case .csr(CSR.ESTAT): return core[gcsr: CSR.ESTAT] | (core[csr: CSR.GINTC] & 0xFF) << 2
        case .csr(let number):
            if core.isBankRegister(number) { return core[gcsr: number] }
            guard ControlRegisterTable.access[number] == .sensitive else { throw Self.unknown(id) }
            return softwareRegisters[number]
        case .configurationWord(let index): return UInt64(configurationWords[index])
        case .counter: return core.ticks &+ core[csr: CSR.GCNTC]
        case .breakpoint: return 0x002B_8101
        case .scratch(let index): return scratch[index]
        case .flags: return core.cpu.pointee.eflags
        case .top: return core.cpu.pointee.ftop
        case .reset: throw Self.unknown(id)
        }
    }

    /// `KVM_SET_ONE_REG`; throws for an id that there is not and for a value that the machine cannot have.
    public func setRegister(_ id: RegisterID, _ value: UInt64) throws {
        switch id.register {
        case .csr(CSR.ESTAT):
            core[csr: CSR.GINTC] = core[csr: CSR.GINTC] & ~0xFF | value >> 2 & 0xFF
            core[gcsr: CSR.ESTAT] = value & ~0x3FC
        case .csr(CSR.CPUID):
            guard value < 256, !machine.vcpus.contains(where: { $0 !== self && $0.core[gcsr: CSR.CPUID] == value }) else {
                throw VM.MachineError("CPUID \(value) is taken or above 255")
            }
            core[gcsr: CSR.CPUID] = value
        case .csr(let number):
            if core.isBankRegister(number) {
                core[gcsr: number] = value
            } else {
                guard ControlRegisterTable.access[number] == .sensitive else { throw Self.unknown(id) }
                softwareRegisters[number] = value
            }
        case .configurationWord(let index):
            try check(index, value)
            configurationWords[index] = UInt32(value)
        case .counter: core[csr: CSR.GCNTC] = value &- core.ticks
        case .reset: resetGuest()
        case .scratch(let index): scratch[index] = value
        case .flags: core.cpu.pointee.eflags = value & 0xFFFF_FFFF
        case .top: core.cpu.pointee.ftop = value & 7
        case .breakpoint: throw Self.unknown(id)
        }
    }

    private static func unknown(_ id: RegisterID) -> VM.MachineError {
        VM.MachineError("there is no register 0x\(String(id.number, radix: 16)) for that")
    }

    private var scratch: UnsafeMutablePointer<UInt64> {
        UnsafeMutableRawPointer(core.cpu).advanced(by: MemoryLayout<LongmaCPU>.offset(of: \.scr)!).assumingMemoryBound(to: UInt64.self)
    }

    /// Whether a guest may be told so: nothing that Longma has not, and units only with those that they build on.
    private func check(_ index: Int, _ value: UInt64) throws {
        let mask: UInt64 =
            switch index {
            case 0, 4, 5: 0xFFFF_FFFF
            case 1: 0x3FF_FFFF
            case 2: UInt64(Configuration.word(2) & ~0x3C00)
            case 3: 0xFF_FFFF
            case 16: 0x1_FFFF
            case 17...20: 0x7FFF_FFFF
            default: 0
            }
        guard value & ~mask == 0 else { throw VM.MachineError("CPUCFG word \(index) cannot be 0x\(String(value, radix: 16))") }
        guard index == 2 else { return }
        let hasFloat = value & 1 != 0
        guard !hasFloat || value & 6 == 6, value & 0x40 == 0 || hasFloat, value & 0x80 == 0 || value & 0x40 != 0, value & 0x4000 != 0 else {
            throw VM.MachineError("CPUCFG word 2 cannot be 0x\(String(value, radix: 16)): a unit lacks one that it builds on")
        }
    }
}
