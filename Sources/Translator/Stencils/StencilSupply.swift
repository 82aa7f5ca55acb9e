/// The stencils of a host for those who do not wait for them: there from the start, after a while, or never.
public final class StencilSupply: @unchecked Sendable {
    private let lock = HostLock()
    private var provided: StencilLibrary?

    /// A supply that `library`, if it is there already, begins with.
    public init(_ library: StencilLibrary? = nil) { provided = library }

    /// The stencils, once there are some.
    public var library: StencilLibrary? { lock.withLock { provided } }

    /// Makes them known. On a thread that holds the gate, or a `fork` might find the lock taken.
    public func provide(_ library: StencilLibrary) { lock.withLock { provided = library } }
}
