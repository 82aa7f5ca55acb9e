import Glibc

/// Which of the host process's file descriptors belong to the guest; it can neither use nor close any other. Numbers are the same on both sides.
final class FileDescriptors {
    static let capacity = 1 << 20
    /// One byte per descriptor, so that threads need no lock to change different ones.
    private let owned: UnsafeMutablePointer<UInt8>
    /// The guest's descriptors at the start, with the host's standard ones saved aside.
    private var saved: [(guest: Int32, copy: Int32)] = []

    init() {
        owned = calloc(Self.capacity, 1).assumingMemoryBound(to: UInt8.self)
    }

    deinit { free(owned) }

    /// Whether the guest may use descriptor `number`.
    func contains(_ number: Int32) -> Bool { number >= 0 && number < Self.capacity && owned[Int(number)] != 0 }

    /// Gives the guest a descriptor.
    func add(_ number: Int32) {
        if number >= 0, number < Self.capacity { owned[Int(number)] = 1 }
    }

    func remove(_ number: Int32) {
        if number >= 0, number < Self.capacity { owned[Int(number)] = 0 }
    }

    /// All of the guest's descriptors, ascending.
    var all: [Int32] { Self.openDescriptors().filter(contains) }

    /// Takes over what a native program would inherit (all that is open and not close-on-exec), with standard output and error replaced as given.
    func begin(stdout: Int32?, stderr: Int32?) {
        for number in Self.openDescriptors() {
            let flags = fcntl(number, F_GETFD)
            if flags >= 0, flags & FD_CLOEXEC == 0 { add(number) }
        }
        for number in Int32(0)...2 where contains(number) { saved.append((number, fcntl(number, F_DUPFD_CLOEXEC, 200))) }
        if let stdout, stdout != 1, dup2(stdout, 1) >= 0 { add(1) }
        if let stderr, stderr != 2, dup2(stderr, 2) >= 0 { add(2) }
    }

    /// Descriptor for messages of Longma's own: the standard error that the process began with.
    var messages: Int32 { saved.first { $0.guest == 2 }?.copy ?? 2 }

    /// Closes what the guest has open and puts the standard descriptors back as they were.
    func end() {
        for number in all where number > 2 { close(number) }
        for (guest, copy) in saved where copy >= 0 {
            dup2(copy, guest)
            close(copy)
        }
        saved = []
    }

    private static func openDescriptors() -> [Int32] {
        guard let directory = opendir("/proc/self/fd") else { return [0, 1, 2] }
        defer { closedir(directory) }
        let own = dirfd(directory)
        var result: [Int32] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if let number = Int32(name), number != own { result.append(number) }
        }
        return result.sorted()
    }
}
