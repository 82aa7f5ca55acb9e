import ArgumentParser
import Foundation
import GCCBackend

/// `longma cache`.
struct CacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "Looks after the translations that are kept on disk.", subcommands: [List.self, Verify.self, Prune.self])

    /// What the three have in common.
    struct Options: ParsableArguments {
        @OptionGroup var cache: CacheOption

        @Option(help: ArgumentHelp("Write the result as JSON too; - is standard output, instead of the table.", valueName: "file"))
        var json: String?

        func validate() throws {
            if json?.isEmpty == true { throw ValidationError("--json needs the name of a file, or -") }
        }

        func inventory() throws -> (CacheInventory, path: String) {
            guard let directory = cache.directory else { throw Failure(.usage, "there is no cache (none); name one with --cache DIRECTORY") }
            return (CacheInventory(directory: directory), directory.path)
        }
    }

    /// A file of the cache, in JSON.
    private struct Entry: Encodable {
        let name: String
        let program: String?
        let bytes: UInt64
        let units: Int
        let regions: Int
        let lastUsed: String
        let isCurrent: Bool
        let trouble: String?

        init(_ file: CacheInventory.File) {
            name = file.name
            program = file.program
            bytes = file.bytes
            units = file.units
            regions = file.regions
            lastUsed = ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: Double(file.lastUsed)))
            isCurrent = file.isCurrent
            trouble = file.trouble
        }
    }

    private struct Report: Encodable {
        let directory: String
        let bytes: UInt64
        let files: [Entry]
    }

    private static func write(_ files: [CacheInventory.File], _ path: String, _ options: Options) throws {
        let report = Report(directory: path, bytes: files.reduce(0) { $0 + $1.bytes }, files: files.map(Entry.init))
        if options.json != "-" {
            var table = TextTable(["program", "bytes", "units", "regions", "last used", "state"], leftAligned: [0, 4, 5])
            for file in report.files {
                let state = file.trouble.map(Terminal.bad) ?? (file.isCurrent ? Terminal.good("good") : "of another version")
                table.add([file.program ?? file.name, "\(file.bytes)", "\(file.units)", "\(file.regions)", file.lastUsed, state])
            }
            table.add(["\(files.count) files in \(path)", "\(report.bytes)", "", "\(files.reduce(0) { $0 + $1.regions })", "", ""])
            table.write()
        }
        if let json = options.json { try writeJSON(report, to: json) }
    }

    /// `longma cache list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the programs whose translations are kept, those used last first.")
        @OptionGroup var options: Options

        func run() throws {
            let (inventory, path) = try options.inventory()
            try CacheCommand.write(inventory.files(), path, options)
        }
    }

    /// `longma cache verify`.
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks every unit of code against its checksums and keys.", discussion: "Exit status 65 when something is damaged; the next run that needs it makes it anew.")
        @OptionGroup var options: Options

        func run() throws {
            let (inventory, path) = try options.inventory()
            let files = inventory.files(thoroughly: true)
            try CacheCommand.write(files, path, options)
            let damaged = files.filter { $0.trouble != nil }
            if !damaged.isEmpty {
                throw Failure(.badImage, "\(damaged.count) of \(files.count) files in \(path) are damaged; they are mended when they are used, or remove them with longma cache prune --max-size 0")
            }
        }
    }

    /// `longma cache prune`.
    struct Prune: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Removes what was used longest ago.")

        @Option(help: ArgumentHelp("Bytes that may stay, with K, M or G behind the number.", valueName: "size"))
        var maxSize: String

        @OptionGroup var options: Options

        private struct Result: Encodable {
            let directory: String
            let removedFiles: Int
            let removedBytes: UInt64
        }

        private func limit() throws -> UInt64 {
            let factors: [Character: UInt64] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
            let factor = maxSize.last.flatMap { factors[$0] }
            guard let number = UInt64(factor == nil ? Substring(maxSize) : maxSize.dropLast()), !number.multipliedReportingOverflow(by: factor ?? 1).overflow else {
                throw ValidationError("--max-size \(maxSize) is not a size; give a number, with K, M or G behind it if you like")
            }
            return number * (factor ?? 1)
        }

        func validate() throws { _ = try limit() }

        func run() throws {
            let (inventory, path) = try options.inventory()
            let gone = inventory.prune(to: try limit())
            if options.json != "-" { print("removed \(gone.files) files with \(gone.bytes) bytes from \(path)") }
            if let json = options.json { try writeJSON(Result(directory: path, removedFiles: gone.files, removedBytes: gone.bytes), to: json) }
        }
    }
}
