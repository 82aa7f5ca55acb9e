import ChildProcess
import Foundation
import GCCBackend
import Testing

/// The examples of FIPS 180-4, and lengths around a block's.
@Suite struct SHA256Tests {
    @Test func knownDigests() {
        let known: [(String, String)] = [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
        ]
        for (text, digest) in known { #expect(SHA256.digest(Array(text.utf8)).hexadecimal() == digest) }
        #expect(
            SHA256.digest([UInt8](repeating: 0x61, count: 1_000_000)).hexadecimal() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    /// coreutils' own.
    @Test func lengthsAroundABlock() throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/sha256sum") else {
            print("skipped: needs sha256sum")
            return
        }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("longma-sha-\(UUID().uuidString)")
        defer { for name in [path.path, path.path + ".sum"] { try? FileManager.default.removeItem(atPath: name) } }
        for count in [1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ count) }
            try Data(bytes).write(to: path)
            #expect(try ChildProcess.run("/usr/bin/sha256sum", [path.path], output: path.path + ".sum") == 0)
            let text = try String(contentsOfFile: path.path + ".sum", encoding: .utf8)
            #expect(text.hasPrefix(SHA256.digest(bytes).hexadecimal()), "\(count) bytes")
        }
    }
}
