import Glibc

/// The files of the code cache, for those who look after it.
public struct CacheInventory {
    /// One program's translations.
    public struct File: Sendable {
        /// Name in the directory, and what it is for ("run PATH"); nil when its header is damaged.
        public var name: String
        public var program: String?
        public var bytes: UInt64
        /// Units and regions in it that can be read.
        public var units: Int
        public var regions: Int
        /// Seconds since 1970 of the last use.
        public var lastUsed: Int
        /// Whether this version of Longma can use it.
        public var isCurrent: Bool
        /// What is wrong with it, or nil.
        public var trouble: String?
    }

    private let directory: CacheDirectory

    public init(directory: CacheDirectory) { self.directory = directory }

    private var folder: String? { directory.existingDirectory(CodeCache.directoryName) }

    /// All files, those used last first. `thoroughly`: every unit and every key is checked.
    public func files(thoroughly: Bool = false) -> [File] {
        guard let folder else { return [] }
        return names(folder).compactMap { file($0, in: folder, thoroughly) }.sorted { ($1.lastUsed, $0.name) < ($0.lastUsed, $1.name) }
    }

    private func names(_ folder: String) -> [String] {
        guard let listing = opendir(folder) else { return [] }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private func file(_ name: String, in folder: String, _ thoroughly: Bool) -> File? {
        var status = stat()
        guard lstat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        var file = File(
            name: name, program: nil, bytes: UInt64(status.st_size), units: 0, regions: 0, lastUsed: status.st_mtim.tv_sec, isCurrent: false, trouble: nil)
        guard name.hasSuffix(".pack") else {
            file.trouble = "not a file of the cache, or left half written"
            return file
        }
        guard let bytes = CacheDirectory.read("\(folder)/\(name)", limit: 2 * UnitPack.sizeLimit) else {
            file.trouble = "cannot be read, or can be written by another user"
            return file
        }
        bytes.withUnsafeBytes { bytes in
            guard let (header, start) = UnitPack.header(bytes) else {
                file.trouble = "the header is damaged"
                return
            }
            file.program = header.program
            file.isCurrent = header.translator == TranslatorIdentity.key
            let (records, end) = UnitPack.records(bytes, from: start)
            // How another version makes its keys is not known.
            let good = !thoroughly ? records
                : records.filter { file.isCurrent ? UnitPack.isConsistent(bytes, $0, translator: header.translator) : UnitPack.isIntact(bytes, $0) }
            file.units = good.count
            file.regions = good.reduce(0) { $0 + UnitPack.regionCount(bytes, $1) }
            if good.count < records.count { file.trouble = "\(records.count - good.count) of \(records.count) units are damaged" }
            if end < bytes.count { file.trouble = "damaged from byte \(end) on" }
        }
        return file
    }

    /// Removes files, those used longest ago first, until all that are left have at most `limit` bytes together. How many went, and their bytes.
    @discardableResult
    public func prune(to limit: UInt64, keeping kept: String? = nil) -> (files: Int, bytes: UInt64) {
        guard let folder else { return (0, 0) }
        var files: [(name: String, bytes: UInt64, used: Int)] = names(folder).compactMap { name in
            var status = stat()
            guard lstat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            return (name, UInt64(status.st_size), status.st_mtim.tv_sec)
        }
        files.sort { ($0.used, $0.name) < ($1.used, $1.name) }
        var total = files.reduce(0) { $0 + $1.bytes }
        var gone: (files: Int, bytes: UInt64) = (0, 0)
        for file in files where total > limit && file.name != kept {
            guard unlink("\(folder)/\(file.name)") == 0 else { continue }
            total -= file.bytes
            gone.files += 1
            gone.bytes += file.bytes
        }
        return gone
    }
}
