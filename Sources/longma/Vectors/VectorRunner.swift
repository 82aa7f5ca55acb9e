import Execution
import LoongArch
import Translator

/// Runs test vectors in order, a batch at a time, so that an engine that translates may translate a batch in one go.
struct VectorRunner {
    let machine: VectorMachine
    let engine: any Engine
    /// Cases that are announced together.
    var batchSize = 500

    /// Reads cases until there are no more and hands each with its outcome to `body`, in order.
    func run(_ reader: inout VectorCaseReader, _ body: (VectorCase, VectorMachine.Outcome) throws -> Void) throws {
        var batch: [VectorCase] = []
        batch.reserveCapacity(batchSize)
        while true {
            let test = try reader.next()
            if let test { batch.append(test) }
            if batch.count == batchSize || test == nil {
                let translations = translate(batch)
                for (index, test) in batch.enumerated() {
                    try machine.place(test, engine: engine)
                    translating?.forgetRewrites()
                    if let translations { for entry in translations[index].entries { translating?.adopt(translations[index].code, at: entry) } }
                    try body(test, machine.run(test, engine: engine))
                }
                batch.removeAll(keepingCapacity: true)
            }
            if test == nil { return }
        }
    }

    private var translating: TranslatingEngine? { engine as? TranslatingEngine }

    /// Translates a batch in one go, each case as an image of its own: one compilation costs more than a hundred instructions.
    private func translate(_ batch: [VectorCase]) -> [(entries: [UInt64], code: UnsafeRawPointer)]? {
        guard let translating, translating.translatesFirst, !batch.isEmpty else { return nil }
        let regions = batch.map { test in
            discoverRegion(at: VectorMachine.codeBase &+ test.entry, limits: RegionLimits(blocks: 64, instructions: 2000)) { test.run(at: $0) }
        }
        // A case whose first word is no instruction has no region; the engine says so when it gets there.
        guard !regions.contains(where: { $0 == nil }) else { return nil }
        return translating.precompile(regions.map { $0! }).map { code in zip(regions, code).map { ($0!.entries, $1) } }
    }
}

extension VectorCase {
    /// The straight run of instructions at `address`, in the words or in the sentinels around them.
    fileprivate func run(at address: UInt64) -> [Instruction]? {
        var run: [Instruction] = []
        var pc = address
        repeat {
            let offset = Int64(bitPattern: pc &- VectorMachine.codeBase)
            guard offset & 3 == 0, abs(offset) < 256 << 10 else { break }
            let word = words.indices.contains(Int(offset / 4)) ? words[Int(offset / 4)] : VectorMachine.sentinel
            guard let instruction = Decoder.decode(word) else { break }
            run.append(instruction)
            pc &+= 4
        } while run.last!.controlFlow == .sequential
        return run.isEmpty ? nil : run
    }
}
