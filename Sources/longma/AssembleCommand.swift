import ArgumentParser
import Foundation
import LoongArch

/// `longma assemble`.
struct AssembleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assemble", abstract: "Assembles LA64 source.",
        discussion: """
            With a label _start the result is a static ELF executable that starts there; everything is in one segment that may be read, written and \
            executed. Without _start it is the raw code for --base.
            """)

    @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"))
    var output: String

    @Option(help: ArgumentHelp("Address of the first byte of raw code, hexadecimal.", valueName: "address"))
    var base = "0"

    @Argument(help: ArgumentHelp("The source; - is standard input.", valueName: "file"))
    var file: String

    func run() throws {
        let text: String
        do {
            text = String(
                decoding: file == "-" ? FileHandle.standardInput.readDataToEndOfFile() : try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
        } catch {
            throw Failure(.badImage, "cannot read \(file) (\(reason(error))); give a file of assembly source")
        }
        guard let base = UInt64(base.hasPrefix("0x") ? String(base.dropFirst(2)) : base, radix: 16) else {
            throw Failure(.usage, "--base \(base) is not a hexadecimal address")
        }
        let result: [UInt8]
        do {
            let raw = try Assembler.assemble(text, at: base)
            if raw.symbols["_start"] == nil {
                result = raw.bytes
            } else {
                let image = try Assembler.assemble(text, at: ElfWriter.codeBase)
                result = ElfWriter.executable(image.bytes, entry: image.symbols["_start"]!, symbols: image.symbols)
            }
        } catch let error {
            throw Failure(.badImage, "\(file), \(error)")
        }
        do {
            try Data(result).write(to: URL(fileURLWithPath: output))
        } catch {
            throw Failure(.hostFailure, "cannot write \(output) (\(reason(error))); give -o a file in a directory you may write to")
        }
        if result.starts(with: [0x7f, 0x45, 0x4c, 0x46]) { chmod(output, 0o755) }
    }
}
