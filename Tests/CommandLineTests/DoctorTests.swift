import Foundation
import Testing

@Suite struct DoctorTests {
    private struct Report: Decodable {
        struct Check: Decodable {
            let name: String
            let state: String
            let remedy: String?
        }
        let ready: Bool
        let checks: [Check]
    }

    @Test func reportsAsJSON() throws {
        let result = try LongmaCommand(["doctor", "--json", "-"])
        let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
        #expect(result.status == (report.ready ? 0 : 69))
        #expect(report.checks.count > 10)
        for check in report.checks where check.state != "ok" { #expect(check.remedy != nil, "\(check.name)") }
        if Fixture.isCI { #expect(report.ready, "\(result.output)") }
    }

    @Test func missingLibraryIsNamed() throws {
        let result = try LongmaCommand(["doctor"], environment: ["LONGMA_LIBGCCJIT": "/nonexistent/libgccjit.so.0"])
        #expect(result.status == 69)
        #expect(result.output.contains("missing") && result.output.contains("libgccjit-12-dev"))
        #expect(!result.output.contains("\u{1b}"))
    }
}
