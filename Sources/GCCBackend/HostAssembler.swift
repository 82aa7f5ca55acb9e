import Glibc
import Translator

/// The host's assembler, `as` of PATH, as a child of this process.
enum HostAssembler {
    /// Assembles x86-64 code from one open file to another; throws, in a sentence's words, why it could not.
    static func assemble(_ source: Int32, to object: Int32) throws(CodeGenerationError) {
        let command: [String] = ["as", "--64", "-o", "/proc/self/fd/3", "-"]
        var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, source, 0)
        posix_spawn_file_actions_adddup2(&actions, object, 3)
        var child: pid_t = 0
        let failure = posix_spawnp(&child, "as", &actions, nil, &words, environ)
        guard failure == 0 else {
            throw CodeGenerationError(
                "the assembler (as) cannot be run: \(String(cString: strerror(failure))); mend it with: apt-get install binutils", .unavailable)
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw CodeGenerationError("the assembler (as) was lost", .lost) }
        }
        if status == 0 { return }
        let signal = status & 0x7f
        if signal != 0 { throw CodeGenerationError("the assembler (as) was killed by signal \(signal)", .lost) }
        throw CodeGenerationError("the assembler (as) failed with status \(status >> 8 & 0xff)", .refused)
    }
}
