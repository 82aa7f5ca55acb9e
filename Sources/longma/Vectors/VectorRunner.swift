import Execution

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
                prepare(batch)
                for test in batch {
                    try machine.place(test, engine: engine)
                    try body(test, machine.run(test, engine: engine))
                }
                batch.removeAll(keepingCapacity: true)
            }
            if test == nil { return }
        }
    }

    /// Announces a batch to an engine that can make use of it: all cases stand at the same address, each is a code image of its own.
    private func prepare(_ batch: [VectorCase]) {
    }
}
