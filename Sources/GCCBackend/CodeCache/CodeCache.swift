import Glibc
import Translator

/// The translations of one program on disk: what was made of it in earlier runs, and what this run adds.
///
/// The file is read once, at the start, into memory of this process: whatever happens to it later (it is changed, cut, or another run adds to it) cannot reach a
/// running guest. Nothing is taken from it without its checksum.
public final class CodeCache: CodeArchive, @unchecked Sendable {
    /// The directory in the cache that has the files.
    package static let directoryName = "units"
    /// Bytes that all files together may have; those used longest ago go first.
    public static let defaultLimit: UInt64 = 512 << 20

    private let directory: CacheDirectory
    private let header: UnitPack.Header
    private let fileName: String

    /// The file as it was at the start, and its records.
    private var bytes: [UInt8] = []
    private var records: [UnitPack.Record] = []
    private struct Entrance {
        var pc: UInt64
        /// Whether the region was made for `pc`.
        var isHead: Bool
        var unit: Int32
        var function: Int32

        /// In the order in which a run that compiles them takes them: a new region for its own entry, but the first that came along for other entries.
        var rank: Int { isHead ? -Int(unit) : 1 + Int(unit) }
    }
    /// Ascending by pc.
    private var index: [Entrance] = []
    private var contents: [(options: TranslationOptions, entries: [UnitPack.Entry])] = []
    private var damagedUnits: Set<Int> = []
    /// The file has something in it that must go.
    private var isDamaged = false

    // Of the writer.
    private var canWrite = true
    private var hasPruned = false
    private var known: (inode: ino_t, end: Int, keys: Set<SHA256.Digest>)?

    /// The cache of the program in the file `image`; `kind` tells apart what runs it ("run", "vm").
    public init(directory: CacheDirectory, image: String, kind: String) {
        self.directory = directory
        header = UnitPack.Header(translator: TranslatorIdentity.key, program: "\(kind) \(image)")
        fileName = TranslatorIdentity.key.hexadecimal(16) + "-" + Self.identity(of: image, kind).hexadecimal(24) + ".pack"
        load()
    }

    /// What another process of this program needs to add to the same file.
    package struct Place: Sendable {
        var directory: String
        var fileName: String
        var header: UnitPack.Header
    }

    /// Where this one adds what is made.
    package var place: Place { Place(directory: directory.path, fileName: fileName, header: header) }

    /// The cache at `place`, only to add to it; it has nothing to be found.
    init(addingAt place: Place) {
        directory = CacheDirectory(path: place.directory) { _ in }
        header = place.header
        fileName = place.fileName
    }

