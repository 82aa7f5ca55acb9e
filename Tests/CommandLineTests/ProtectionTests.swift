import Foundation
import Testing

/// The host's page protection while a guest runs.
@Suite struct ProtectionTests {
    /// Guests live below.
    private static let guestLimit: UInt64 = 1 << 46

    /// A line of /proc/PID/maps.
    private struct Page {
        let start: UInt64
        let protection: Substring
        let name: Substring?

        init?(_ line: Substring) {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            guard words.count >= 5, let start = words[0].split(separator: "-").first.flatMap({ UInt64($0, radix: 16) }) else { return nil }
            (self.start, protection, name) = (start, words[1], words.count > 5 ? words[5] : nil)
        }
    }

    @Test(arguments: ["jit", "auto", "stencil", "tiers"])
    func noPageIsWritableAndExecutable(engine: String) throws {
        let directory = try TemporaryDirectory()
        // Writes to its stack for ever.
        let source = try directory.file("loop.s", "_start: addi.d $t0, $t0, 1\n st.d $t0, $sp, -64\n b _start\n")
        let program = directory.path("loop")
        #expect(try LongmaCommand(["assemble", source, "-o", program]).status == 0)
        // Looks every 50 ms, from the start until there is translated code and for a while longer. Stencils may have to be made first.
        // What is read while the process executes Longma is empty, and only twice empty is its end.
        let script = """
            "$0" run \(Fixture.options(engine).joined(separator: " ")) --timeout 120 "$1" & longma=$!
            maps() { look=$(cat /proc/$longma/maps) && [ -n "$look" ]; }
            while maps || maps; do
                echo "$look"
                if echo "$look" | grep -qE 'r-xp .*( 0 *|longma-code.*)$'; then more=$more. && [ ${#more} -lt 10 ] || kill -9 $longma; fi
                sleep 0.05
            done 2>/dev/null
            """
        let result = try LongmaCommand("/bin/sh", ["-c", script, LongmaCommand.path, program])
        let pages = result.output.split(separator: "\n").compactMap(Page.init)
        #expect(pages.contains { $0.start < Self.guestLimit }, "no guest was seen: \(result.error)")
        let code = pages.filter { $0.protection.contains("x") && ($0.name == nil || $0.name!.contains("longma-code")) }
        #expect(!code.isEmpty, "no translated code was seen: \(result.error)")
        for page in pages where page.protection.contains("x") {
            #expect(!page.protection.contains("w"), "writable and executable: \(page)")
            #expect(page.start >= Self.guestLimit, "a guest's page is executable: \(page)")
        }
    }
}
