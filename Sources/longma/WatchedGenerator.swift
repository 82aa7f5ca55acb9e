import Dispatch
import Synchronization
import Translator

/// A code generator of which it is known what it has in hand, and for how long it had anything.
///
/// Without locks, for a guest may fork at any time. Compilations begin and end on threads that hold the gate, so one at a time.
final class WatchedGenerator: CodeGenerator {
    private let generator: any CodeGenerator
    private let inHand = Atomic(0)
    private let compilations = Atomic(0)
    private let begun = Atomic<UInt64>(0)
    private let busy = Atomic<UInt64>(0)

    init(_ generator: any CodeGenerator) { self.generator = generator }

    /// Regions that are being compiled.
    var regionsInHand: Int { inHand.load(ordering: .relaxed) }
    /// Seconds during which anything was compiled; those of compilations at the same time count once.
    var busySeconds: Double { Double(busy.load(ordering: .relaxed)) / 1e9 }

    var lanes: Int { generator.lanes }
    func makeLane(_ gate: CompilationGate) -> any CodeGeneratorLane { WatchedLane(generator.makeLane(gate), self) }

    fileprivate func begin(_ regions: Int) {
        inHand.add(regions, ordering: .relaxed)
        if compilations.add(1, ordering: .relaxed).oldValue == 0 { begun.store(DispatchTime.now().uptimeNanoseconds, ordering: .relaxed) }
    }

    fileprivate func end(_ regions: Int) {
        inHand.subtract(regions, ordering: .relaxed)
        if compilations.subtract(1, ordering: .relaxed).newValue == 0 {
            busy.add(DispatchTime.now().uptimeNanoseconds &- begun.load(ordering: .relaxed), ordering: .relaxed)
        }
    }
}

private final class WatchedLane: CodeGeneratorLane {
    private let lane: any CodeGeneratorLane
    private let generator: WatchedGenerator

    init(_ lane: any CodeGeneratorLane, _ generator: WatchedGenerator) {
        self.lane = lane
        self.generator = generator
    }

    func compile(_ regions: [Region], _ options: TranslationOptions) throws(CodeGenerationError) -> CompiledUnit {
        generator.begin(regions.count)
        defer { generator.end(regions.count) }
        return try lane.compile(regions, options)
    }

    func verify() throws(CodeGenerationError) { try lane.verify() }
    func close() { lane.close() }
}
