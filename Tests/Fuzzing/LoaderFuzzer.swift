import Glibc
import GuestMemory

// libFuzzer entry for the ELF loader: really maps each file that the parser takes, and looks at the memory. Compiled by run.sh into one module with
// ElfImage.swift and ElfLoader.swift, without the address sanitizer, which keeps its shadow where guests live.

/// Stops the fuzzer with `message` when `condition` does not hold, also in optimized code.
@inline(__always)
private func check(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError(message()) }
}

private let space = FlatAddressSpace()
/// An unlinked file in memory.
private let memoryFile: CInt = {
    var name = Array("/dev/shm/longma-fuzz-XXXXXX".utf8CString)
    let file = mkstemp(&name)
    unlink(name)
    return file
}()
private let memoryPath = "/proc/self/fd/\(memoryFile)"
private let mask: UInt64 = 4095

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLoader(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    check(ftruncate(memoryFile, 0) == 0 && pwrite(memoryFile, data, size, 0) == size, "the file cannot be written")
    do throws(ProcessError) {
        let (file, image) = try ElfLoader.open(memoryPath, name: "program")
        defer { close(file) }
        let bytes = UnsafeRawBufferPointer(start: data, count: size)
        for base in [ElfLoader.programBase, nil] {
            try loadAndCheck(image, file: file, base: base, bytes: bytes)
            if !image.isRelocatable { break }
        }
    } catch {
        check(!error.description.isEmpty, "an error without words")
    }
    // Nothing of the host lies there; see `HostLayout`.
    space.removeAll()
    return 0
}

private func loadAndCheck(_ image: ElfImage, file: Int32, base: UInt64?, bytes: UnsafeRawBufferPointer) throws(ProcessError) {
    defer { space.removeAll() }
    let loaded = try ElfLoader(space: space).load(image, file: file, base: base, name: "program")
    let first = image.segments[0].address & ~mask
    check(image.isRelocatable || loaded.bias == 0, "a program with fixed addresses was moved")
    check(base == nil || !image.isRelocatable || first &+ loaded.bias == base, "the base is not kept")
    let regions = space.regions
    check(regions.first?.range.lowerBound == first &+ loaded.bias && regions.last?.range.upperBound == loaded.end, "the extent is wrong")
    var mapped: UInt64 = 0
    for segment in image.segments {
        let address = segment.address &+ loaded.bias
        let pages = (address & ~mask)..<((address + segment.memorySize + mask) & ~mask)
        mapped += UInt64(pages.count)
        for region in regions where region.range.overlaps(pages) {
            check(region.protection == segment.protection, "protection of \(segment)")
        }
        guard !segment.protection.isEmpty else { continue }
        checkContents(segment, at: address, bytes: bytes)
    }
    var accounted: UInt64 = 0
    for region in regions where !image.isRelocatable || !region.protection.isEmpty { accounted += UInt64(region.range.count) }
    let empty = image.segments.contains { $0.protection.isEmpty }
    check(accounted == mapped || image.isRelocatable && empty && accounted < mapped, "\(accounted) bytes are mapped, not \(mapped)")
}

/// The file's bytes, then zeros.
private func checkContents(_ segment: ElfImage.Segment, at address: UInt64, bytes: UnsafeRawBufferPointer) {
    guard let start = UnsafeRawPointer(bitPattern: UInt(address)) else { fatalError("a segment at address 0") }
    let size = Int(segment.fileSize)
    if size > 0 {
        check(memcmp(start, bytes.baseAddress! + Int(segment.fileOffset), size) == 0, "contents of \(segment)")
    }
    guard segment.memorySize > segment.fileSize else { return }
    let rest = segment.memorySize - segment.fileSize
    for offset in Set([0, min(rest, 4096) / 2, min(rest, 4095), min(rest, 4097), rest / 2, rest - 1].map { min($0, rest - 1) }) {
        check(start.load(fromByteOffset: size + Int(offset), as: UInt8.self) == 0, "no zero behind the file's bytes of \(segment)")
    }
}
