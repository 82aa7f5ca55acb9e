import ArgumentParser
struct DisassembleCommand: ParsableCommand { func run() throws { throw Failure.unimplemented("d") } }
struct AssembleCommand: ParsableCommand { func run() throws { throw Failure.unimplemented("d") } }
