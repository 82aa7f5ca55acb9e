import CHost
import Glibc
import GuestMemory

/// Places programs in guest memory.
struct ElfLoader {
    /// A program in memory.
    struct Loaded {
        var image: ElfImage
        /// Difference between where it is and where it was linked for.
        var bias: UInt64
        /// End of its last page.
        var end: UInt64
    }

    /// Bytes at the beginning of a file in which its headers must lie.
    static let headerBytes = 1 << 20
    /// Where relocatable programs go.
    static let programBase: UInt64 = 0x1000_0000_0000

    let space: FlatAddressSpace

    /// Opens and parses the file at `path` on the host; `name` is what messages call it. The caller closes the descriptor.
    static func open(_ path: String, name: String) throws(ProcessError) -> (file: Int32, image: ElfImage) {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .badImage("\(name) cannot be opened: \(errorText(errno)).") }
        do throws(ProcessError) {
            return (file, try parse(file, name: name))
        } catch {
            close(file)
            throw error
        }
    }

    private static func parse(_ file: Int32, name: String) throws(ProcessError) -> ElfImage {
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .badImage("\(name) cannot be examined: \(errorText(errno)).") }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .badImage("\(name) is a directory, not a program.")
        default: throw .badImage("\(name) is not a regular file.")
        }
        let length = Int(status.st_size)
        let wanted = min(length, headerBytes)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(wanted, 1), alignment: 16)
        defer { buffer.deallocate() }
        var count = 0
        while count < wanted {
            let got = pread(file, buffer.baseAddress! + count, wanted - count, off_t(count))
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .badImage("\(name) cannot be read: \(errorText(errno)).") }
            if got == 0 { break }
            count += got
        }
        do throws(ElfError) {
            return try ElfImage(parsing: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]), fileSize: length)
        } catch {
            throw .badImage("\(name) \(error).")
        }
    }

    /// Maps `image` from `file`: where it was linked for, or at `base` when it is relocatable.
    func load(_ image: ElfImage, file: Int32, base: UInt64?, name: String) throws(ProcessError) -> Loaded {
        let page = FlatAddressSpace.pageSize
        let first = image.segments[0].address & ~(page - 1)
        let last = image.segments[image.segments.count - 1]
        let end = (last.address + last.memorySize + page - 1) & ~(page - 1)
        var bias: UInt64 = 0
        if image.isRelocatable {
            // Reserve the whole extent, so that its parts stay together.
            let placement: FlatAddressSpace.Placement = base.map { .fixedNoReplace($0) } ?? .anywhere(hint: 0)
            do throws(MemoryError) {
                bias = try space.map(placement, size: end - first, protection: []) &- first
            } catch {
                throw .badImage("\(name) cannot be placed in memory: \(errorText(error.errno)).")
            }
        }
        for segment in image.segments {
            do throws(MemoryError) {
                try map(segment, file: file, bias: bias, replace: image.isRelocatable)
            } catch {
                throw .badImage("\(name) cannot be placed at address 0x\(hexadecimal(segment.address &+ bias)): \(errorText(error.errno)).")
            }
        }
        return Loaded(image: image, bias: bias, end: end &+ bias)
    }

    private func map(_ segment: ElfImage.Segment, file: Int32, bias: UInt64, replace: Bool) throws(MemoryError) {
        let mask = FlatAddressSpace.pageSize - 1
        let address = segment.address &+ bias
        let start = address & ~mask
        let fileEnd = address + segment.fileSize
        let filePages = segment.fileSize == 0 ? start : (fileEnd + mask) & ~mask
        let end = (address + segment.memorySize + mask) & ~mask
        func place(_ address: UInt64) -> FlatAddressSpace.Placement { replace ? .fixed(address) : .fixedNoReplace(address) }
        if filePages > start {
            let needsZeros = segment.memorySize > segment.fileSize && fileEnd & mask != 0
            let first = needsZeros ? segment.protection.union(.write) : segment.protection
            try space.map(
                place(start), size: filePages - start, protection: first, flags: 2, file: file, offset: segment.fileOffset & ~mask)
            if needsZeros {
                let zeros = [UInt8](repeating: 0, count: Int(filePages - fileEnd))
                guard longma_copy_to_guest(fileEnd, zeros, zeros.count) else { throw MemoryError(errno: EIO) }
                if first != segment.protection { try space.protect(start, filePages - start, segment.protection) }
            }
        }
        if end > filePages { try space.map(place(filePages), size: end - filePages, protection: segment.protection) }
    }
}

/// The C library's words for an error number, without a capital.
func errorText(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    let message = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return message.prefix(1).lowercased() + message.dropFirst()
}
