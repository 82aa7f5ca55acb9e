import CHost

extension FlatAddressSpace {
    /// Flags of `mremap`.
    public struct RemapFlags: OptionSet, Sendable {
        public let rawValue: UInt64
        public init(rawValue: UInt64) { self.rawValue = rawValue }
        public static let mayMove = RemapFlags(rawValue: 1)
        public static let fixed = RemapFlags(rawValue: 2)
        public static let dontUnmap = RemapFlags(rawValue: 4)
    }

    /// `mremap`: resizes or moves the mapping of `oldSize` bytes at `address`, and returns where it is then. `newAddress` counts with `.fixed`.
    ///
    /// Throws EINVAL, EFAULT (not mapped), ENOMEM (no room), or the host's refusal.
    public func remap(_ address: UInt64, oldSize: UInt64, newSize: UInt64, flags: RemapFlags, newAddress: UInt64) throws(MemoryError) -> UInt64 {
        guard address % Self.pageSize == 0, newSize > 0, flags.isSubset(of: [.mayMove, .fixed, .dontUnmap]) else { throw .invalid }
        if flags.contains(.fixed) || flags.contains(.dontUnmap) {
            guard flags.contains(.mayMove) else { throw .invalid }
        }
        guard newSize <= Self.limit else { throw .noMemory }
        guard oldSize <= Self.limit else { throw .fault }
        let mask = Self.pageSize - 1
        let newSize = (newSize + mask) & ~mask
        let oldSize = (oldSize + mask) & ~mask
        var changed: [Range<UInt64>] = []
        let result = try locked { () throws(MemoryError) -> UInt64 in
            guard oldSize > 0 else { throw .invalid }  // duplicating shared mappings with oldSize 0 is not offered
            guard let old = Self.pages(address, oldSize), covers(old) else { throw .fault }
            let kinds = mapped(in: old)
            guard let protection = kinds.first?.protection, kinds.allSatisfy({ $0.protection == protection }) else { throw .fault }

            if flags.isDisjoint(with: [.fixed, .dontUnmap]) {
                if newSize <= oldSize {
                    if newSize < oldSize {
                        try host(address, oldSize, newSize, 0, 0)
                        let tail = (address + newSize)..<old.upperBound
                        if forget(tail) { changed.append(tail) }
                    }
                    return address
                }
                if let grown = Self.pages(address, newSize), isFree(old.upperBound..<grown.upperBound),
                    (try? host(address, oldSize, newSize, 0, 0)) != nil
                {
                    _ = enter(old.upperBound..<grown.upperBound, protection)
                    return address
                }
                guard flags.contains(.mayMove) else { throw .noMemory }
            }

            let target: Range<UInt64>
            if flags.contains(.fixed) {
                guard newAddress % Self.pageSize == 0, let range = Self.pages(newAddress, newSize), !range.overlaps(old) else { throw .invalid }
                target = range
            } else {
                guard let range = freeRange(newSize) else { throw .noMemory }
                target = range
            }
            try host(address, oldSize, newSize, flags.union([.mayMove, .fixed]).rawValue, target.lowerBound)
            if !flags.contains(.dontUnmap), forget(old) { changed.append(old) }
            if enter(target, protection) { changed.append(target) }
            return target.lowerBound
        }
        for range in changed { codeInvalidated(range) }
        return result
    }

    private func host(_ address: UInt64, _ oldSize: UInt64, _ newSize: UInt64, _ flags: UInt64, _ newAddress: UInt64) throws(MemoryError) {
        let result = longma_syscall(HostCall.mremap, address, oldSize, newSize, flags, newAddress, 0)
        guard result >= 0 else { throw MemoryError(errno: Int32(-result)) }
    }
}
