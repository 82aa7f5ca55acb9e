import ArgumentParser
import Dashboard

/// `--metrics`, for guests that run long.
struct MetricsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Serve figures of the run as OpenMetrics while it lasts; port 0 takes one that is free.", valueName: "host:port"))
    var metrics: String?

    @Flag(help: "Let other machines reach --metrics.")
    var metricsAllowRemote = false

    func validate() throws { _ = try address() }

    private func address() throws -> ServerAddress? {
        try metrics.map { try DashboardCommand.address($0, option: "--metrics", allow: "--metrics-allow-remote", isAllowed: metricsAllowRemote) }
    }

    /// Begins to serve what `figures` answers, if that is wanted; says where on standard error when the port was not chosen by the user.
    func serve(_ figures: @escaping @Sendable () -> GuestFigures) throws -> WebServer? {
        guard let address = try address() else { return nil }
        let server = WebServer(address) { $0.path == "/metrics" ? figures().openMetrics(accept: $0.accept).answer : .notFound }
        do { try server.start() } catch let failure as ServerFailure { throw Failure(.hostFailure, failure.description) }
        if address.port == 0 { standardError("longma: metrics are at http://\(address.isIPv6 ? "[\(address.host)]" : address.host):\(server.port)/metrics") }
        return server
    }
}
