import CHost
import Glibc
import Translator

/// The host's assembler, `as` of PATH.
enum HostAssembler {
    /// Assembles x86-64 code; throws, in a sentence's words, why it could not.
    static func assemble(_ source: String, to object: String) throws(CodeGenerationError) {
        let command: [String] = ["as", "--64", "-o", object, source]
        let words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
        defer { words.forEach { free($0) } }
        let arguments = words.map { UnsafePointer<CChar>($0) } + [nil]
        let status = arguments.withUnsafeBufferPointer { longma_run_hidden($0.baseAddress!) }
        if status == 0 { return }
        if status < 0 {
            throw CodeGenerationError(
                "the assembler (as) cannot be run: \(String(cString: strerror(Int32(-status)))); mend it with: apt-get install binutils")
        }
        let signal = status & 0x7f
        throw CodeGenerationError("the assembler (as) " + (signal != 0 ? "was killed by signal \(signal)" : "failed with status \(status >> 8 & 0xff)"))
    }
}
