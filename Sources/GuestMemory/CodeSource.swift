/// Where engines fetch instructions from: guest addresses whose pages the guest may execute.
public protocol CodeSource: AnyObject {
    /// The executable range around `address`, or nil when the guest may not execute there. Instruction words may be read from host memory at
    /// these addresses until the mapping changes. `writable`: the guest may also write there (or to the same memory through another mapping), so code
    /// may change without a mapping change.
    func executableRange(containing address: UInt64) -> (range: Range<UInt64>, writable: Bool)?
}
