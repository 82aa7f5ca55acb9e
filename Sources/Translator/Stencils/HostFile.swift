import Glibc

/// Whole files of the host.
package enum HostFile {
    /// The contents, nil when they cannot be read.
    package static func contents(of path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let size = Int(status.st_size)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            filled = 0
            while filled < size {
                let count = Glibc.read(file, buffer.baseAddress! + filled, size - filled)
                guard count > 0 else { break }
                filled += count
            }
        }
    }

    /// Writes a new file, or over an old one; false when that fails.
    package static func write(_ bytes: [UInt8], to path: String) -> Bool {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { return false }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + written, $0.count - written) }
            guard count > 0 else { break }
            written += count
        }
        return close(file) == 0 && written == bytes.count
    }
}
