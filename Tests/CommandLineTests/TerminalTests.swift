import Foundation
import Testing

/// What is written to a terminal and not into a pipe. The terminal is a pseudo-terminal that `script` makes.
@Suite struct TerminalTests {
    static let hasScript = Fixture.has("script")

    /// All that a command writes to a terminal with so many columns.
    private func output(_ arguments: String, columns: Int, environment: [String: String] = ["TERM": "xterm"]) throws -> String {
        let command = "stty rows 24 cols \(columns); exec '\(LongmaCommand.path)' \(arguments)"
        let result = try LongmaCommand("/usr/bin/env", ["script", "-qec", command, "/dev/null"], environment: environment)
        #expect(result.status == 0, "\(result.output)\(result.error)")
        return result.output
    }

    /// The lines that replace one another, without the sequence that clears the one before, and what follows the last of them.
    private func progress(_ output: String) -> (lines: [String], rest: String) {
        let parts = output.components(separatedBy: "\r\u{1b}[K")
        return (parts.dropFirst().dropLast().map { $0 }, parts.last ?? "")
    }

    @Test(.enabled(if: hasScript, "skipped: needs script"), arguments: [80, 40, 12])
    func theProgressOfBench(columns: Int) throws {
        let output = try output("bench --engines interpreter --small --runs 3 --workloads sieve,quicksort,world-switch", columns: columns)
        let (lines, rest) = progress(output)
        // Two guests with a line of their own before the first run, and the world switch.
        #expect(lines.count == 11, "\(lines)")
        for line in lines {
            // A line that fills the width would wrap, and the next one would not replace it.
            #expect(line.count < columns && !line.contains("\n"), "\(line)")
            if columns >= 40 { #expect(line.contains(columns >= 80 ? #/^\[[#-]{8,24}\] \d/9 [a-z]/# : #/\d/9 [a-z]/#), "\(line)") }
        }
        let steps = lines.compactMap { $0.firstMatch(of: #/(\d)/9 /#).flatMap { Int($0.1) } }
        #expect(steps == [0, 0, 1, 2, 3, 3, 4, 5, 6, 7, 8], "\(lines)")
        if columns >= 80 {
            let bars = lines.map { $0.filter { $0 == "#" }.count }
            #expect(bars == bars.sorted() && bars[0] == 0 && bars.last! > 0, "\(lines)")
            #expect(lines.last!.contains("world-switch, round 3 of 3") && lines.last!.hasSuffix(" left"), "\(lines)")
        }
        // The bar is gone when the tables come.
        #expect(rest.hasPrefix("workload") && !rest.contains("left\r"), "\(rest)")
    }

    @Test(.enabled(if: hasScript, "skipped: needs script"))
    func aTerminalWithoutControlSequences() throws {
        let output = try output("bench --engines interpreter --small --runs 1 --workloads sieve", columns: 80, environment: ["TERM": "dumb"])
        #expect(output.hasPrefix("workload") && !output.contains("\u{1b}"), "\(output)")
    }

    /// The name of a program is anybody's: it moves no cursor.
    @Test(.enabled(if: hasScript, "skipped: needs script"))
    func aNameWithControlCharacters() throws {
        let directory = try TemporaryDirectory()
        let program = directory.path("a\u{1b}[2Jb\u{7}c")
        try FileManager.default.copyItem(atPath: Fixture.guest("sieve"), toPath: program)
        let output = try output("bench --engines interpreter --runs 1 --program \"$NAME\" -- 1", columns: 80, environment: ["TERM": "xterm", "NAME": program])
        let (lines, _) = progress(output)
        #expect(lines.count == 2 && lines.allSatisfy { $0.contains("a?[2Jb?c, interpreter") && !$0.contains("\u{1b}") && !$0.contains("\u{7}") }, "\(lines)")
    }
}
