import ChildProcess
import Foundation
import Testing

/// Linux on the board, root of the machine with KVM, and Linux as its guest: test T230 of `lvz.md`. Both kernels are built here, from Debian's sources.
/// One test at a time: all wait for the kernel, and who waits keeps a thread from other tests.
@Suite(.serialized) struct LinuxTests {
    private static let sources = Fixture.packageDirectory.appendingPathComponent("Tests/Linux")
    private static let archive = "/usr/src/linux-source-6.12.tar.xz"
    private static let isThere =
        Fixture.isCI
        || FileManager.default.fileExists(atPath: archive) && ["clang-19", "ld.lld-19", "llvm-strip-19", "make", "flex", "bison", "bc"].allSatisfy(Fixture.has)

    /// Where `vmlinux` and `root.cpio` are. They are built once for each version of what they are built from, and kept among the user's cached files.
    private static let built: Result<URL, any Error> = Result {
        let home = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"] ?? NSHomeDirectory() + "/.cache"
        var key: UInt64 = 0xCBF2_9CE4_8422_2325
        let parts = try FileManager.default.contentsOfDirectory(atPath: sources.path).sorted().map { try Data(contentsOf: sources.appendingPathComponent($0)) }
        let archiveTime = try FileManager.default.attributesOfItem(atPath: archive)[.modificationDate] as? Date
        for byte in Array(parts.joined()) + Array("\(archiveTime?.timeIntervalSince1970 ?? 0)".utf8) { key = (key ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let place = URL(fileURLWithPath: home).appendingPathComponent("longma-tests/linux-\(String(key, radix: 16))")
        // The disk is put there last but one; both are moved there complete.
        if !FileManager.default.fileExists(atPath: place.appendingPathComponent("vmlinux").path) {
            let log = try TemporaryDirectory()
            let (output, error) = (log.path("out"), log.path("err"))
            let status = try ChildProcess("nice", [sources.appendingPathComponent("build.sh").path, place.path], output: output, error: error).wait(
                atMost: 3000)
            let said = (try? String(contentsOfFile: error, encoding: .utf8)) ?? ""
            guard status == 0 else { throw BuildError(description: "build.sh ended with \(status): \(said.suffix(2000))") }
        }
        return place
    }

    private struct BuildError: Error, CustomStringConvertible { let description: String }

    private struct Report: Decodable {
        let end: String
        let instructions_retired: UInt64
        let instructions_translated: UInt64
    }

    @Test(
        .enabled(if: isThere, "skipped: needs linux-source-6.12, clang-19, lld-19, llvm-19, make, flex, bison and bc"),
        arguments: ["interpreter", "auto", "jit"])
    func T230_rootAndGuestReachUserSpace(_ engine: String) throws {
        let place = try Self.built.get()
        let directory = try TemporaryDirectory()
        let json = directory.path("report.json")
        let cache = try Fixture.cacheWithStencils()
        let disk = place.appendingPathComponent("root.cpio").path
        let run = try LongmaCommand(
            [
                "vm", "--cache", cache.url.path, "--root", "--engine", engine, "--timeout", "600", "--json", json, "--initrd", disk, "--append",
                "console=ttyS0,115200 swiotlb=noforce -- listen", place.appendingPathComponent("vmlinux").path,
            ], input: "\n\n\n\nhello there\n")
        #expect(run.status == 0, "\(run.error)")
        // The kernels say more in between.
        var rest = run.output[...]
        for words in [
            "Linux version ", "root: user space reached", "root: a square root of 2 is 1414213 millionths", "root: a child ended with 42",
            "root: heard hello there",
            "root: the guest begins",
            "Linux version ", "kvm [1]: Hardware virtualization not available", "guest: user space reached", "guest: a square root of 2 is 1414213 millionths",
            "guest: a child ended with 42", "guest: goodbye", "root: the guest's machine ended: switched off", "root: goodbye", "Power down",
        ] {
            guard let found = rest.range(of: words) else {
                Issue.record("\(words): missing in what was printed: \(run.output.suffix(6000))")
                break
            }
            rest = rest[found.upperBound...]
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: json)))
        #expect(report.end == "shutdown")
        if engine != "interpreter" { #expect(report.instructions_translated > report.instructions_retired / 10 * 9) }
    }
}
