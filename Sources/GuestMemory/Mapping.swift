import CHost

extension FlatAddressSpace {
    /// Where a mapping goes.
    public enum Placement: Equatable, Sendable {
        /// Anywhere that is free, at the address if that is.
        case anywhere(hint: UInt64)
        /// At the address, in place of what is there.
        case fixed(UInt64)
        /// At the address, or EEXIST when something is there.
        case fixedNoReplace(UInt64)
    }

    /// Flags of `mmap` that are passed on to the host; the same numbers on x86-64 and LA64.
    public static let passedFlags: UInt64 = 0x3 | 0x20 | 0x800 | 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x20000
    /// `MAP_PRIVATE | MAP_ANONYMOUS`.
    public static let privateAnonymous: UInt64 = 0x22

    /// Maps `size` bytes and returns their address. `flags` are the guest's `MAP_…` flags without the placement (anything not in `passedFlags` is dropped),
    /// `file` and `offset` are the host file descriptor and the offset in bytes unless the flags say anonymous.
    ///
    /// Throws what the kernel would: EINVAL, ENOMEM, EEXIST, or the host's own refusal.
    @discardableResult
    public func map(
        _ placement: Placement, size: UInt64, protection: Protection, flags: UInt64 = privateAnonymous, file: Int32 = -1, offset: UInt64 = 0
    ) throws(MemoryError) -> UInt64 {
        var changed: Range<UInt64>?
        let start = try locked { () throws(MemoryError) -> UInt64 in
            let range = try target(placement, size)
            var exactly: UInt64 = 0x100000  // MAP_FIXED_NOREPLACE
            if case .fixed = placement { exactly = 0x10 }  // MAP_FIXED
            let result = longma_syscall(
                HostCall.mmap, range.lowerBound, UInt64(range.count), protection.host, (flags & Self.passedFlags) | exactly,
                UInt64(bitPattern: Int64(file)), offset)
            guard result >= 0 else { throw MemoryError(errno: Int32(-result)) }
            guard UInt64(result) == range.lowerBound else {
                _ = longma_syscall(HostCall.munmap, UInt64(result), UInt64(range.count), 0, 0, 0, 0)
                throw .noMemory
            }
            if enter(range, flags & 1 != 0 ? protection.union(.shared) : protection) { changed = range }
            return range.lowerBound
        }
        if let changed { codeInvalidated(changed) }
        return start
    }

    private func target(_ placement: Placement, _ size: UInt64) throws(MemoryError) -> Range<UInt64> {
        guard size > 0 else { throw .invalid }
        guard size <= Self.limit else { throw .noMemory }
        let rounded = (size + Self.pageSize - 1) & ~(Self.pageSize - 1)
        switch placement {
        case .anywhere(let hint):
            guard let range = freeRange(rounded, hint: hint) else { throw .noMemory }
            return range
        case .fixed(let address), .fixedNoReplace(let address):
            guard address % Self.pageSize == 0 else { throw .invalid }
            guard let range = Self.pages(address, rounded) else { throw .noMemory }
            if case .fixedNoReplace = placement, !isFree(range) { throw .exists }
            return range
        }
    }

    /// Unmaps the pages of `size` bytes from `address`. Throws EINVAL for an unaligned or impossible range.
    public func unmap(_ address: UInt64, _ size: UInt64) throws(MemoryError) {
        guard address % Self.pageSize == 0, let range = Self.pages(address, size) else { throw .invalid }
        var executable = false
        try locked { () throws(MemoryError) in
            let result = longma_syscall(HostCall.munmap, range.lowerBound, UInt64(range.count), 0, 0, 0, 0)
            guard result >= 0 else { throw MemoryError(errno: Int32(-result)) }
            executable = forget(range)
        }
        if executable { codeInvalidated(range) }
    }

    /// Gives the pages of `size` bytes from `address` another protection. Throws EINVAL, ENOMEM (something there is not mapped) or the host's refusal (EACCES).
    public func protect(_ address: UInt64, _ size: UInt64, _ protection: Protection) throws(MemoryError) {
        guard address % Self.pageSize == 0 else { throw .invalid }
        if size == 0 { return }
        guard let range = Self.pages(address, size) else { throw .noMemory }
        var executable = false
        try locked { () throws(MemoryError) in
            guard covers(range) else { throw .noMemory }
            let result = longma_syscall(HostCall.mprotect, range.lowerBound, UInt64(range.count), protection.host, 0, 0, 0)
            guard result >= 0 else { throw MemoryError(errno: Int32(-result)) }
            executable = containsExecutable(range)
            for region in mapped(in: range) { _ = enter(region.range, protection.union(region.protection.intersection(.shared))) }
        }
        if executable { codeInvalidated(range) }
    }

    /// Tells that the bytes of `range` may have changed without a store (for example by `MADV_DONTNEED`).
    public func contentsChanged(_ range: Range<UInt64>) {
        let executable = (try? locked { containsExecutable(range) }) ?? false
        if executable { codeInvalidated(range) }
    }

    // MARK: The program break

    /// Puts the (empty) heap of `brk` at `address`, a page boundary.
    public func placeBreak(at address: UInt64) {
        try? locked {
            breakStart = address
            breakEnd = address
        }
    }

    /// `brk`: moves the end of the heap to `address` if that is possible, and returns where it is then.
    public func setBreak(_ address: UInt64) -> UInt64 {
        var executable: Range<UInt64>?
        let end = try? locked { () throws(MemoryError) -> UInt64 in
            guard address >= breakStart, address < Self.limit else { return breakEnd }
            let mask = Self.pageSize - 1
            let oldTop = (breakEnd + mask) & ~mask
            let newTop = (address + mask) & ~mask
            if newTop > oldTop {
                guard isFree(oldTop..<newTop) else { return breakEnd }
                let result = longma_syscall(
                    HostCall.mmap, oldTop, newTop - oldTop, 3, 0x100000 | Self.privateAnonymous, UInt64(bitPattern: -1), 0)
                guard result >= 0 else { return breakEnd }
                _ = enter(oldTop..<newTop, [.read, .write])
            } else if newTop < oldTop {
                guard longma_syscall(HostCall.munmap, newTop, oldTop - newTop, 0, 0, 0, 0) >= 0 else { return breakEnd }
                if forget(newTop..<oldTop) { executable = newTop..<oldTop }
            }
            breakEnd = address
            return address
        }
        if let executable { codeInvalidated(executable) }
        return end ?? 0
    }
}
