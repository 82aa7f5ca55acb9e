import CHost
import Glibc

/// Executing another program: Longma executes itself with it.
enum ExecuteCalls {
    static func execute(
        _ thread: GuestThread, directory: Int32, path: UInt64, arguments: UInt64, environment: UInt64, flags: Int32
    ) -> SystemCallOutcome {
        let program: String
        switch locate(thread, directory: directory, path: path, flags: flags) {
        case .failure(let error): return .error(error.errno)
        case .success(let found): program = found
        }
        var words: [String]
        let variables: [String]
        switch (UserMemory.strings(arguments), UserMemory.strings(environment)) {
        case (.success(let a), .success(let e)):
            words = a
            variables = e
        case (.failure(let error), _), (_, .failure(let error)): return .error(error.errno)
        }
        if words.isEmpty { words = [program] }
        var target = program
        if let problem = resolveScripts(thread, &target, &words) { return .error(problem) }
        return replace(thread, program: target, arguments: words, environment: variables)
    }

    /// Host path of the program, or the errno with which it cannot be executed.
    private static func locate(_ thread: GuestThread, directory: Int32, path: UInt64, flags: Int32) -> Result<String, SystemCallError> {
        let buffer = thread.pathBuffer(0)
        switch thread.paths.host(path, directory: directory, follow: true, buffer: buffer) {
        case .failure(let error): return .failure(error)
        case .success: break
        }
        var program = String(cString: buffer)
        if directory != AT_FDCWD, !program.hasPrefix("/") {
            guard let base = linkTarget("/proc/self/fd/\(directory)") else { return .failure(SystemCallError(errno: EBADF)) }
            program = program.isEmpty && flags & 0x1000 != 0 ? base : base + "/" + program
        }
        return check(program)
    }

    private static func check(_ program: String) -> Result<String, SystemCallError> {
        var status = stat()
        guard stat(program, &status) == 0 else { return .failure(SystemCallError(errno: errno)) }
        guard status.st_mode & S_IFMT == S_IFREG, access(program, X_OK) == 0 else { return .failure(SystemCallError(errno: EACCES)) }
        return .success(program)
    }

    /// Follows `#!` lines to the program that runs the script; an errno when that is no LA64 program.
    private static func resolveScripts(_ thread: GuestThread, _ program: inout String, _ arguments: inout [String]) -> Int32? {
        for _ in 0..<5 {
            do throws(ProcessError) {
                let (file, _) = try ElfLoader.open(program, name: program)
                close(file)
                return nil
            } catch {
                guard let line = interpreterLine(of: program) else { return ENOEXEC }
                var interpreter = [line.interpreter]
                if let argument = line.argument { interpreter.append(argument) }
                interpreter.append(thread.paths.guestPath(of: program))
                arguments = interpreter + arguments.dropFirst()
                switch check(thread.paths.hostPath(of: line.interpreter)) {
                case .failure(let error): return error.errno
                case .success(let found): program = found
                }
            }
        }
        return ELOOP
    }

    private static func interpreterLine(of program: String) -> (interpreter: String, argument: String?)? {
        let file = open(program, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(file, &bytes, bytes.count)
        guard count > 2, bytes[0] == 0x23, bytes[1] == 0x21 else { return nil }
        let line = bytes[2..<count].prefix { $0 != 0x0a }
        let text = String(decoding: line, as: UTF8.self)
        let words = text.split(maxSplits: 1, omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }
        guard let first = words.first else { return nil }
        guard words.count > 1 else { return (String(first), nil) }
        var rest = words[1]
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return (String(first), rest.isEmpty ? nil : String(rest))
    }

    private static func replace(_ thread: GuestThread, program: String, arguments: [String], environment: [String]) -> SystemCallOutcome {
        let prefix = thread.process.configuration.reexecPrefix
        guard !prefix.isEmpty else { return .error(ENOEXEC) }
        var words = ["longma"] + prefix
        if let name = arguments.first, name != program { words += ["--argv0", name] }
        words.append(program)
        words += arguments.dropFirst()
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = ProgramStart.hostEnvironment(environment).map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        thread.process.signals.prepareForExec()
        // Signals that come from now on belong to the new program.
        _ = longma_set_signal_mask(thread.signalMask)
        execve("/proc/self/exe", &argv, &envp)
        let failure = errno
        thread.process.signals.restoreAfterExec()
        thread.applyMask()
        return .error(failure)
    }
}
