import Execution
import Interpreter
import VirtualMachine

/// What `--engine` comes down to for a core with address translation.
struct CoreEngineChoice {
    let requested: EngineName
    let effective: EngineName
    let makeEngine: Core.MakeEngine
    /// Regions compiled by all engines together, and the seconds that took.
    var compilation: () -> (regions: UInt64, seconds: Double) = { (0, 0) }
    /// To be called when the guest has ended.
    var finish: () -> Void = {}

    static func make(_ name: EngineName) throws -> CoreEngineChoice {
        if name == .jit { throw Failure.unimplemented("translation for virtual machines; use --engine interpreter") }
        return CoreEngineChoice(requested: name, effective: .interpreter) { source, mode in Interpreter(source: source, mode: mode) }
    }
}
