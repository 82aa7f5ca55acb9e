import FlyingFox
import FlyingSocks
import Foundation

/// What a server answers.
public struct Answer: Sendable {
    public var status: Int
    public var contentType: String
    public var body: Data

    public init(status: Int = 200, contentType: String, body: Data) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    static func json(_ text: String, status: Int = 200) -> Answer { Answer(status: status, contentType: "application/json; charset=utf-8", body: Data((text + "\n").utf8)) }
    static func text(_ text: String, status: Int) -> Answer { Answer(status: status, contentType: "text/plain; charset=utf-8", body: Data((text + "\n").utf8)) }
    public static let notFound = text("There is nothing here.", status: 404)
}

/// A small HTTP server that answers GET requests; its threads are its own.
public final class WebServer: @unchecked Sendable {
    /// Answers a request.
    public typealias Handler = @Sendable (Request) -> Answer

    /// What is asked for.
    public struct Request: Sendable {
        public var path: String
        public var query: [String: String]
        /// What the client accepts.
        public var accept: String
    }

    private let server: HTTPServer
    private let address: ServerAddress
    private var task: Task<Void, Never>?
    /// The port that it listens on.
    public private(set) var port: UInt16

    public init(_ address: ServerAddress, handler: @escaping Handler) {
        self.address = address
        port = address.port
        let handler = ClosureHTTPHandler { request in
            guard request.method == .GET || request.method == .HEAD else { return Self.response(.text("Only GET and HEAD are answered.", status: 405), withBody: true) }
            let query = Dictionary(request.query.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
            return Self.response(handler(Request(path: request.path, query: query, accept: request.headers[HTTPHeader("Accept")] ?? "")), withBody: request.method == .GET)
        }
        let pool = HTTPServer.defaultPool()
        // The address was numeric when it was made.
        if address.isIPv6 {
            server = HTTPServer(address: try! sockaddr_in6.inet6(ip6: address.host, port: address.port), pool: pool, logger: .disabled, handler: handler)
        } else {
            server = HTTPServer(address: try! sockaddr_in.inet(ip4: address.host, port: address.port), pool: pool, logger: .disabled, handler: handler)
        }
    }

    private static func response(_ answer: Answer, withBody: Bool) -> HTTPResponse {
        HTTPResponse(
            statusCode: HTTPStatusCode(answer.status, phrase: answer.status == 200 ? "OK" : answer.status == 404 ? "Not Found" : answer.status == 405 ? "Method Not Allowed" : "Error"),
            headers: [.contentType: answer.contentType, HTTPHeader("X-Content-Type-Options"): "nosniff", HTTPHeader("Cache-Control"): "no-store"],
            body: withBody ? answer.body : Data())
    }

    /// Begins to listen; returns when it does. Throws one sentence when the address cannot be had.
    public func start() throws {
        let outcome = Outcome()
        task = Task { [server] in
            do { try await server.run() } catch { outcome.finish(error) }
        }
        Task { [server] in
            do {
                try await server.waitUntilListening()
                outcome.finish(nil, await server.listeningAddress)
            } catch { outcome.finish(error) }
        }
        switch outcome.wait() {
        case .failure(let error):
            var reason = error.localizedDescription
            if case SocketError.failed(_, let number, _) = error { reason = String(cString: strerror(number)) }
            throw ServerFailure("cannot listen on \(address) (\(reason)); give another port, or end what uses it")
        case .success(let listening):
            switch listening {
            case .ip4(_, let port)?, .ip6(_, let port)?: self.port = port
            default: break
            }
        }
    }

    /// Stops to listen; connections that are open are cut off.
    public func stop() { task?.cancel() }

    /// What became of the first attempt to listen.
    private final class Outcome: @unchecked Sendable {
        private let lock = NSLock()
        private let arrived = DispatchSemaphore(value: 0)
        private var result: Result<Socket.Address?, any Error>?

        func finish(_ error: (any Error)?, _ address: Socket.Address? = nil) {
            lock.withLock {
                guard result == nil else { return }
                result = error.map { .failure($0) } ?? .success(address)
                arrived.signal()
            }
        }

        func wait() -> Result<Socket.Address?, any Error> {
            arrived.wait()
            return lock.withLock { result! }
        }
    }
}

/// Why a server cannot be had, in one sentence.
public struct ServerFailure: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
