import Foundation

/// Exit statuses of Longma's own; every other status is the guest's.
enum Status: Int32 {
    /// Nothing failed, but something has become worse.
    case regression = 3
    case usage = 64
    case badImage = 65
    case engineUnavailable = 69
    case internalError = 70
    case hostFailure = 71
    case usedUp = 124
}

/// What ends the command: one sentence (what, where, how to mend it) and a status.
struct Failure: Error {
    let status: Status
    let sentence: String

    init(_ status: Status, _ sentence: String) {
        self.status = status
        self.sentence = sentence
    }

    func report() { standardError("longma: \(sentence)") }
}

/// Ends the process. (`exit` alone would be a member of ArgumentParser's commands.)
func leave(_ status: Int32) -> Never {
    fflush(stdout)
    exit(status)
}

/// Writes one line to standard error.
func standardError(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

/// Why the last C library call of this thread failed, in words.
func lastSystemError() -> String { String(cString: strerror(errno)) }

/// Why a Foundation file operation failed, in the C library's few words when it has them.
func reason(_ error: any Error) -> String {
    var current: NSError? = error as NSError
    while let error = current {
        if error.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(error.code))) }
        current = error.userInfo[NSUnderlyingErrorKey] as? NSError
    }
    switch (error as NSError).code {
    case CocoaError.fileReadNoSuchFile.rawValue, CocoaError.fileNoSuchFile.rawValue: return "No such file or directory"
    case CocoaError.fileReadNoPermission.rawValue, CocoaError.fileWriteNoPermission.rawValue: return "Permission denied"
    default: return (error as NSError).localizedDescription
    }
}
