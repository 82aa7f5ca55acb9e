import Glibc
import Synchronization
import Translator

/// Compiles in processes of their own: this program again, as a worker. They are started when there is something to compile, replaced when they die or hang, and
/// die with this process. This process never loads libgccjit.
public final class WorkerCodeGenerator: CodeGenerator {
    private let executable: String
    private let arguments: [String]
    private let starts = Atomic(0)
    private let losses = Atomic(0)
    private let left = Atomic(0)
    /// Where a worker puts what nobody waits for any more.
    private let place: CodeCache.Place?
    /// Compilations at once: the guest has one core, and each worker needs some 70 MB.
    public let lanes: Int

    /// Workers are started as `executable` with `arguments`, its name first, and a directory; that must end in `CompileWorker.serve`. What is being compiled when
    /// this process stops is finished, and goes into `cache`, if there is one. `standsBack`: the guest does not wait for them, so they leave it the processor.
    public init(
        executable: String = "/proc/self/exe", arguments: [String] = ["longma", "compile-worker"], keepingIn cache: CodeCache? = nil, standsBack: Bool = false
    ) {
        place = cache?.place
        self.executable = executable
        self.arguments = arguments + (standsBack ? [HostPriority.argument] : [])
        lanes = min(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)) - 1, 1), 4)
    }

    /// Workers started so far, and those of them that died or hung.
    public var workersStarted: Int { starts.load(ordering: .relaxed) }
    public var workersLost: Int { losses.load(ordering: .relaxed) }

    /// Workers that finish what they are at by themselves.
    public var workersLeft: Int { left.load(ordering: .relaxed) }

    public func makeLane(_ gate: CompilationGate) -> any CodeGeneratorLane { WorkerLane(self, gate) }

    fileprivate func start(_ gate: CompilationGate) throws(CodeGenerationError) -> WorkerProcess {
        starts.add(1, ordering: .relaxed)
        return try WorkerProcess.start(executable, arguments, gate)
    }

    fileprivate func request(_ regions: [Region], _ options: TranslationOptions, isKept: Bool) -> [UInt8] {
        CompileWorker.request(regions, options, keepingAt: isKept ? place : nil)
    }

    /// Whether a worker whose answer nobody wants is to go on.
    fileprivate func leaves(isKept: Bool) -> Bool {
        if isKept, place != nil { left.add(1, ordering: .relaxed) }
        return isKept && place != nil
    }

    fileprivate func noteLoss() { losses.add(1, ordering: .relaxed) }
}

/// One worker after another.
private final class WorkerLane: CodeGeneratorLane {
    private let generator: WorkerCodeGenerator
    private let gate: CompilationGate
    private var worker: WorkerProcess?

    init(_ generator: WorkerCodeGenerator, _ gate: CompilationGate) {
        self.generator = generator
        self.gate = gate
    }

    func close() {
        worker?.end()
        worker = nil
    }

    func verify() throws(CodeGenerationError) {
        _ = try compile([GCCCodeGenerator.smallRegion], TranslationOptions(preciseRegisters: false), isKept: false)
    }

    func compile(_ regions: [Region], _ options: TranslationOptions) throws(CodeGenerationError) -> CompiledUnit {
        try compile(regions, options, isKept: true)
    }

    private func compile(_ regions: [Region], _ options: TranslationOptions, isKept: Bool) throws(CodeGenerationError) -> CompiledUnit {
        let request = generator.request(regions, options, isKept: isKept)
        do throws(CodeGenerationError) {
            let reply = try ask(request, seconds: Self.limit(regions), isKept: isKept)
            let result: Result<CompiledUnit, CodeGenerationError>? = reply.payload.withUnsafeBytes { bytes in
                var reader = ByteReader(bytes)
                if reply.kind == .unit { return (try? reader.unit(regions: regions.count)).map { .success($0) } }
                guard let cause = try? reader.read(UInt8.self), let reason = try? reader.text() else { return nil }
                return .failure(CodeGenerationError(reason, CodeGenerationError.Cause(rawValue: cause) ?? .refused))
            }
            guard let result else { throw CodeGenerationError("the compiler process answered nonsense", .lost) }
            return try result.get()
        } catch {
            if error.cause == .lost, !gate.isStopping { generator.noteLoss() }
            throw error
        }
    }

    /// Seconds of its processor time that a compilation may take, a hundred times what is usual, and that it may do nothing at all.
    private static func limit(_ regions: [Region]) -> Double { 10 + 0.01 * Double(regions.reduce(0) { $0 + $1.instructionCount }) }

    private func ask(_ request: [UInt8], seconds: Double, isKept: Bool) throws(CodeGenerationError) -> (kind: FrameChannel.Kind, payload: [UInt8]) {
        // A worker that had nothing to do may have ended just now.
        for _ in 0..<3 {
            let worker: WorkerProcess
            if let known = self.worker { worker = known } else { worker = try generator.start(gate) }
            self.worker = nil
            let outcome = worker.ask(request, seconds: seconds, gate, leaves: { self.generator.leaves(isKept: isKept) }) {
                self.gate.takeRest().map { self.generator.request($0.regions, $0.options, isKept: true) }
            }
            switch outcome {
            case .answered(let kind, let payload):
                self.worker = worker
                return (kind, payload)
            case .retired: continue
            case .failed(let error): throw error
            }
        }
        throw CodeGenerationError("the compiler process ends without an answer", .lost)
    }
}
