import Foundation

/// A built-in guest: an ELF file among the resources, with what it prints.
struct BuiltInGuest: Decodable {
    /// File name without extension.
    let name: String
    /// `integer` or `float` for guests that are compared with others; other kinds stand alone.
    let kind: String
    /// The line it prints, checksum included.
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

    /// The argument for so much work (nil: the guest's own choice), and the line that it then prints.
    func scale(_ work: Work) -> (argument: String?, expected: String) {
        switch work {
        case .full: (nil, expected)
        case .demo: (demo.map { "\($0.scale)" }, demo?.expected ?? expected)
        case .small: (small.map { "\($0.scale)" }, small?.expected ?? expected)
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
