import PerfHistory

/// The tables of `longma bench`, as text for a terminal, Markdown or CSV.
struct BenchTables {
    let result: BenchResult
    let contestants: [Contestant]

    private var ratioNames: [String] { BenchResult.ratios(of: contestants).map(\.name) }

    private func times() -> [[String]] {
        var rows = [["workload", "kind", "M instr", "run by", "seconds", "+-", "CPU s", "M instr/s", "compile s"]]
        for workload in result.workloads {
            for (index, contestant) in contestants.enumerated() {
                guard let entry = (contestant.isBaseline ? workload.baseline ?? [:] : workload.results)[contestant.name] else { continue }
                rows.append([
                    index == 0 ? workload.name : "", index == 0 ? workload.kind : "", index == 0 ? workload.instructions.map(Format.millions) ?? "" : "",
                    contestant.title, Format.seconds(entry.seconds.median), Format.percent(entry.seconds.spread), Format.seconds(entry.cpuSeconds.median),
                    entry.millionInstructionsPerSecond.map(Format.speed) ?? "", entry.compileSeconds.map { Format.seconds($0.median) } ?? "",
                ])
            }
        }
        return rows
    }

    private func ratios() -> [[String]] {
        let names = ratioNames
        var rows = [["ratio of times", "kind"] + names]
        for workload in result.workloads { rows.append([workload.name, workload.kind] + names.map { workload.ratios[$0].map(Format.ratio) ?? "-" }) }
        for kind in result.kinds where kind != "program" {
            rows.append(
                ["geometric mean", kind]
                    + names.map { name in result.geometricMeans.first { $0.kind == kind && $0.ratio == name }.map { Format.ratio($0.geometricMean) } ?? "-" })
        }
        return rows
    }

    private func switches() -> [[String]] {
        var rows = [["world switch", "engine", "p50 ns", "+-", "p99 ns", "instructions", "loads", "stores", "CSR accesses"]]
        for entry in result.worldSwitch ?? [] {
            let middle = Measurement(entry.nanoseconds["round_trip_p50"] ?? [])
            rows.append(
                [entry.exit, entry.engine, Format.cycles(middle.median), Format.percent(middle.spread), Format.cycles(Quantile.median(entry.nanoseconds["round_trip_p99"] ?? []))]
                    + ["instructions", "loads", "stores", "csr_accesses"].map { entry.counters[$0].map(Format.cycles) ?? "" })
        }
        return rows
    }

    /// The tables that have rows, with the columns that are aligned left.
    private func tables() -> [(rows: [[String]], left: Set<Int>)] {
        var tables: [(rows: [[String]], left: Set<Int>)] = [(times(), [0, 1, 3])]
        if !ratioNames.isEmpty { tables.append((ratios(), [0, 1])) }
        tables.append((switches(), [0, 1]))
        return tables.filter { $0.rows.count > 1 }
    }

    /// For people at a terminal.
    func write() {
        for (index, (rows, left)) in tables().enumerated() {
            if index > 0 { print("") }
            var table = TextTable(rows[0], leftAligned: left)
            rows.dropFirst().forEach { table.add($0) }
            table.write()
        }
    }

    /// For pages of a project.
    func markdown() -> String {
        let record = result.record
        var text = "Measured by longma \(record.version) at \(Timestamp.short(record.date)) UTC"
        text += record.commit.map { " on commit \($0)" } ?? ""
        text += ", medians of \(result.runs) \(result.runs == 1 ? "run" : "runs"), on \(Self.cell(record.testbed.summary)), load \(Format.ratio(record.loadBefore)).\n"
        for (rows, left) in tables() {
            text += "\n" + Self.row(rows[0]) + Self.row(rows[0].indices.map { left.contains($0) ? ":--" : "--:" })
            for row in rows.dropFirst() { text += Self.row(row) }
        }
        return text
    }

    private static func row(_ cells: [String]) -> String { "| " + cells.map(cell).joined(separator: " | ") + " |\n" }
    /// What Markdown would read as something else is escaped.
    private static func cell(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if "|\\`*_<>[]&".contains(character) { result += "\\" }
            result += character.isNewline ? " " : String(character)
        }
    }

    /// One line for each figure, as `longma history export --format csv` has it, without the run's number.
    func csv() throws -> String {
        Export.csv(result.record, try result.measured())
    }
}
