import ArgumentParser
import Dashboard
import Foundation
import PerfHistory

/// `longma dashboard`.
struct DashboardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard", abstract: "Shows a history as pages: the latest run, trends with change points, world switches, comparisons.",
        discussion: "The pages of --output need no server and no network. --serve shows the same as it is at the moment, with /api and /metrics.")

    @OptionGroup var store: HistoryOption

    @Option(name: [.short, .long], help: ArgumentHelp("Write the pages into this directory.", valueName: "directory"))
    var output: String?

    @Option(help: ArgumentHelp("Serve them until a signal ends it; port 0 takes one that is free.", valueName: "host:port"))
    var serve: String?

    @Flag(help: "Let other machines reach --serve: anybody who does can read the history.")
    var allowRemote = false

    func validate() throws {
        if (output == nil) == (serve == nil) { throw ValidationError("dashboard needs either --output DIRECTORY or --serve HOST:PORT") }
        if output?.isEmpty == true { throw ValidationError("--output needs the name of a directory") }
        if let serve { _ = try Self.address(serve, option: "--serve", allow: "--allow-remote", isAllowed: allowRemote) }
    }

    /// The address that an option gives; one that other machines reach has to be allowed.
    static func address(_ text: String, option: String, allow: String, isAllowed: Bool) throws -> ServerAddress {
        guard let address = ServerAddress(text) else { throw ValidationError("\(option) \(text) is no address like 127.0.0.1:9100 or [::1]:9100") }
        guard address.isLoopback || isAllowed else {
            throw ValidationError("\(option) \(text) can be reached from other machines; give \(allow) if that is meant, or 127.0.0.1:\(address.port)")
        }
        return address
    }

    func run() throws {
        if let output {
            let site = try said { try Site(store.read(), date: Date().timeIntervalSince1970) }
            try said { try site.write(to: output) }
            print("\(output)/index.html")
        }
        guard let serve else { return }
        let pages = try said { try HistoryServer(path: store.path) }
        let server = WebServer(try Self.address(serve, option: "--serve", allow: "--allow-remote", isAllowed: allowRemote)) { pages.answer($0) }
        do { try server.start() } catch let failure as ServerFailure { throw Failure(.hostFailure, failure.description) }
        let name = serve.prefix { $0 != ":" }
        print("http://\(serve.hasPrefix("[") ? String(serve.prefix(through: serve.lastIndex(of: "]")!)) : String(name)):\(server.port)/")
        fflush(stdout)
        Self.waitForEnd()
        server.stop()
    }

    /// Returns when SIGINT or SIGTERM arrives.
    private static func waitForEnd() {
        let arrived = DispatchSemaphore(value: 0)
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { arrived.signal() }
            source.resume()
            return source
        }
        arrived.wait()
        sources.forEach { $0.cancel() }
    }
}
