import LoongArch
import Semantics
import Testing

/// That each floating-point row of the instruction table asks for the right operation of the right operands.
struct FloatSemanticsTests {
    /// Runs one row with rd = 1, rj = 2, rk = 3, ra = 4.
    private func run(_ opcode: Opcode, _ e: inout RecordingEmitter, immediate: Int32 = 0, rd: UInt8 = 1, rj: UInt8 = 2) throws(GuestException) {
        let instruction = Instruction(opcode: opcode, rd: rd, rj: rj, rk: 3, ra: 4, immediate: immediate, immediate2: 0, word: 0)
        try Semantics.execute(instruction, &e)
    }

    /// Mnemonic stem -> operation name without its format.
    private static let stems = [
        "fadd": "add", "fsub": "subtract", "fmul": "multiply", "fdiv": "divide", "fmax": "max", "fmin": "min", "fmaxa": "maxMagnitude", "fmina": "minMagnitude",
        "fscaleb": "scale", "fmadd": "fusedAdd", "fmsub": "fusedSubtract", "fnmadd": "negatedFusedAdd", "fnmsub": "negatedFusedSubtract", "fsqrt": "squareRoot",
        "frecip": "reciprocal", "frecipe": "reciprocal", "frsqrt": "reciprocalSquareRoot", "frsqrte": "reciprocalSquareRoot", "flogb": "logB", "frint": "round",
    ]
    private static let formats = ["s": "Single", "d": "Double"]
    private static let integers = ["w": "32", "l": "64"]
    private static let roundings = ["ftint": "", "ftintrm": "Down", "ftintrp": "Up", "ftintrz": "Zero", "ftintrne": "Nearest"]

    /// The operation that a mnemonic should ask for, by name; nil if it is no arithmetic.
    private func expected(_ mnemonic: [String]) -> String? {
        switch mnemonic[0] {
        case "fcvt": ["s d": "singleFromDouble", "d s": "doubleFromSingle"][mnemonic[1...].joined(separator: " ")]
        case "ffint": Self.formats[mnemonic[1]]!.lowercased() + "FromInt" + Self.integers[mnemonic[2]]!
        case let stem where Self.roundings[stem] != nil:
            "int" + Self.integers[mnemonic[1]]! + "From" + Self.formats[mnemonic[2]]! + Self.roundings[stem]!
        case let stem: Self.stems[stem].map { $0 + Self.formats[mnemonic[1]]! }
        }
    }

