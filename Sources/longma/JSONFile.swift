import Foundation

/// `value` as JSON.
func encodedJSON(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try encoder.encode(value) + Data("\n".utf8)
}

/// Writes `value` as JSON to `path`; `-` is standard output.
func writeJSON(_ value: some Encodable, to path: String) throws { try writeFile(encodedJSON(value), to: path, option: "--json") }

/// Writes a file that an option names; `-` is standard output.
func writeFile(_ data: Data, to path: String, option: String) throws {
    if path == "-" {
        FileHandle.standardOutput.write(data)
        return
    }
    do {
        try data.write(to: URL(fileURLWithPath: path))
    } catch {
        throw Failure(.hostFailure, "cannot write \(path) (\(reason(error))); give \(option) a file in a directory you may write to")
    }
}
