import Board
import VirtualMachine

/// What `longma vm` runs.
enum Machine {
    /// A guest behind the world switch.
    case guest(MachineBoard, VCPU)
    /// A kernel that is root of a board.
    case root(Board)

    var core: Core {
        switch self {
        case .guest(_, let vcpu): vcpu.core
        case .root(let board): board.core
        }
    }

    /// World switches out of the guest, by the exception's name. Those of a hypervisor on the board are its own business.
    var exits: [String: UInt64] {
        guard case .guest(_, let vcpu) = self else { return [:] }
        var exits: [String: UInt64] = [:]
        for (code, count) in vcpu.exitCounts.enumerated() where count > 0 { exits[Self.names[code] ?? "exception \(code)"] = count }
        return exits
    }

    /// Names of exceptions by ESTAT.Ecode.
    private static let names: [Int: String] = [
        0: "interrupt", 1: "load fault", 2: "store fault", 3: "fetch fault", 4: "write to clean page", 5: "no read", 6: "no execute", 7: "privilege",
        15: "first FPU use", 16: "first LSX use", 17: "first LASX use", 20: "first LBT use", 22: "sensitive instruction", 23: "hypercall",
    ]
}
