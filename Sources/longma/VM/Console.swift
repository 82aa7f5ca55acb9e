import Foundation
import Glibc

/// The guest's console: the command's standard input and output. On a terminal keys go to the guest as they are; Ctrl-A x ends the machine.
final class Console: @unchecked Sendable {
    private let lock = NSLock()
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    private var saved: termios?
    private let isTerminal = isatty(0) == 1
    private var isEscaped = false
    /// Called when the user wants the machine to end, and when there is new input.
    var onQuit: @Sendable () -> Void = {}
    var onInput: @Sendable () -> Void = {}

    /// Begins to read standard input.
    func start() {
        if isTerminal {
            var settings = termios()
            if tcgetattr(0, &settings) == 0 {
                saved = settings
                cfmakeraw(&settings)
                // Output keeps its newlines.
                settings.c_oflag |= tcflag_t(OPOST | ONLCR)
                tcsetattr(0, TCSANOW, &settings)
            }
        }
        let thread = Thread { [self] in readInput() }
        thread.stackSize = 256 << 10
        thread.start()
    }

    /// Gives the terminal back.
    func stop() {
        flush()
        if var settings = saved { tcsetattr(0, TCSANOW, &settings) }
        saved = nil
    }

    private func readInput() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(0, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            for byte in buffer[..<count] where !isCommand(byte) { lock.withLock { input.append(byte) } }
            onInput()
        }
    }

    /// Whether a key is part of a command to Longma and not the guest's.
    private func isCommand(_ byte: UInt8) -> Bool {
        guard isTerminal else { return false }
        if isEscaped {
            isEscaped = false
            if byte == UInt8(ascii: "x") { onQuit() }
            // Twice gives the guest one.
            return byte != 1
        }
        isEscaped = byte == 1
        return isEscaped
    }

    func receive() -> UInt8? { lock.withLock { input.isEmpty ? nil : input.removeFirst() } }

    func send(_ byte: UInt8) {
        output.append(byte)
        if byte == UInt8(ascii: "\n") || output.count >= 512 { flush() }
    }

    /// Writes what the guest has sent.
    func flush() {
        var rest = output[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(1, $0.baseAddress!, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        output.removeAll(keepingCapacity: true)
    }
}