    @Test func arithmeticAndComparisons() throws {
        var asked: Set<String> = []
        var comparisons = 0
        for opcode in Opcode.allCases {
            let name = "\(opcode)".split(separator: "_").map(String.init)
            var e = RecordingEmitter()
            let initial = e
            if name[0] == "fcmp" {
                try run(opcode, &e, rd: 5)
                let c = try #require(e.comparison)
                #expect(["fcmp", "\(c.predicate)", c.format == .single ? "s" : "d"] == name)
                #expect((c.a, c.b) == (initial.floats[2], initial.floats[3]))
                #expect(e.flags == (0..<8).map { $0 == 5 })
                #expect(e.floats == initial.floats)
                comparisons += 1
            } else if let operation = expected(name) {
                try run(opcode, &e)
                let o = try #require(e.operation)
                #expect("\(o.operation)" == operation, "\(opcode)")
                #expect(o.a == initial.floats[2])
                if ["fmadd", "fmsub", "fnmadd", "fnmsub"].contains(name[0]) { #expect((o.b, o.c) == (initial.floats[3], initial.floats[4]), "\(opcode)") }
                if ["fadd", "fsub", "fmul", "fdiv", "fmax", "fmin", "fmaxa", "fmina", "fscaleb"].contains(name[0]) { #expect(o.b == initial.floats[3]) }
                #expect(e.floats.enumerated().allSatisfy { $0.offset == 1 ? $0.element == 0x1234 : $0.element == initial.floats[$0.offset] })
                asked.insert(operation)
            } else {
                continue
            }
            // A trap leaves the destination alone.
            e = initial
            e.traps = true
            #expect(throws: GuestException.FPE) { try run(opcode, &e) }
            #expect(e.floats == initial.floats && e.flags == initial.flags)
        }
        #expect(asked == Set(FloatOperation.allCases.map { "\($0)" }))
        #expect(comparisons == 44)
    }

    @Test(arguments: [
        // opcode, f2, f3, f1 afterwards
        (Opcode.fmov_d, 0x7FF4_0000_0000_0001, 0, 0x7FF4_0000_0000_0001), (.fmov_s, 0x1111_1111_7FA0_0001, 0, 0x1111_1111_7FA0_0001),
        (.fabs_s, 0x9999_9999_FFA0_0001, 0, 0x7FA0_0001), (.fabs_d, 0xFFF4_0000_0000_0001, 0, 0x7FF4_0000_0000_0001),
        (.fneg_s, 0x9999_9999_FFA0_0001, 0, 0x7FA0_0001), (.fneg_s, 0x9999_9999_0000_0000, 0, 0x8000_0000), (.fneg_d, 0, 0, 0x8000_0000_0000_0000),
        (.fcopysign_s, 0x9999_9999_BF80_0000, 0x8000_0000_0000_0000, 0x3F80_0000), (.fcopysign_s, 0x3F80_0000, 0x8000_0001, 0xBF80_0000),
        (.fcopysign_d, 0x7FF0_0000_0000_0001, 0x8000_0000_0000_0000, 0xFFF0_0000_0000_0001),
        (.fclass_s, 0x7FF8_0000_FF80_0000, 0, 4), (.fclass_d, 0x7FF8_0000_FF80_0000, 0, 2), (.fclass_s, 1, 0, 0x100), (.fclass_d, 0x8000_0000_0000_0000, 0, 0x20),
        (.fclass_s, 0x7FA0_0000, 0, 1), (.fclass_d, 0x3FF0_0000_0000_0000, 0, 0x80), (.fclass_s, 0, 0, 0x200), (.fclass_s, 0x7F80_0000, 0, 0x40),
        (.fclass_s, 0xBF80_0000, 0, 8), (.fclass_s, 0x8000_0001, 0, 0x10),
    ] as [(Opcode, UInt64, UInt64, UInt64)])
    func bitOperations(opcode: Opcode, f2: UInt64, f3: UInt64, result: UInt64) throws {
        var e = RecordingEmitter()
        (e.floats[2], e.floats[3]) = (f2, f3)
        try run(opcode, &e)
        #expect(e.floats[1] == result)
        #expect(e.operation == nil)
    }

    @Test func moves() throws {
        func after(_ opcode: Opcode, rd: UInt8 = 1, rj: UInt8 = 2, immediate: Int32 = 0, _ prepare: (inout RecordingEmitter) -> Void) throws -> RecordingEmitter {
            var e = RecordingEmitter()
            prepare(&e)
            try run(opcode, &e, immediate: immediate, rd: rd, rj: rj)
            return e
        }
        let pattern: UInt64 = 0x8765_4321_89AB_CDEF
        #expect(try after(.movgr2fr_w) { $0.general[2] = pattern }.floats[1] == 0x89AB_CDEF)
        #expect(try after(.movgr2fr_d) { $0.general[2] = pattern }.floats[1] == pattern)
        #expect(try after(.movgr2frh_w) { ($0.general[2], $0.floats[1]) = (pattern, 0x1111_1111_2222_2222) }.floats[1] == 0x89AB_CDEF_2222_2222)
        #expect(try after(.movfr2gr_s) { $0.floats[2] = pattern }.general[1] == 0xFFFF_FFFF_89AB_CDEF)
        #expect(try after(.movfr2gr_d) { $0.floats[2] = pattern }.general[1] == pattern)
        #expect(try after(.movfrh2gr_s) { $0.floats[2] = pattern }.general[1] == 0xFFFF_FFFF_8765_4321)
        #expect(try after(.movcf2fr, rj: 6) { $0.flags[6] = true }.floats[1] == 1)
        #expect(try after(.movcf2gr, rj: 6) { ($0.flags[6], $0.general[1]) = (true, pattern) }.general[1] == 1)
        #expect(try after(.movfr2cf, rd: 7) { $0.floats[2] = 0xFE }.flags[7] == false)
        #expect(try after(.movgr2cf, rd: 7) { $0.general[2] = 0xFF }.flags[7] == true)
        #expect(try after(.movgr2fcsr, rd: 3) { $0.general[2] = pattern }.fcsr == [0, 0, 0, pattern])
        #expect(try after(.movfcsr2gr, rj: 2) { $0.fcsr[2] = 0x1F1F_0000 }.general[1] == 0x1F1F_0000)
        #expect(throws: GuestException.INE) { try after(.movgr2fcsr, rd: 4) { _ in } }
        #expect(throws: GuestException.INE) { try after(.movfcsr2gr, rj: 31) { _ in } }
        // The condition flag of fsel is ra, 4.
        #expect(try after(.fsel) { ($0.floats[2], $0.floats[3], $0.flags[4]) = (1, 2, false) }.floats[1] == 1)
        #expect(try after(.fsel) { ($0.floats[2], $0.floats[3], $0.flags[4]) = (1, 2, true) }.floats[1] == 2)
        for flag in [false, true] {
            #expect(try after(.bceqz, rj: 7, immediate: -8) { $0.flags[7] = flag }.branched == (flag ? nil : -8))
            // The two bits above cj belong to the opcode.
            #expect(try after(.bcnez, rj: 8 + 7, immediate: 16) { $0.flags[7] = flag }.branched == (flag ? 16 : nil))
        }
    }

    @Test func memory() throws {
        var e = RecordingEmitter()
        for i in 0..<64 { e.memory[i] = UInt8(0x80 + i) }
        let filled = e
        for (single, double, immediate, rk) in [(Opcode.fld_s, Opcode.fld_d, Int32(-3), UInt64(0)), (.fldx_s, .fldx_d, 0, UInt64(bitPattern: -3))] {
            (e.general[2], e.general[3]) = (0x1008, rk)
            try run(single, &e, immediate: immediate)
            #expect(e.floats[1] == 0x8887_8685)
            try run(double, &e, immediate: immediate)
            #expect(e.floats[1] == 0x8C8B_8A89_8887_8685)
            e.general[2] = 0x1042
            #expect(throws: GuestException.PIL) { try run(single, &e, immediate: immediate) }
            #expect(e.floats[1] == 0x8C8B_8A89_8887_8685)
        }
        for (single, double, immediate, rk) in [(Opcode.fst_s, Opcode.fst_d, Int32(-3), UInt64(0)), (.fstx_s, .fstx_d, 0, UInt64(bitPattern: -3))] {
            e = filled
            (e.general[2], e.general[3], e.floats[1]) = (0x1008, rk, 0x0706_0504_0302_0100)
            try run(single, &e, immediate: immediate)
            #expect(e.memory[4..<11] == [0x84, 0, 1, 2, 3, 0x89, 0x8A])
            try run(double, &e, immediate: immediate)
            #expect(e.memory[4..<15] == [0x84, 0, 1, 2, 3, 4, 5, 6, 7, 0x8D, 0x8E])
        }
    }

    /// The address is rj alone; ALE comes before BCE, and both before a fault; the comparison is signed.
    @Test func boundChecks() throws {
        for (opcode, size, greater, store): (Opcode, UInt64, Bool, Bool) in [
            (.fldgt_s, 4, true, false), (.fldle_s, 4, false, false), (.fstgt_s, 4, true, true), (.fstle_s, 4, false, true),
            (.fldgt_d, 8, true, false), (.fldle_d, 8, false, false), (.fstgt_d, 8, true, true), (.fstle_d, 8, false, true),
        ] {
            for (address, bound): (UInt64, UInt64) in [
                (0x1008, 0x1008), (0x1008, 0x1007), (0x1008, 0x1009), (0x1008, .max), (0x100A, 0x1008), (0x100A, 0x2000), (0x2000, 0x1000), (0x2000, 0x3000), (0x100C, 0),
            ] {
                var e = RecordingEmitter()
                e.memory[8...15] = [1, 2, 3, 4, 5, 6, 7, 8]
                (e.general[2], e.general[3], e.floats[1]) = (address, bound, 0xAABB_CCDD_EEFF_0011)
                var thrown: GuestException?
                do { try run(opcode, &e) } catch { thrown = error }
                let passes = (Int64(bitPattern: address) > Int64(bitPattern: bound)) == greater
                let expected: GuestException? = address % size != 0 ? .ALE : !passes ? .BCE : address == 0x2000 ? .PIL : nil
                #expect(thrown == expected, "\(opcode) \(address) \(bound)")
                guard thrown == nil, address == 0x1008 else { continue }
                if store {
                    #expect(e.memory[8] == 0x11 && e.memory[11] == 0xEE && e.memory[12] == (size == 8 ? 0xDD : 5))
                } else {
                    #expect(e.floats[1] == (size == 8 ? 0x0807_0605_0403_0201 : 0x0403_0201))
                }
            }
        }
    }

    /// Rows that nobody implements fall through to the end of the chain.
    @Test func otherRowsAreLeftAlone() {
        var e = RecordingEmitter()
        #expect(throws: GuestException.unimplemented) { try run(.xvadd_b, &e) }
    }
}