    /// A file's size and beginning, which has the ELF headers: cheap, and enough to find what may be of use. Whether it is, its instructions decide.
    private static func identity(of path: String, _ kind: String) -> SHA256.Digest {
        var writer = ByteWriter()
        writer.add(kind)
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            writer.add(path)
            return SHA256.digest(writer.bytes)
        }
        defer { Glibc.close(file) }
        var status = stat()
        fstat(file, &status)
        writer.add(Int64(status.st_size))
        var beginning = [UInt8](repeating: 0, count: 4096)
        let count = pread(file, &beginning, beginning.count, 0)
        writer.append(Array(beginning.prefix(max(count, 0))))
        return SHA256.digest(writer.bytes)
    }

    // MARK: Reading

    private func load() {
        guard let folder = directory.existingDirectory(Self.directoryName) else { return }
        let path = "\(folder)/\(fileName)"
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else {
            if errno != ENOENT { damage("\(path) cannot be read: \(String(cString: strerror(errno)))") }
            return
        }
        defer { Glibc.close(file) }
        guard CacheDirectory.isTrusted(file) else { return damage("\(path) can be written by another user") }
        // Another run may be in the middle of adding a record.
        let isQuiet = flock(file, LOCK_SH | LOCK_NB) == 0
        guard let bytes = CacheDirectory.contents(file, limit: UnitPack.sizeLimit) else { return damage("\(path) cannot be read") }
        if bytes.isEmpty { return }
        self.bytes = bytes
        touch(path, file)
        let isWhole: Bool? = bytes.withUnsafeBytes { bytes in
            guard let (header, start) = UnitPack.header(bytes), header.translator == self.header.translator else { return nil }
            let (records, end) = UnitPack.records(bytes, from: start)
            self.records = records
            for (unit, record) in records.enumerated() { enter(record, unit, bytes) }
            return end == bytes.count
        }
        index.sort { ($0.pc, $0.rank) < ($1.pc, $1.rank) }
        if isWhole == nil { damage("\(path) is damaged or not a code cache") } else if isWhole == false, isQuiet { damage("\(path) is damaged") }
    }

    private func enter(_ record: UnitPack.Record, _ unit: Int, _ bytes: UnsafeRawBufferPointer) {
        guard let found = UnitPack.entries(bytes, record) else {
            contents.append((TranslationOptions(preciseRegisters: false), []))
            damagedUnits.insert(unit)
            isDamaged = true
            return
        }
        contents.append(found)
        for (function, entry) in found.entries.enumerated() {
            var reader = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[entry.region]))
            for number in 0..<((try? reader.count(of: 8)) ?? 0) {
                guard let pc = try? reader.read(UInt64.self) else { break }
                index.append(Entrance(pc: pc, isHead: number == 0, unit: Int32(unit), function: Int32(function)))
            }
        }
    }

    /// Its time of modification says when a file was used last.
    private func touch(_ path: String, _ file: Int32) {
        var status = stat()
        if fstat(file, &status) == 0, time(nil) - status.st_mtim.tv_sec > 600 { utimensat(AT_FDCWD, path, nil, 0) }
    }

    private func damage(_ sentence: String) {
        isDamaged = true
        directory.warnOnce("\(sentence); what cannot be used of it is made anew")
    }

    public var isEmpty: Bool { index.isEmpty }

    public func regions(at pc: UInt64) -> [ArchivedRegion] {
        var low = 0
        var high = index.count
        while low < high {
            let middle = (low + high) / 2
            if index[middle].pc < pc { low = middle + 1 } else { high = middle }
        }
        var found: [ArchivedRegion] = []
        while low < index.count, index[low].pc == pc {
            let (unit, function) = (Int(index[low].unit), Int(index[low].function))
            low += 1
            guard !damagedUnits.contains(unit), let region = bytes.withUnsafeBytes({ UnitPack.region($0, contents[unit].entries[function]) }) else { continue }
            found.append(ArchivedRegion(region: region, options: contents[unit].options, unit: unit, function: function))
        }
        return found
    }

    public func unit(_ number: Int) -> CompiledUnit? {
        if damagedUnits.contains(number) { return nil }
        if let unit = bytes.withUnsafeBytes({ UnitPack.unit($0, records[number], regions: contents[number].entries.count) }) { return unit }
        damagedUnits.insert(number)
        damage("\(directory.path)/\(Self.directoryName)/\(fileName) is damaged")
        return nil
    }

    // MARK: Writing

    public func add(_ unit: CompiledUnit, _ regions: [Region], _ options: TranslationOptions) {
        guard canWrite else { return }
        guard let folder = directory.directory(Self.directoryName) else {
            canWrite = false
            return
        }
        let path = "\(folder)/\(fileName)"
        if isDamaged { mend(path) }
        let (record, keys) = UnitPack.encode(unit, regions, options, translator: header.translator)
        guard let file = openLocked(path) else { return }
        defer { Glibc.close(file) }
        guard read(file) else { return }
        if keys.allSatisfy(known!.keys.contains) { return }
        let start = header.bytes
        let begins = known!.end == 0 || known!.end + record.count > UnitPack.sizeLimit
        if begins { ftruncate(file, 0) }
        let before = begins ? 0 : known!.end
        guard CacheDirectory.writeAll(begins ? start + record : record, to: file) else {
            canWrite = false
            directory.warnOnce("\(path) cannot be written: \(String(cString: strerror(errno))); going on without it")
            ftruncate(file, off_t(before))
            known = nil
            return
        }
        if begins { known!.keys = [] }
        known!.end = before + (begins ? start.count : 0) + record.count
        known!.keys.formUnion(keys)
        if !hasPruned {
            hasPruned = true
            CacheInventory(directory: directory).prune(to: Self.defaultLimit, keeping: fileName)
        }
    }

    /// Opens the file for appending, made if need be, when no other run is writing to it; nil when that takes too long or cannot be done.
    private func openLocked(_ path: String) -> Int32? {
        for _ in 0..<20 {
            let file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
            guard file >= 0 else {
                canWrite = false
                directory.warnOnce("\(path) cannot be written: \(String(cString: strerror(errno))); going on without it")
                return nil
            }
            var own = stat()
            var named = stat()
            if CacheDirectory.isTrusted(file) {
                if flock(file, LOCK_EX | LOCK_NB) == 0, fstat(file, &own) == 0, stat(path, &named) == 0, own.st_ino == named.st_ino { return file }
                usleep(2000)
            } else {
                unlink(path)
            }
            Glibc.close(file)
        }
        return nil
    }

    /// Learns what other runs have added, and cuts off what one of them has left half done. False when the file is not to be touched.
    private func read(_ file: Int32) -> Bool {
        var status = stat()
        guard fstat(file, &status) == 0 else { return false }
        if let known, known.inode == status.st_ino, known.end == Int(status.st_size) { return true }
        guard let bytes = CacheDirectory.contents(file, limit: 2 * UnitPack.sizeLimit) else { return false }
        known = (status.st_ino, 0, [])
        bytes.withUnsafeBytes { bytes in
            guard let (header, start) = UnitPack.header(bytes), header.translator == self.header.translator else { return }
            let (records, end) = UnitPack.records(bytes, from: start)
            for record in records { known!.keys.formUnion(UnitPack.entries(bytes, record)?.entries.map(\.key) ?? []) }
            known!.end = end
        }
        if known!.end < bytes.count { ftruncate(file, off_t(known!.end)) }
        return true
    }

    /// Replaces a damaged file by what of it is good.
    private func mend(_ path: String) {
        isDamaged = false
        var good = header.bytes
        bytes.withUnsafeBytes { bytes in
            for (number, record) in records.enumerated() where !damagedUnits.contains(number) && UnitPack.isIntact(bytes, record) {
                good += bytes[record.start..<record.end]
            }
        }
        directory.write(good, to: path)
        known = nil
    }

    public func close() {
        if isDamaged, canWrite, let folder = directory.existingDirectory(Self.directoryName) { mend("\(folder)/\(fileName)") }
        canWrite = false
    }
}
