import GCCBackend
import LoongArch
import Testing
import Translator

/// The stencil library of this host, made once.
enum HostStencils {
    static let content: Result<StencilLibrary.Content, any Error> = Result { try StencilGenerator.generate() }
}

/// Stencils as they are made, and as they are kept in a file.
@Suite struct StencilFileTests {
    @Test func everyScalarInstructionHasOne() throws {
        let content = try HostStencils.content.get()
        var helped: [String] = []
        for form in InstructionTable.forms where [.base, .floatingPoint].contains(form.extension) && form.unit != .lasx {
            if content.table[form.opcode.index * StencilLibrary.variants] == SpecialStencil.helper.rawValue { helped.append(form.mnemonic) }
        }
        // Atomic ones, those that call a function, and what depends on the machine; of `bytepick.d` no stencil could be made yet.
        let expected = ["ll", "sc", "am", "crc", "bitrev", "fclass", "rdtime", "cpucfg", "movfcsr2gr", "bytepick.d"]
        let others = helped.filter { name in !expected.contains { name.hasPrefix($0) } }
        #expect(others.isEmpty, "left to the interpreter: \(others.joined(separator: " "))")
    }

    @Test func aFileGivesBackWhatWasKept() throws {
        let content = try HostStencils.content.get()
        let file = content.file(key: 17)
        let read = try #require(StencilLibrary.Content(file: file, key: 17))
        #expect(read.bytes == content.bytes && read.table == content.table && read.stencils.count == content.stencils.count)
        #expect(read.file(key: 17) == file)
        #expect(StencilLibrary.Content(file: file, key: 18) == nil)
    }

    @Test func damageIsNoticed() throws {
        let file = try HostStencils.content.get().file(key: 17)
        for size in [0, 1, 87, 88, 89, file.count / 2, file.count - 1] { #expect(StencilLibrary.Content(file: Array(file[..<size]), key: 17) == nil) }
        #expect(StencilLibrary.Content(file: file + [0], key: 17) == nil)
        // Every byte of the header, and a spread of the others.
        for at in Array(0..<88) + Array(stride(from: 88, to: file.count, by: 997)) {
            var damaged = file
            damaged[at] ^= UInt8.random(in: 1...255)
            #expect(StencilLibrary.Content(file: damaged, key: 17) == nil, "byte \(at)")
        }
    }

    @Test func registerFieldsAreBitsOfTheNumber() {
        for register in UInt8(0)..<16 {
            // ModRM with the register in reg, then in rm; REX.R and REX.B.
            #expect(RegisterField.bits(3, register) == ((register & 7) << 3))
            #expect(RegisterField.bits(0, register) == register & 7)
            #expect(RegisterField.bits(8 + 2, register) == (register >> 3) << 2)
            #expect(RegisterField.bits(8, register) == register >> 3)
        }
    }
}
