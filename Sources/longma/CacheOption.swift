import ArgumentParser
import GCCBackend

/// `--cache`, shared by the commands that translate.
struct CacheOption: ParsableArguments {
    @Option(help: ArgumentHelp(
        "Keep translations in this directory. Default: $LONGMA_CACHE, else longma in $XDG_CACHE_HOME or ~/.cache.", valueName: "directory|none"))
    var cache: String?

    func validate() throws {
        if cache?.isEmpty == true { throw ValidationError("--cache needs a directory, or none") }
    }

    /// The directory; nil when nothing is kept.
    var directory: CacheDirectory? { Self.directory(cache) }

    /// The directory that an option, or else the environment, names; nil when nothing is kept.
    static func directory(_ option: String?) -> CacheDirectory? {
        CacheDirectory.path(option: option).map { CacheDirectory(path: $0) { standardError("longma: \($0)") } }
    }

    /// The option that says the same to another process.
    var arguments: [String] { Self.arguments(cache) }

    static func arguments(_ option: String?) -> [String] { ["--cache", CacheDirectory.path(option: option) ?? "none"] }

    /// The translations in `directory` of the program in the file `image`, run by `kind`; nil when nothing is kept or the engine does not translate.
    static func archive(of image: String, kind: String, engine: EngineName, in directory: CacheDirectory?) -> CodeCache? {
        engine == .interpreter ? nil : directory.map { CodeCache(directory: $0, image: image, kind: kind) }
    }

    /// The directory where there is no option to say otherwise.
    static var usualDirectory: CacheDirectory? { directory(nil) }

    /// The translations where there is no option to say otherwise.
    static func usualArchive(of image: String, kind: String) -> CodeCache? { directory(nil).map { CodeCache(directory: $0, image: image, kind: kind) } }
}
