import CHost
import Semantics
import Testing

/// Results and flags of every operation and comparison against vectors of an independent model.
struct FloatUnitTests {
    let all = FloatVectors.shared

    /// Compares one vector in one mode; returns what is wrong.
    private func difference(_ vector: FloatVector, mode: UInt32, upper: UInt32) -> String? {
        let subject = Subject.named[vector.name]!
        let images = all.images(vector.name, vector.operands, upper: upper)
        let expected = vector.outcomes[Int(mode)]
        var result: UInt64 = 0
        var cause: UInt32 = 0
        let after = withMXCSR(mode: mode) { result = subject.evaluate(images) & all.mask(vector.name) }
        let got = Outcome(result: result, flags: FloatStatus.exceptions(mxcsr: after))
        if got != Outcome(result: expected.result, flags: expected.flags & 0x1F) {
            return "mode \(mode): \(vector.text): got \(String(got.result, radix: 16))/\(String(got.flags, radix: 16))"
        }
        if after & ~0x3F != FloatStatus.mxcsr(fcsr: mode << 8) { return "mode \(mode): \(vector.text): MXCSR is \(String(after, radix: 16)) afterwards" }
        for flags: UInt32 in [0, 0x2A, 0x3F] {
            let pending = LongmaPendingFloat(operation: subject.code, a: images[0], b: images[1], c: images[2])
            let unchanged = withMXCSR(mode: mode, flags: flags) { cause = FloatPending.cause(of: pending) }
            if cause != expected.flags & 0x1F { return "mode \(mode): \(vector.text): cause \(String(cause, radix: 16))" }
            if unchanged & 0x3F != flags { return "mode \(mode): \(vector.text): cause(of:) changed the flags \(flags) to \(unchanged & 0x3F)" }
        }
        return nil
    }

    @Test(arguments: [UInt32](0..<4))
    func vectors(mode: UInt32) {
        var wrong: [String] = []
        for vector in all.vectors {
            if let difference = difference(vector, mode: mode, upper: vector.operands[0] & 1 == 0 ? 0x7FF0_0001 : 0) { wrong.append(difference) }
        }
        #expect(wrong.isEmpty, "\(wrong.count) of \(all.vectors.count):\n\(wrong.prefix(40).joined(separator: "\n"))")
    }

    @Test func everythingHasVectors() {
        #expect(Set(all.vectors.map(\.name)) == Set(Subject.named.keys))
        #expect(Set(all.digests.map(\.name)) == Set(Subject.named.keys))
        #expect(Set(all.digests.map { "\($0.name) \($0.mode)" }).count == 4 * Subject.named.count)
        #expect(all.vectors.count > 2000)
    }

    /// All combinations of special values and a thousand random cases of each name, by digest.
    @Test func digests() {
        for entry in all.digests {
            let subject = Subject.named[entry.name]!
            let mask = all.mask(entry.name)
            var digest: UInt64 = 0xcbf2_9ce4_8422_2325
            for operands in all.cases(entry.name, count: entry.count) {
                let images = all.images(entry.name, operands)
                var result: UInt64 = 0
                let after = withMXCSR(mode: entry.mode) { result = subject.evaluate(images) & mask }
                var flags = FloatStatus.exceptions(mxcsr: after)
                if isTinyAndExact(entry.name, result, flags) { flags |= 0x20 }
                digest = fnv([result, UInt64(flags)], digest)
            }
            #expect(digest == entry.digest, "\(entry.name) in mode \(entry.mode); see make-vectors.py --list \(entry.name)")
        }
    }

    /// The model's mark for tiny exact results.
    private func isTinyAndExact(_ name: String, _ result: UInt64, _ flags: UInt32) -> Bool {
        let rounding = ["add", "subtract", "multiply", "divide", "fused", "negated", "scale", "reciprocalSingle", "reciprocalDouble", "singleFromDouble"]
        guard flags & 1 == 0, rounding.contains(where: name.hasPrefix) else { return false }
        let infinity: UInt64 = all.bits[name]! == 32 ? 0x7F80_0000 : 0x7FF0_0000_0000_0000
        return result & infinity == 0 && result & (infinity - 1) != 0
    }

    /// Flags of several operations add up, and none of them hides another.
    @Test func flagsAreSticky() {
        let after = withMXCSR(mode: 0) {
            _ = FloatUnit.execute(.divideDouble, 1, 0, 0)
            _ = FloatUnit.execute(.divideDouble, 1, 3, 0)
            _ = FloatUnit.execute(.addDouble, 1, 1, 0)
            _ = FloatUnit.execute(.fusedAddDouble, .infinity, 0, .nan)
        }
        #expect(FloatStatus.exceptions(mxcsr: after) == 16 | 8 | 1)
    }
}
