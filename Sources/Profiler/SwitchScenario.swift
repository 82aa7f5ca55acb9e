import LoongArch
import VirtualMachine

/// A reason to leave the guest, and a guest that does so again and again.
public struct SwitchScenario: Sendable {
    /// The name by which `--exits` knows it.
    public let name: String
    /// What happens, in a few words.
    public let summary: String
    /// ESTAT.Ecode of the exits that count.
    let code: UInt64
    /// The guest: assembly for `codeAddress`. `gate` stands where a measurement may look in, in front of what causes the exit.
    let source: String
    /// Sets the vcpu up before the first entry.
    var setUp: @Sendable (VCPU) -> Void = { _ in }
    /// What the host does at each exit before the handler runs, and behind it; neither is measured.
    var beforeHandler: (@Sendable (VCPU) -> Void)?
    var afterHandler: (@Sendable (VCPU) -> Void)?

    /// Where the guest's code is; guest memory has 4 MiB from 0 on, and a device behind.
    static let codeAddress: UInt64 = 0x1000
    static let memorySize: UInt64 = 4 << 20
    static let device: UInt64 = 0x1000_0000
    private static let pages: (UInt64, UInt64) = (0x10_0000, 0x20_0000)

    private init(_ name: String, _ summary: String, code: UInt64, _ source: String) {
        self.name = name
        self.summary = summary
        self.code = code
        self.source = source
    }

    private func with(_ change: (inout SwitchScenario) -> Void) -> SwitchScenario {
        var result = self
        change(&result)
        return result
    }

    /// All of them, in the order in which they are shown.
    public static let all: [SwitchScenario] = [
        SwitchScenario("null", "a hypercall that the handler refuses", code: ExceptionCode.HVC, "1: gate\n hvcl 0\n b 1b"),
        SwitchScenario(
            "hypercall", "a service hypercall", code: ExceptionCode.HVC,
            "1: ori $a0, $zero, 1\n move $a1, $zero\n move $a2, $zero\n gate\n hvcl 0x100\n b 1b"
        ),
        SwitchScenario("mmio-load", "a load that a device answers", code: ExceptionCode.PIL, "lu12i.w $t0, 0x10000\n1: gate\n ld.w $t1, $t0, 0\n b 1b"),
        SwitchScenario("mmio-store", "a store that a device takes", code: ExceptionCode.PIS, "lu12i.w $t0, 0x10000\n1: gate\n st.w $zero, $t0, 0\n b 1b"),
        SwitchScenario(
            "iocsr", "a read of IOCSR space, which leaves run", code: ExceptionCode.GSPR, "ori $t0, $zero, 0x420\n1: gate\n iocsrrd.w $t1, $t0\n b 1b"),
        SwitchScenario("cpucfg", "a read of a configuration word", code: ExceptionCode.GSPR, "ori $t0, $zero, 1\n1: gate\n cpucfg $t1, $t0\n b 1b"),
        SwitchScenario("csr", "a read of a register that the guest does not have", code: ExceptionCode.GSPR, "1: gate\n csrrd $t0, 0x80\n b 1b"),
        SwitchScenario("idle", "idle with an interrupt pending", code: ExceptionCode.GSPR, "1: gate\n idle 0\n b 1b").with {
            $0.setUp = { vcpu in
                vcpu.core[gcsr: CSR.ECFG] = 1
                vcpu.core[gcsr: CSR.ESTAT] = 1
            }
        },
        SwitchScenario("stage2-fault", "a load from a page that the second stage lacks", code: ExceptionCode.PIL,
            "lu12i.w $t0, 0x100\n lu12i.w $t1, 0x300\n1: xor $t0, $t0, $t1\n gate\n ld.d $t2, $t0, 0\n b 1b"
        ).with {
            $0.beforeHandler = { vcpu in vcpu.unmapPage(vcpu.badAddress & ~0x3FFF == pages.0 ? pages.1 : pages.0) }
        },
        SwitchScenario("fpu", "the first use of floating point", code: ExceptionCode.FPD, "1: gate\n movgr2fr.d $fa0, $zero\n gate\n hvcl 0\n b 1b").with {
            $0.setUp = { $0.core[gcsr: CSR.EUEN] = 1 }
            $0.beforeHandler = { if $0.lastExitCode == ExceptionCode.HVC { $0.disownUnits() } }
        },
        // The host's timer has run out when the guest is entered; the host acknowledges it when the guest has been left.
        SwitchScenario("timer", "the host's timer interrupt", code: ExceptionCode.INT, "1: addi.d $t0, $t0, 1\n b 1b").with {
            $0.setUp = { $0.core[csr: CSR.ECFG] = $0.core[csr: CSR.ECFG] | 1 << 11 }
            $0.beforeHandler = { $0.core[csr: CSR.TICLR] = 1 }
            $0.afterHandler = { $0.core[csr: CSR.TCFG] = 1 }
        },
    ]

    /// Two gates in a row, to see what one costs.
    static let gates = SwitchScenario("gates", "two stamps", code: ExceptionCode.HVC, "1: gate\n gate\n hvcl 0\n b 1b")

    /// The scenario with a name.
    public static func named(_ name: String) -> SwitchScenario? { all.first { $0.name == name } }

    /// The guest's code: with gates, where it calls the measurement, or without.
    func program(withGates: Bool) -> Assembly {
        do {
            return try Assembler.assemble(source.replacing("gate", with: withGates ? "dbcl 0" : ""), at: Self.codeAddress)
        } catch {
            fatalError("the guest of \(name): \(error)")
        }
    }
}
