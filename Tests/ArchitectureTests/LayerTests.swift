import Foundation
import Testing

/// The design's layer table: a target may import only what stands in a row above its own.
@Suite struct LayerTests {
    /// The rows, top to bottom.
    static let rows: [(layer: Int, targets: [String])] = [
        (0, ["CLibGCCJIT"]), (0, ["CHost"]),
        (1, ["LoongArch"]),
        (2, ["Semantics"]), (2, ["GuestMemory"]),
        (3, ["Execution"]),
        (4, ["Interpreter"]), (4, ["Translator"]),
        (5, ["GCCBackend"]),
        (6, ["VirtualMachine"]), (6, ["LinuxProcess"]), (6, ["Board"]),
        (7, ["Profiler"]), (7, ["PerfHistory"]), (7, ["Dashboard"]),
        (8, ["longma"]),
    ]
    static let row: [String: Int] = Dictionary(uniqueKeysWithValues: rows.enumerated().flatMap { index, row in row.targets.map { ($0, index) } })
    static func layer(_ target: String) -> Int { rows[row[target]!].layer }
    /// What comes with Swift and the system; layers 1 to 5 take no Foundation.
    static let systemModules: Set<String> = ["Swift", "Synchronization", "Glibc", "Dispatch"]
    static let foundation: Set<String> = ["Foundation", "FoundationEssentials"]
    /// Packages, and the lowest layer that may use them.
    static let packages: [String: Int] = [
        "Logging": 6, "Histogram": 7, "Subprocess": 5, "GRDB": 7, "GRDBSQLite": 7, "FlyingFox": 7, "FlyingSocks": 7, "ArgumentParser": 8,
    ]

    static let sources = SourceFile.below("Sources", ["swift"])

    @Test func sourcesAreFound() {
        #expect(Self.sources.count > 20)
        #expect(Set(Self.sources.map(\.target)).isSuperset(of: ["LoongArch", "Semantics", "longma"]))
    }

    @Test func everyTargetHasALayer() {
        for target in Set(Self.sources.map(\.target)) { #expect(Self.row[target] != nil, "\(target) has no row in the layer table") }
    }

    @Test func importsPointUpwards() {
        for file in Self.sources {
            guard let own = Self.row[file.target] else { continue }
            for module in file.imports where module != file.target {
                #expect(Self.isAllowed(module, in: file.target, ownRow: own), "\(file.path) may not import \(module)")
            }
        }
    }

    @Test func theRuleRefusesWhatItMust() {
        func isAllowed(_ module: String, _ target: String) -> Bool { Self.isAllowed(module, in: target, ownRow: Self.row[target]!) }
        #expect(isAllowed("LoongArch", "Semantics"))
        #expect(!isAllowed("Semantics", "LoongArch"))
        #expect(!isAllowed("GCCBackend", "Translator"))
        #expect(isAllowed("Interpreter", "Translator"))
        #expect(!isAllowed("Foundation", "GCCBackend"))
        #expect(isAllowed("Foundation", "LinuxProcess"))
        #expect(!isAllowed("Logging", "Interpreter"))
        #expect(!isAllowed("SomethingNew", "longma"))
    }

    private static func isAllowed(_ module: String, in target: String, ownRow: Int) -> Bool {
        if let row = row[module] { return row < ownRow }
        if systemModules.contains(module) { return true }
        if foundation.contains(module) { return layer(target) > 5 }
        if let lowest = packages[module] { return layer(target) >= lowest }
        return false
    }
}
