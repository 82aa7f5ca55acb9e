import Foundation
import Profiler
import VirtualMachine

/// A routine, and where it is from.
struct ProfiledRoutine {
    /// The last part of the path, or `built-in`.
    var name: String
    /// Nil for Longma's own.
    let path: String?
    let routines: RoutineSet

    static let builtIn = ProfiledRoutine(name: "built-in", path: nil, routines: .builtIn)

    static func load(_ path: String) throws -> ProfiledRoutine {
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue {
            throw Failure(.badImage, "\(path) is a directory, not a routine; give the path of an ELF file")
        }
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch { throw Failure(.badImage, "cannot read \(path): \(reason(error))") }
        do {
            return ProfiledRoutine(name: URL(fileURLWithPath: path).lastPathComponent, path: path, routines: try RoutineFile.load([UInt8](data)))
        } catch {
            throw Failure(.badImage, "\(path): \(error)")
        }
    }
}

/// What `longma switch` does: profiles scenarios with routines under engines.
struct SwitchRun {
    let scenarios: [SwitchScenario]
    /// One, or two to compare.
    let routines: [ProfiledRoutine]
    let engines: [CoreEngineChoice]
    let iterations: Int

    func result(progress: (String?) -> Void) throws -> SwitchResult {
        defer { progress(nil) }
        progress("calibrating")
        let profiler = SwitchProfiler(clock: .calibrated(), iterations: iterations)
        let interpreter = try CoreEngineChoice.make(.interpreter)
        var result = SwitchResult(iterations: iterations, nanosecondsPerCycle: profiler.clock.nanosecondsPerCycle, stampCycles: profiler.clock.stampCycles)
        for routine in routines { try named(routine) { try profiler.verify(subject(routine, interpreter)) } }
        for engine in engines {
            // The built-in routine is known to work, so what the profiler costs does not depend on the user's.
            let (gateCycles, overhead) = try named(.builtIn) {
                let subject = subject(.builtIn, engine)
                return (try profiler.gateCycles(subject), try profiler.overhead(subject))
            }
            result.overhead.append(.init(engine: engine.effective.rawValue, overhead: overhead))
            var comparisons: [SwitchComparison] = []
            for (index, scenario) in scenarios.enumerated() {
                progress("\(engine.effective.rawValue), exit \(scenario.name) (\(index + 1) of \(scenarios.count))")
                let profiles = try routines.map { routine in
                    try named(routine) {
                        try profiler.profile(scenario, subject(routine, engine), stepping: subject(routine, interpreter), gateCycles: gateCycles)
                    }
                }
                result.profiles += profiles
                if profiles.count == 2 { comparisons.append(SwitchComparison(profiles[0], against: profiles[1])) }
            }
            result.comparisons += comparisons
            if !comparisons.isEmpty { result.verdicts.append(SwitchComparison.verdict(comparisons)) }
        }
        return result
    }

    private func subject(_ routine: ProfiledRoutine, _ engine: CoreEngineChoice) -> SwitchSubject {
        SwitchSubject(routineName: routine.name, routines: routine.routines, engineName: engine.effective.rawValue, makeEngine: engine.makeEngine)
    }

    /// Says whose fault a failure is.
    private func named<Result>(_ routine: ProfiledRoutine, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let failure as SwitchFailure {
            guard failure.kind == .routine, let path = routine.path else { throw Failure(.internalError, "the world switch: \(failure)") }
            throw Failure(.badImage, "\(path): \(failure)")
        } catch let error as VM.MachineError {
            throw Failure(.hostFailure, "\(error)")
        }
    }
}
