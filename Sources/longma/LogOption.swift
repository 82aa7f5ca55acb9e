import ArgumentParser
import Logging

extension Logger.Level: @retroactive ExpressibleByArgument {}

/// `--log-level`, shared by the commands that log.
struct LogOption: ParsableArguments {
    @Option(help: "Log to standard error what is at least this important.")
    var logLevel: Logger.Level = .warning

    /// A logger that writes to standard error. The log system is set up at the first call.
    func logger() -> Logger { Self.logger(logLevel) }

    static func logger(_ level: Logger.Level) -> Logger {
        startLogging
        var logger = Logger(label: "longma")
        logger.logLevel = level
        return logger
    }

    private static let startLogging: Void = LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
}
