/// Where engines fetch instructions from: guest addresses whose pages the guest may execute.
public protocol CodeSource: AnyObject {
    /// The executable range around `address`, or nil when the guest may not execute there. What is known of the range holds
    /// until the mapping changes. `writable`: the guest may also write there (or to the same memory through another mapping), so code
    /// may change without a mapping change.
    func executableRange(containing address: UInt64) -> (range: Range<UInt64>, writable: Bool)?
    /// Where in host memory the instruction at an address of an executable range is.
    func hostAddress(of address: UInt64) -> UInt64
}

extension CodeSource {
    /// In a flat address space guest addresses are host addresses.
    public func hostAddress(of address: UInt64) -> UInt64 { address }
}
