/// Code that earlier runs have made, and that this run adds to. Methods other than `add` and `close` are called with the store's lock held.
public protocol CodeArchive: AnyObject, Sendable {
    /// Whether earlier runs have left nothing that could be used.
    var isEmpty: Bool { get }
    /// Regions with an entry at `pc`; those made for it first.
    func regions(at pc: UInt64) -> [ArchivedRegion]
    /// A unit of code; nil when it turns out to be damaged.
    func unit(_ number: Int) -> CompiledUnit?
    /// Adds what was made of `regions`; called by one compiling thread at a time.
    func add(_ unit: CompiledUnit, _ regions: [Region], _ options: TranslationOptions)
    /// To be called when nothing more will be made.
    func close()
}

/// A region in an archive.
public struct ArchivedRegion: Sendable {
    /// As it was translated; whether memory still holds it is for the finder to see.
    public var region: Region
    public var options: TranslationOptions
    /// The unit that has its code, and which of its functions that is.
    public var unit: Int
    public var function: Int

    public init(region: Region, options: TranslationOptions, unit: Int, function: Int) {
        self.region = region
        self.options = options
        self.unit = unit
        self.function = function
    }
}
