import GuestMemory

// libFuzzer entry for the ELF parser; compiled by run.sh into one module with ElfImage.swift.

/// Stops the fuzzer with `message` when `condition` does not hold, also in optimized code.
@inline(__always)
private func check(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError(message()) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzElf(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: data, count: size)
    parse(bytes, fileSize: nil)
    // As when the loader has read only the beginning of a larger file.
    parse(bytes, fileSize: size + (1 << 20) + 123)
    return 0
}

private func parse(_ bytes: UnsafeRawBufferPointer, fileSize: Int?) {
    do throws(ElfError) {
        checkInvariants(try ElfImage(parsing: bytes, fileSize: fileSize), length: UInt64(fileSize ?? bytes.count), inMemory: bytes.count)
    } catch {
        check(!error.description.isEmpty, "an error without words")
    }
}

/// What the loader, the initial stack and `/proc` take for granted. Arithmetic traps on overflow.
private func checkInvariants(_ image: ElfImage, length: UInt64, inMemory: Int) {
    let limit: UInt64 = 1 << 46
    let mask: UInt64 = 4095
    check(FlatAddressSpace.limit == limit && FlatAddressSpace.pageSize == mask + 1, "the limits changed; adapt the fuzzer")
    check((1...1024).contains(image.programHeaderCount), "\(image.programHeaderCount) program headers")
    check(image.programHeaderCount * ElfImage.programHeaderSize <= inMemory, "program headers beyond the file")
    check((1...image.programHeaderCount).contains(image.segments.count), "\(image.segments.count) segments")
    var previousEnd: UInt64 = 0
    for segment in image.segments {
        check(segment.memorySize > 0 && segment.fileSize <= segment.memorySize, "sizes of \(segment)")
        check(segment.address < limit && segment.memorySize <= limit - segment.address, "\(segment) leaves the address space")
        check(segment.fileOffset <= length && segment.fileSize <= length - segment.fileOffset, "\(segment) leaves the file")
        check(segment.fileSize == 0 || (segment.fileOffset ^ segment.address) & mask == 0, "alignment of \(segment)")
        check(segment.protection.rawValue & ~7 == 0, "protection of \(segment)")
        check(segment.address & ~mask >= previousEnd, "segments unsorted or sharing a page: \(image.segments)")
        previousEnd = (segment.address + segment.memorySize + mask) & ~mask
    }
    check(previousEnd <= limit, "the last page leaves the address space")
    let first = image.segments[0].address & ~mask
    let extent = previousEnd - first
    let executable = image.segments.filter { $0.protection.contains(.execute) }
    check(executable.contains { image.entry >= $0.address && image.entry < $0.address + $0.memorySize }, "the entry point is in no code")
    if let headers = image.programHeaders {
        let size = UInt64(image.programHeaderCount * ElfImage.programHeaderSize)
        let isHeld = image.segments.contains {
            headers >= $0.address && headers - $0.address <= $0.memorySize && size <= $0.memorySize - (headers - $0.address)
        }
        check(isHeld, "no segment holds the program headers at \(headers)")
    }
    if let path = image.interpreter {
        check(!path.isEmpty && !path.utf8.contains(0) && path.utf8.count <= 3 * 4096, "the dynamic loader's path")
    }
    if image.isRelocatable {
        // At the program's base, as low and as high as memory goes.
        for base in [0x1000_0000_0000, 0, limit - extent] { place(image, bias: base &- first, base..<base + extent) }
    } else {
        check(first >= 0x1000, "a segment in the first page")
        place(image, bias: 0, first..<previousEnd)
    }
}

/// The arithmetic of `ElfLoader.map`.
private func place(_ image: ElfImage, bias: UInt64, _ range: Range<UInt64>) {
    let mask: UInt64 = 4095
    check(range.upperBound <= 1 << 46, "the image does not fit at its base")
    for segment in image.segments {
        let address = segment.address &+ bias
        let start = address & ~mask
        let fileEnd = address + segment.fileSize
        let filePages = segment.fileSize == 0 ? start : (fileEnd + mask) & ~mask
        let end = (address + segment.memorySize + mask) & ~mask
        check(start >= range.lowerBound && start < end && end <= range.upperBound && start <= filePages && filePages <= end, "placement of \(segment)")
        if segment.fileSize > 0 {
            check(filePages - fileEnd <= mask && address - start == segment.fileOffset & mask, "the file's pages of \(segment)")
            check((segment.fileOffset & ~mask) <= UInt64(Int64.max) - (filePages - start), "the file offset of \(segment)")
        }
    }
    check(range.contains(image.entry &+ bias), "the entry point is outside")
}
