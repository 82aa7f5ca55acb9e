import Foundation

/// A built-in guest: an ELF file among the resources, with what it prints.
struct BuiltInGuest: Decodable {
    /// File name without extension.
    let name: String
    /// `integer` or `float` for guests that are compared with others; other kinds stand alone.
    let kind: String
    /// How much work a measurement gives it, in the guest's own unit, and the line it then prints, checksum included.
    let scale: Int
    let expected: String
    /// How the same source is built for the host: compiler flags and libraries.
    let nativeFlags: [String]?
    let nativeLibraries: [String]?
    /// Less of the same work: hardly any, and as much as a tour has time for.
    let small: Scale?
    let demo: Scale?

    struct Scale: Decodable {
        let scale: Int
        let expected: String
    }

    /// How much of its work a guest is told to do.
    enum Work { case full, demo, small }

    /// The argument for so much work, and the line that it then prints.
    func job(_ work: Work) -> (argument: String, expected: String) {
        switch work {
        case .full: ("\(scale)", expected)
        case .demo: demo.map { ("\($0.scale)", $0.expected) } ?? job(.full)
        case .small: small.map { ("\($0.scale)", $0.expected) } ?? job(.full)
        }
    }

    var elf: String { GuestCatalog.directory.appendingPathComponent("\(name).elf").path }
    var source: String { GuestCatalog.directory.appendingPathComponent("\(name).c").path }
}

/// The built-in guests that come with the command.
enum GuestCatalog {
    static let directory = Bundle.module.resourceURL!.appendingPathComponent("Guests")

    private struct Manifest: Decodable { let guests: [BuiltInGuest] }

    static func all() throws -> [BuiltInGuest] {
        let file = directory.appendingPathComponent("manifest.json")
        do {
            return try JSONDecoder().decode(Manifest.self, from: Data(contentsOf: file)).guests
        } catch {
            throw Failure(.internalError, "cannot read the built-in guests at \(file.path) (\(error)); build the package again")
        }
    }

    /// The guests of these names, or all.
    static func named(_ names: [String]) throws -> [BuiltInGuest] {
        let guests = try all()
        if names.isEmpty { return guests }
        return try names.map { name in
            guard let guest = guests.first(where: { $0.name == name }) else {
                throw Failure(.usage, "there is no workload \(name); there are \(guests.map(\.name).joined(separator: ", "))")
            }
            return guest
        }
    }
}
