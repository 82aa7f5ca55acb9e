// libFuzzer entry for decoder, encoder, disassembler and assembler; compiled by run.sh into one module with Sources/LoongArch.

/// Stops the fuzzer with `message` when `condition` does not hold, also in optimized code.
@inline(__always)
private func check(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError(message()) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDecoder(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: data, count: size)
    var words: [UInt32] = []
    for at in stride(from: 0, to: min(size, 256) & ~3, by: 4) {
        words.append(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
    }
    checkWords(words)
    // The same bytes as source text: it has errors or it makes words, which must round trip as well.
    do throws(AssemblerError) {
        let assembly = try Assembler.assemble(String(decoding: bytes, as: UTF8.self), at: 0x1_2000_0000)
        if assembly.bytes.count <= 1 << 16 { checkWords(Array(assembly.words.prefix(64))) }
    } catch {
        check(error.line >= 1 && !error.message.isEmpty, "an error without place or words")
    }
    return 0
}

private func checkWords(_ words: [UInt32]) {
    for word in words {
        guard let instruction = Decoder.decode(word) else { continue }
        let form = instruction.opcode.form
        check(word & form.mask == form.bits && instruction.word == word, "\(hex(word)) is decoded as \(form.mnemonic)")
        check(form.opcode == instruction.opcode, "\(form.mnemonic) has another opcode")
        check(
            instruction.rd == word & 31 && instruction.rj == word >> 5 & 31 && instruction.rk == word >> 10 & 31 && instruction.ra == word >> 15 & 31,
            "registers of \(hex(word))")
        let values = form.operands.map { $0.value(in: word) }
        var immediates: [Int64] = []
        for (operand, value) in zip(form.operands, values) where operand.kind.isImmediate { immediates.append(value) }
        check(
            Int64(instruction.immediate) == immediates.first ?? 0 && Int64(instruction.immediate2) == (immediates.count > 1 ? immediates[1] : 0),
            "immediates of \(hex(word))")
        do throws(EncodingError) {
            let again = try Encoder.encode(instruction.opcode, values)
            check(again == word, "\(hex(word)) is encoded again as \(hex(again))")
        } catch {
            fatalError("\(hex(word)) is not encoded again: \(error)")
        }
    }
    let lines = words.map { Disassembler.text(word: $0) }
    roundTrip(words, lines)
    // With the targets in comments.
    let commented = words.enumerated().map { ($0.element, Disassembler.text(word: $0.element, at: 0xffff_ffff_ffff_fff0), lines[$0.offset]) }
    let branches = commented.filter { $0.1 != $0.2 }
    roundTrip(branches.map(\.0), branches.map(\.1))
    check(Disassembler.listing(words: words, at: 0xffff_ffff_ffff_fff0).count == words.count, "the listing's lines")
}

private func roundTrip(_ words: [UInt32], _ lines: [String]) {
    do throws(AssemblerError) {
        let again = try Assembler.assemble(lines.joined(separator: "\n"), at: 0).words
        check(again == words, "\(words.map(hex)) are assembled again as \(again.map(hex)): \(lines)")
    } catch {
        fatalError("\(error): \(lines)")
    }
}

private func hex(_ word: UInt32) -> String { String(word, radix: 16) }
