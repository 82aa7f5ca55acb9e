import ChildProcess
import Foundation
import Testing

/// A `longma` that serves HTTP while it runs.
final class Server {
    private let process: ChildProcess
    private let directory = try! TemporaryDirectory()
    let port: Int
    /// Where its standard error goes.
    let errors: String

    /// Starts it and waits until it says where it listens, on standard output or error.
    init(_ arguments: [String], executable: String = LongmaCommand.path) throws {
        errors = directory.path("errors")
        let said = directory.path("said")
        process = try ChildProcess(executable, arguments, output: said, error: errors)
        let end = Date().addingTimeInterval(60)
        var found: Int?
        while found == nil, Date() < end, process.isRunning || found == nil {
            let text = ((try? String(contentsOfFile: said, encoding: .utf8)) ?? "") + ((try? String(contentsOfFile: errors, encoding: .utf8)) ?? "")
            found = text.firstMatch(of: #/http://[^ ]*:(\d+)/#).flatMap { Int($0.1) }
            if !process.isRunning { break }
            usleep(20_000)
        }
        port = try #require(found, "the server does not say where it listens: \((try? String(contentsOfFile: errors, encoding: .utf8)) ?? "")")
    }

    deinit { stop() }

    /// Ends it by SIGTERM; answers its status, or 1000 + signal.
    @discardableResult
    func stop() -> Int32 {
        process.send(SIGTERM)
        return wait()
    }

    func signal(_ number: Int32) { process.send(number) }

    /// Waits for its end, a minute at most.
    func wait() -> Int32 { process.wait(atMost: 60) }

    /// One request, by hand: what comes over the wire is seen as it is.
    func get(_ path: String, accept: String = "*/*") throws -> (status: Int, type: String, body: String) {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(file) }
        // Whoever never answers is a failure, not the end of all tests.
        var patience = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) } }
        try #require(connected == 0)
        let request = Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: \(accept)\r\nConnection: close\r\n\r\n".utf8)
        #expect(send(file, request, request.count, Int32(MSG_NOSIGNAL)) == request.count)
        var answer = Data()
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = recv(file, &buffer, buffer.count, 0), count > 0 { answer.append(contentsOf: buffer[..<count]) }
        let text = String(decoding: answer, as: UTF8.self)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let type = parts[0].split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-type:") }.map { $0.dropFirst(13).trimmingCharacters(in: .whitespaces) } ?? ""
        return (status, type, parts.count > 1 ? String(parts[1]) : "")
    }
}
