import GCCBackend
import Testing

/// Copies of doubles in the compiler's text.
@Suite struct WholeRegisterMoveTests {
    private func mended(_ text: String) -> String {
        var bytes = Array(text.utf8)
        bytes.withUnsafeMutableBytes { WholeRegisterMoves.mend($0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func movesAreMended() {
        #expect(mended("\tvmovsd\t%xmm1, %xmm1, %xmm0\n\tret\n") == "\tvmovapd\t%xmm1, %xmm0      \n\tret\n")
        #expect(mended("\tvmovsd\t%xmm12, %xmm12, %xmm3") == "\tvmovapd\t%xmm12, %xmm3       ")
    }

    @Test(arguments: [
        "\tvmovsd\t%xmm1, %xmm2, %xmm0\n", "\tvmovsd\t%xmm1, 8(%rdi)\n", "\tvmovsd\t8(%rdi), %xmm1\n", "\tvmovsd %xmm1, %xmm1, %xmm0\n", "\tvmovsd\t%xmm", "", "\n",
    ])
    func nothingElseIs(_ text: String) { #expect(mended(text) == text) }
}
