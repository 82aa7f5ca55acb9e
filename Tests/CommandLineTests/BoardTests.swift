import Foundation
import Testing

/// `longma vm --root`: what else stands in `LinuxTests`.
@Suite struct BoardTests {
    private static let sources = Fixture.packageDirectory.appendingPathComponent("Sources/longma/VirtualGuests")

    private static func expected(_ name: String) throws -> String {
        try String(contentsOf: sources.appendingPathComponent("expected/\(name).out"), encoding: .utf8)
    }

    /// Bare-metal guests do as root what they do as guests, and in QEMU. `paging` and `float` run long enough to be translated in all ways.
    @Test(arguments: ["hello", "timer", "paging", "storm", "float"], ["interpreter", "jit"]) func guestsRunAsRoot(_ name: String, _ engine: String) throws {
        let cache = try Fixture.cacheWithStencils()
        let clock = name == "timer" ? "instructions" : "host"
        let run = try LongmaCommand(["vm", "--root", "--engine", engine, "--cache", cache.url.path, "--clock", clock, "--timeout", "120", name])
        #expect(run.output == (try Self.expected(name)))
        #expect(run.status == 0, "\(run.error)")
    }

    @Test func consoleInputReachesTheKernel() throws {
        let input = try String(contentsOf: Self.sources.appendingPathComponent("console.in"), encoding: .utf8)
        let run = try LongmaCommand(["vm", "--root", "--engine", "interpreter", "--timeout", "60", "console"], input: input)
        #expect(run.output == (try Self.expected("console")))
        #expect(run.status == 0, "\(run.error)")
    }

    @Test func whatCannotBeIsRefused() throws {
        let directory = try TemporaryDirectory()
        let disk = try directory.file("disk", Data(count: 40 << 20))
        func refused(_ arguments: [String], _ status: Int32, _ words: String) throws {
            let run = try LongmaCommand(["vm", "--engine", "interpreter"] + arguments)
            run.expectFailure(status, saying: words)
        }
        try refused(["--initrd", disk, "hello"], 64, "--root")
        try refused(["--root", "--checkpoint", "file", "hello"], 64, "unimplemented")
        try refused(["--root", "--memory", "16M", "hello"], 65, "at least 32 MiB")
        try refused(["--root", "--memory", "32M", "--initrd", disk, "hello"], 65, "does not fit")
        try refused(["--root", "--initrd", directory.path("none"), "hello"], 65, "cannot read")
        try refused(["--root", "--fuel", "1000", "timer"], 124, "--fuel")
    }
}
