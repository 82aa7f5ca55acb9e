import Testing

/// Wrong command lines: status 64 and one sentence.
@Suite struct UsageTests {
    @Test(arguments: [
        (["frobnicate"], "frobnicate"),
        (["run"], "PROGRAM"),
        (["run", ""], "PROGRAM"),
        (["run", "--engine", "warp", "x"], "warp"),
        (["run", "--bogus", "x"], "--bogus"),
        (["run", "--fuel", "many", "x"], "many"),
        (["run", "--fuel", "0", "x"], "--fuel"),
        (["run", "--timeout", "-1", "x"], "--timeout"),
        (["run", "--timeout", "nan", "x"], "--timeout"),
        (["run", "--engine"], "--engine"),
        (["run", "--log-level", "loud", "x"], "loud"),
        (["bench", "--engines", "warp"], "warp"),
        (["bench", "--against", "bochs"], "bochs"),
        (["bench", "--runs", "0"], "--runs"),
        (["bench", "--workloads", "nothing"], "nothing"),
        (["bench", "--shard", "1/2"], "--batch"),
        (["bench", "--shard", "3/2", "--batch", "b"], "3/2"),
        (["bench", "--shard", "1/99", "--batch", "b"], "workloads to share out"),
        (["bench", "--program", "x", "--against", "native"], "native"),
        (["bench", "--program", "x", "--workloads", "fib"], "exclude"),
        (["bench", "--fail-on-regression"], "--compare"),
        (["bench", "--cache", "lukewarm"], "lukewarm"),
        (["bench", "--commit-date", "today"], "today"),
        (["history", "import"], "result.json"),
        (["history", "prune"], "--keep"),
        (["history", "prune", "--before", "yesterday"], "yesterday"),
        (["history", "export", "--format", "xml"], "xml"),
        (["dashboard"], "--output"),
        (["dashboard", "--serve", "nowhere"], "nowhere"),
        (["dashboard", "--serve", "0.0.0.0:0"], "--allow-remote"),
        (["run", "--metrics", "9100", "x"], "9100"),
        (["run", "--metrics", "0.0.0.0:0", "x"], "--metrics-allow-remote"),
        (["vm", "--metrics", "[::]:0", "hello"], "--metrics-allow-remote"),
        (["switch", "--exits", "nothing"], "stage2-fault"),
        (["switch", "--iterations", "0"], "--iterations"),
        (["switch", "--engine", "warp"], "warp"),
        (["switch", "--routine", ""], "--routine"),
        (["vectors"], "file"),
        (["disassemble"], "file"),
        (["disassemble", "123456789"], "32 bits"),
        (["disassemble", "00101885", "xyz"], "xyz"),
        (["assemble", "x.s"], "output"),
        (["doctor", "extra"], "extra"),
        (["run", "--cache", "", "x"], "--cache"),
        (["run", "--log", "weather", "x"], "weather"),
        (["hot"], "PROGRAM"),
        (["hot", "--engine", "interpreter", "x"], "translates nothing"),
        (["hot", "--top", "0", "x"], "--top"),
        (["compile-worker"], "started by"),
    ])
    func wrongUsage(arguments: [String], words: String) throws {
        try LongmaCommand(arguments).expectFailure(64, saying: words)
    }

    @Test(arguments: [
        [], ["run"], ["demo"], ["bench"], ["history"], ["history", "check"], ["dashboard"], ["switch"], ["vectors"], ["disassemble"], ["assemble"], ["doctor"], ["cache"], ["hot"],
    ])
    func help(command: [String]) throws {
        let result = try LongmaCommand(command + ["--help"])
        #expect(result.status == 0)
        #expect(result.output.contains("USAGE: longma"))
        #expect(result.error == "")
    }

    @Test func version() throws {
        let result = try LongmaCommand(["--version"])
        #expect(result.status == 0)
        #expect(result.output.split(separator: ".").count == 3)
    }
}
