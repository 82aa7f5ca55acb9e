import Foundation

/// A program to be timed: one of the built-in guests, or a user's.
struct Workload {
    let name: String
    /// `integer`, `float`, ...; `program` for a user's.
    let kind: String
    let elf: String
    let arguments: [String]
    /// What it has to print; nil when only the contestants' agreement counts.
    let expected: String?
    /// The built-in guest, which has a source to be built for the host.
    let guest: BuiltInGuest?

    init(_ guest: BuiltInGuest, work: BuiltInGuest.Work) {
        let (scale, expected) = guest.job(work)
        name = guest.name
        kind = guest.kind
        elf = guest.elf
        arguments = [scale]
        self.expected = expected
        self.guest = guest
    }

    /// A user's program with its arguments.
    init(program: String, arguments: [String]) throws {
        guard access(program, R_OK) == 0 else { throw Failure(.badImage, "cannot read \(program): \(lastSystemError())") }
        name = Terminal.printable(URL(fileURLWithPath: program).lastPathComponent)
        kind = "program"
        elf = program
        self.arguments = arguments
        expected = nil
        guest = nil
    }
}
