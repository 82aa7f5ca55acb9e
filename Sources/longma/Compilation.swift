import GCCBackend
import Synchronization
import Translator

/// What all commands that translate have in common: where code is compiled, and where it is kept.
struct Compilation {
    let store: TranslationStore
    private let generator: WorkerCodeGenerator
    private let watched: WatchedGenerator
    private let trouble: Trouble

    /// Eager translation is a promise, so this fails where nothing can be compiled and there is nothing from earlier runs; other policies find out when they
    /// need it.
    /// `codeLimit`: see `TranslationStore`.
    init(_ policy: TranslatingEngine.Policy, archive: CodeCache?, observer: CodeLog? = nil, codeLimit: Int? = nil) throws {
        let trouble = Trouble()
        self.trouble = trouble
        generator = WorkerCodeGenerator(keepingIn: archive, standsBack: !policy.waits)
        watched = WatchedGenerator(generator)
        store = TranslationStore(generator: watched, archive: archive, observer: observer, codeLimit: codeLimit) {
            trouble.say("\($0); going on with \(policy == .tiers ? "what is there" : "the interpreter")")
        }
        if policy == .eager, archive?.isEmpty != false { try verify() }
    }

    /// Says what is wrong with the compiler; only the first time.
    func complain(_ sentence: String) { trouble.say(sentence) }

    private final class Trouble: Sendable {
        private let isSaid = Mutex(false)

        func say(_ sentence: String) {
            let isFirst = isSaid.withLock { isSaid in
                defer { isSaid = true }
                return !isSaid
            }
            if isFirst { standardError("longma: \(sentence)") }
        }
    }

    /// Fails where nothing can be compiled.
    func verify() throws { do { try store.verify() } catch { throw Failure(.engineUnavailable, error.reason) } }

    /// Makes the stencils of `file` for a supply that has none, in the background. What is promised fails where nothing can be compiled.
    func see(to supply: StencilSupply, _ file: StencilFile, isPromised: Bool) throws {
        if supply.library != nil { return }
        // Other programs' translations say nothing about this host.
        if isPromised { try verify() }
        store.inBackground { gate in
            do throws(CodeGenerationError) { supply.provide(try file.library(gate)) } catch { complain("\(error.reason); going on without them") }
        }
    }

    /// Whether compilers have been left to finish what they are at: they hold on to this process's memory.
    var leavesCompilers: Bool { generator.workersLeft > 0 }

    /// Figures of a run.
    struct Report {
        var regions: UInt64 = 0
        /// Guest instructions in them.
        var instructions: UInt64 = 0
        /// Bytes of host code of regions, those from the cache included.
        var codeBytes: UInt64 = 0
        var seconds: Double = 0
        /// Regions that were found in the cache.
        var archived: UInt64 = 0
        /// How often code was given up because there was too much of it.
        var evictions: UInt64 = 0
        /// Jumps from region to region that were made direct.
        var links: UInt64 = 0
        /// Regions that wait for a compiler.
        var waiting = 0
        /// Regions that are being compiled, and seconds during which any was; compilations at the same time count once.
        var inHand = 0
        var busySeconds: Double = 0
        /// Compiler processes that were started, and those of them that died or hung.
        var compilers = 0
        var compilersLost = 0
    }

    /// What has been done so far.
    var report: Report {
        let counters = store.counters
        return Report(
            regions: counters.regions, instructions: counters.instructions, codeBytes: counters.codeBytes, seconds: counters.seconds,
            archived: counters.archived, evictions: counters.evictions, links: counters.links, waiting: store.waitingRegions,
            inHand: watched.regionsInHand, busySeconds: watched.busySeconds,
            compilers: generator.workersStarted, compilersLost: generator.workersLost)
    }
}
