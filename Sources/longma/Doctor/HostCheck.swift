/// One thing that Longma looks for on the host.
struct HostCheck: Encodable {
    enum State: String, Encodable { case ok, missing, limited }

    /// What was looked for.
    let name: String
    let state: State
    /// What was found.
    let found: String
    /// How to mend it; nil when there is nothing to mend.
    let remedy: String?
    /// Whether `longma run` with the default engine needs it.
    let essential: Bool

    init(_ name: String, _ state: State, _ found: String, remedy: String? = nil, essential: Bool = false) {
        self.name = name
        self.state = state
        self.found = found
        self.remedy = state == .ok ? nil : remedy
        self.essential = essential
    }
}
