import Foundation
import PerfHistory

/// What records say about the machine and the commit they are of.
enum Host {
    /// The load average over the last minute.
    static var load: Double {
        var loads = [0.0]
        return getloadavg(&loads, 1) == 1 ? loads[0] : 0
    }

    static func testbed(label: String) -> Testbed {
        var names = utsname()
        uname(&names)
        let kernel = withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let libgccjit = HostCheck.libgccjit()
        return Testbed(
            label: label, processor: HostCheck.processorName(), kernel: kernel, cores: ProcessInfo.processInfo.activeProcessorCount,
            libgccjit: libgccjit.state == .missing ? "none" : libgccjit.found)
    }

    /// The commit that is checked out in the working directory, and when it was made; nil outside of a repository.
    static func commit() -> (id: String, date: Double?)? {
        guard let git = HostTools.find("git"), let head = lines(git, "log", "-1", "--format=%H %cI"), let line = head.first else { return nil }
        let words = line.split(separator: " ")
        guard words.count == 2 else { return nil }
        let isDirty = !(lines(git, "status", "--porcelain", "--untracked-files=no") ?? []).isEmpty
        return (words[0] + (isDirty ? "-dirty" : ""), Timestamp.seconds(String(words[1])))
    }

    private static func lines(_ command: String...) -> [String]? {
        guard let result = try? ChildProcess.run(command, isQuiet: true), result.status == 0 else { return nil }
        return String(decoding: result.output, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
