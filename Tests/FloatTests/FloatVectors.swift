import CHost
import Foundation
import Semantics

/// What a vector is of: an operation or a comparison.
enum Subject: Hashable {
    case operation(FloatOperation)
    case comparison(FloatPredicate, FloatFormat)

    static let named: [String: Subject] = {
        var all: [String: Subject] = [:]
        for operation in FloatOperation.allCases { all["\(operation)"] = .operation(operation) }
        for predicate in FloatPredicate.allCases {
            for format in [FloatFormat.single, .double] { all["\(predicate).\(format)"] = .comparison(predicate, format) }
        }
        return all
    }()

    /// What a pending operation of this kind holds.
    var code: UInt64 {
        switch self {
        case .operation(let operation): FloatPending.code(operation)
        case .comparison(let predicate, let format): FloatPending.code(predicate, format)
        }
    }

    /// The result's bits, under the current MXCSR.
    func evaluate(_ o: [Double]) -> UInt64 {
        switch self {
        case .operation(let operation): FloatUnit.execute(operation, o[0], o[1], o[2]).bitPattern
        case .comparison(let predicate, let format): FloatUnit.executeComparison(predicate, format, o[0], o[1]) ? 1 : 0
        }
    }
}

/// A result and its exceptions; 0x20 among them marks a tiny exact result.
struct Outcome: Equatable {
    var result: UInt64
    var flags: UInt32
}

/// One line of vectors.txt: operands, and the outcome in each rounding mode.
struct FloatVector {
    var text: String
    var name: String
    var operands: [UInt64]
    var outcomes: [Outcome]
}

/// The digest of one name's cases in one rounding mode.
struct FloatDigest {
    var name: String
    var mode: UInt32
    var count: Int
    var digest: UInt64
}

/// vectors.txt; make-vectors.py describes it.
struct FloatVectors {
    var pools: [String: [UInt64]] = [:]
    var fusedPools: [String: [UInt64]] = [:]
    var kinds: [String: [String]] = [:]
    var bits: [String: Int] = [:]
    var vectors: [FloatVector] = []
    var digests: [FloatDigest] = []

    /// The file in the repository, or lines made with `--list` from the file that the environment names.
    static let shared = FloatVectors()

    init() {
        read(Bundle.module.url(forResource: "vectors", withExtension: "txt")!.path)
        if let extra = ProcessInfo.processInfo.environment["LONGMA_FLOAT_VECTORS"] { read(extra) }
    }

    private mutating func read(_ path: String) {
        func hexadecimal(_ s: some StringProtocol) -> UInt64 { UInt64(s, radix: 16)! }
        for line in try! String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            switch words[0] {
            case "pool": pools[words[1]] = words[2...].map(hexadecimal)
            case "fused": fusedPools[words[1]] = words[2...].map(hexadecimal)
            case "op":
                bits[words[1]] = Int(words[2])!
                kinds[words[1]] = Array(words[3...])
            default:
                if words.last!.hasPrefix("#") {
                    digests.append(
                        FloatDigest(name: words[0], mode: UInt32(words[1])!, count: Int(words[2])!, digest: hexadecimal(words[3].dropFirst())))
                } else {
                    let operands = words[1...].prefix { !$0.contains("/") }.map(hexadecimal)
                    let outcomes = words[(1 + operands.count)...].map { word in
                        let parts = word.split(separator: "/")
                        return Outcome(result: hexadecimal(parts[0]), flags: UInt32(hexadecimal(parts[1])))
                    }
                    vectors.append(
                        FloatVector(
                            text: String(line), name: words[0], operands: operands,
                            outcomes: outcomes.count == 1 ? Array(repeating: outcomes[0], count: 4) : outcomes))
                }
            }
        }
    }

    /// The cases of a name's digest, as make-vectors.py makes them: all combinations of the pool, then random ones.
    func cases(_ name: String, count: Int) -> [[UInt64]] {
        let kinds = self.kinds[name]!
        var cases: [[UInt64]] = [[]]
        for kind in kinds {
            let pool = (kinds.count == 3 ? fusedPools : pools)[kind]!
            cases = cases.flatMap { head in pool.map { head + [$0] } }
        }
        var random = SplitMix(state: fnv(name.utf8.map(UInt64.init)))
        while cases.count < count { cases.append(kinds.map { random.operand($0, pools[$0]!) }) }
        return cases
    }

    /// Register images of operands: what does not belong to a single is filled with `upper`, which must not matter.
    func images(_ name: String, _ operands: [UInt64], upper: UInt32 = 0x7FF0_0001) -> [Double] {
        let images = zip(kinds[name]!, operands).map { kind, operand in
            Double(bitPattern: kind == "single" ? UInt64(upper) << 32 | operand : operand)
        }
        return images + Array(repeating: images[0], count: 3 - images.count)
    }

    /// The bits of a result that are not open.
    func mask(_ name: String) -> UInt64 { bits[name]! == 64 ? .max : (1 << UInt64(bits[name]!)) - 1 }
}

/// FNV-1a over words.
func fnv(_ words: [UInt64], _ start: UInt64 = 0xcbf2_9ce4_8422_2325) -> UInt64 { words.reduce(start) { ($0 ^ $1) &* 0x100_0000_01b3 } }

struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }

    mutating func operand(_ kind: String, _ pool: [UInt64]) -> UInt64 {
        var x = next()
        let choice = next() & 3
        if choice == 0 { return pool[Int(x % UInt64(pool.count))] }
        if kind == "integer" { return UInt64(bitPattern: Int64(bitPattern: x) >> Int64(x & 63)) }
        let (width, fractionBits, bias): (UInt64, UInt64, UInt64) = kind == "single" ? (32, 23, 127) : (64, 52, 1023)
        if width == 32 { x &= 0xFFFF_FFFF }
        if choice == 1 { return x }
        let exponent = bias + (x & 63) - 32
        var fraction = x >> 6 & ((1 << fractionBits) - 1)
        if choice == 3 { fraction &= ~((1 << (fractionBits - 8)) - 1) }
        return (x >> (width - 1)) << (width - 1) | exponent << fractionBits | fraction
    }
}

/// Runs `body` with the guest's rounding mode `mode` and `flags` set in MXCSR; the host's MXCSR is back afterwards. Returns what MXCSR was in the end.
@discardableResult
func withMXCSR(mode: UInt32, flags: UInt32 = 0, _ body: () -> Void) -> UInt32 {
    let saved = longma_read_mxcsr()
    longma_write_mxcsr(FloatStatus.mxcsr(fcsr: mode << 8) | flags)
    body()
    let after = longma_read_mxcsr()
    longma_write_mxcsr(saved)
    return after
}
