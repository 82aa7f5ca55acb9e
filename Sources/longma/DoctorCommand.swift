import ArgumentParser

/// `longma doctor`.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Shows what this host offers and how to mend what is missing.",
        discussion: "Exit status 0 when translation works here, 69 otherwise.")

    @Option(help: ArgumentHelp("Write the findings as JSON too; - is standard output, instead of the table.", valueName: "file"))
    var json: String?

    private struct Report: Encodable {
        let ready: Bool
        let checks: [HostCheck]
    }

    func run() throws {
        let checks = HostCheck.all()
        let broken = checks.filter { $0.essential && $0.state == .missing }
        if json != "-" {
            var table = TextTable(["what", "state", "found"], leftAligned: [0, 1, 2])
            for check in checks {
                let state = check.state == .ok ? Terminal.good("ok") : Terminal.bad(check.state.rawValue)
                table.add([check.name, state, check.found])
                if let remedy = check.remedy { table.add(["", "", "-> \(remedy)"]) }
            }
            table.write()
        }
        if let json { try writeJSON(Report(ready: broken.isEmpty, checks: checks), to: json) }
        if !broken.isEmpty {
            throw Failure(.engineUnavailable, "this host lacks \(broken.map(\.name).joined(separator: ", ")); the lines above say how to mend it")
        }
    }
}
