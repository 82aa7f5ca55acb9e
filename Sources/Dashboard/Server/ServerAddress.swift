import Foundation

/// Where a server listens: `HOST:PORT`, with brackets around an IPv6 address.
public struct ServerAddress: Equatable, Sendable, CustomStringConvertible {
    /// What was given, for messages.
    public let description: String
    /// The numeric address and its family.
    public let host: String
    public let isIPv6: Bool
    /// 0 takes any port that is free.
    public let port: UInt16
    /// Whether only programs on this machine reach it.
    public let isLoopback: Bool

    /// Nil when the text is no address, or its name is unknown.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
        var name = String(text[..<colon])
        if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) } else if name.contains(":") { return nil }
        guard !name.isEmpty else { return nil }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &list) == 0, let first = list else { return nil }
        defer { freeaddrinfo(first) }
        var digits = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        // IPv4 first: that is what a scraper's configuration means by localhost.
        var chosen = first
        var next: UnsafeMutablePointer<addrinfo>? = first
        while let entry = next {
            if entry.pointee.ai_family == AF_INET { chosen = entry; break }
            next = entry.pointee.ai_next
        }
        guard getnameinfo(chosen.pointee.ai_addr, chosen.pointee.ai_addrlen, &digits, socklen_t(digits.count), nil, 0, NI_NUMERICHOST) == 0 else { return nil }
        host = String(decoding: digits.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        isIPv6 = chosen.pointee.ai_family == AF_INET6
        isLoopback = isIPv6 ? host == "::1" : host.hasPrefix("127.")
        self.port = port
        description = text
    }
}
