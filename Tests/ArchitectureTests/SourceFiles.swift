import Foundation

/// A Swift, C or header file of the package.
struct SourceFile {
    /// Path relative to the package's directory.
    let path: String
    let text: String

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// The target that the file belongs to: the directory below `Sources`.
    var target: String { String(path.split(separator: "/")[1]) }

    /// Modules that the file imports.
    var imports: [String] {
        lines.compactMap { line in
            var words = line.split(separator: " ").filter { !$0.hasPrefix("@") && $0 != "public" && $0 != "internal" && $0 != "package" && $0 != "private" }
            guard words.first == "import", words.count > 1 else { return nil }
            words.removeFirst()
            if ["struct", "class", "enum", "func", "protocol", "typealias", "var", "let"].contains(words[0]), words.count > 1 { words.removeFirst() }
            return words[0].split(separator: ".").first.map(String.init)
        }
    }

    static let packageDirectory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Files below a directory of the package with one of these extensions.
    static func below(_ directory: String, _ extensions: Set<String>) -> [SourceFile] {
        let root = packageDirectory.appendingPathComponent(directory)
        guard let files = FileManager.default.enumerator(atPath: root.path) else { return [] }
        return files.compactMap { $0 as? String }.filter { extensions.contains(($0 as NSString).pathExtension) && !$0.contains(".build/") }.sorted().compactMap
        { name in
            guard let data = FileManager.default.contents(atPath: root.appendingPathComponent(name).path) else { return nil }
            return SourceFile(path: "\(directory)/\(name)", text: String(decoding: data, as: UTF8.self))
        }
    }
}
