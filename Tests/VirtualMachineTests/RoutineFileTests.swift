import ChildProcess
import Foundation
import LoongArch
import Testing
import VirtualMachine

/// World switch routines from ELF files.
@Suite struct RoutineFileTests {
    static let hasClang = ProcessInfo.processInfo.environment["CI"] == "true" || FileManager.default.isExecutableFile(atPath: "/usr/bin/clang-19")

    /// Where the first byte of a routine and that of the copied vector lie.
    private let routines = VCPU.routinesAddress
    private let vector = VCPU.vectorAddress

    /// A complete set of routines with little in them.
    private static let frame = """
            .text
            .globl kvm_enter_guest, kvm_enter_guest_end, kvm_vector_entry, kvm_vector_entry_end
            .p2align 12
        kvm_enter_guest:
            nop
            b kvm_vector_entry
        kvm_enter_guest_end:

        """

    private func run(_ tool: String, _ arguments: [String]) throws {
        #expect(try ChildProcess.run(tool, arguments) == 0, "\(tool) \(arguments)")
    }

    /// Assembles, and links when `link` has arguments for the linker.
    private func file(_ source: String, isRelaxed: Bool = false, link: [String]? = nil) throws -> [UInt8] {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("longma-routine-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        func path(_ name: String) -> String { directory.appendingPathComponent(name).path }
        try source.write(toFile: path("source.s"), atomically: true, encoding: .utf8)
        if isRelaxed {
            try run("llvm-mc-19", ["-triple=loongarch64-linux-gnu", "-mattr=+relax", "-filetype=obj", "-o", path("object"), path("source.s")])
        } else {
            try run("clang-19", ["--target=loongarch64-linux-gnu", "-c", "-o", path("object"), path("source.s")])
        }
        if let link { try run("ld.lld-19", link + ["-o", path("linked"), path("object")]) }
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(link == nil ? "object" : "linked"))))
    }

    private func instruction(_ bytes: [UInt8], _ offset: Int) throws -> Instruction {
        try #require(Decoder.decode(bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }))
    }

    /// What a refused file is told.
    private func refusal(_ bytes: [UInt8]) -> String {
        do {
            _ = try RoutineFile.load(bytes)
            return ""
        } catch { return error.description }
    }

    private static let crossing = frame + """
            .p2align 12
        kvm_vector_entry:
            bl outside
            beq $a0, $a1, kvm_enter_guest
            bnez $a0, kvm_enter_guest
            pcalau12i $t0, %pc_hi20(value)
            ld.d $t0, $t0, %pc_lo12(value)
            b 1f
        1:  pcaddi $t1, %pcrel_20(outside)
        kvm_vector_entry_end:
        outside:
            ret
            .data
            .p2align 3
            nop
            nop
        value:
            .dword value
        """

    /// What leaves the vector has to reach the same place from its copy.
    @Test(.enabled(if: hasClang, "skipped: needs clang-19"), arguments: ["plain", "relaxed", "linked"])
    func vectorReachesOutside(form: String) throws {
        let isLinked = form == "linked"
        let bytes = try file(
            Self.crossing, isRelaxed: form == "relaxed", link: isLinked ? ["-e", "kvm_enter_guest", "-Ttext=0x400000", "-Tdata=0x404000"] : nil)
        let set = try RoutineFile.load(bytes)
        let copy = set.vectorBytes
        let outside = routines + UInt64(try #require(set.symbols["outside"]))
        let entry = routines + UInt64(try #require(set.symbols["kvm_enter_guest"]))
        let value = try #require(set.symbols["value"])
        func target(_ offset: Int) throws -> UInt64 { vector &+ UInt64(offset) &+ UInt64(bitPattern: Int64(try instruction(copy, offset).immediate)) }
        #expect(try target(0) == outside)
        #expect(try target(4) == entry)
        #expect(try target(8) == entry)
        let (page, low) = (try instruction(copy, 12), try instruction(copy, 16))
        #expect(page.opcode == .pcalau12i && low.opcode == .ld_d)
        let base = (vector + 12) & ~0xFFF
        #expect(base &+ UInt64(bitPattern: Int64(page.immediate) << 12) &+ UInt64(bitPattern: Int64(low.immediate)) == routines + UInt64(value))
        #expect(try instruction(copy, 20).immediate == 4)
        #expect(vector &+ 24 &+ UInt64(bitPattern: Int64(try instruction(copy, 24).immediate) << 2) == outside)
        // In the original the same instructions reach there from where they are.
        let start = try #require(set.symbols["kvm_vector_entry"])
        #expect(routines + UInt64(start) &+ UInt64(bitPattern: Int64(try instruction(set.bytes, start).immediate)) == outside)
        // A linked file has its own addresses in data: only position-independent code can be moved.
        if !isLinked {
            #expect(set.bytes[value..<value + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) } == routines + UInt64(value))
        }
    }

    @Test(.enabled(if: hasClang, "skipped: needs clang-19"))
    func sizesAndSharedObjects() throws {
        let source = Self.frame + "kvm_vector_entry:\n nop\n nop\n ertn\nkvm_vector_entry_end:\n .section .rodata\n .dword kvm_vector_entry_end - kvm_vector_entry\n"
        for link in [nil, ["-shared", "-Bsymbolic"], ["-e", "0", "-Ttext=0x12340000"]] {
            let set = try RoutineFile.load(try file(source, link: link))
            #expect(set.vectorSize == 12 && set.enterGuestSize == 8)
            #expect(set.vectorBytes.suffix(4) == [0x00, 0x38, 0x48, 0x06])
        }
    }

    @Test(.enabled(if: hasClang, "skipped: needs clang-19"))
    func refusalsSayWhy() throws {
        #expect(refusal(try file(Self.frame + "kvm_vector_entry: nop\n")).contains("lacks the symbol kvm_vector_entry_end"))
        #expect(refusal(try file(".globl kvm_enter_guest\nkvm_enter_guest: nop\n")).contains("lacks the symbol kvm_enter_guest_end"))
        #expect(refusal(try file(Self.frame + "kvm_vector_entry: bl nobody\nkvm_vector_entry_end:\n")).contains("refers to nobody"))
        #expect(refusal(try file(Self.frame + "kvm_vector_entry: nop\nkvm_vector_entry_end:\n .space 300000\n")).contains("too large"))
        #expect(refusal(try file(Self.frame + "kvm_vector_entry: nop\n .space 20000\nkvm_vector_entry_end:\n")).contains("kvm_vector_entry_end"))
        // A copy of a vector that is not aligned has other distances to the pages.
        #expect(refusal(try file(Self.frame + "kvm_vector_entry: pcalau12i $t0, 0\nkvm_vector_entry_end:\n")).contains("align it to 4096"))
    }

    @Test func otherFilesAreRefused() throws {
        #expect(refusal([]).contains("no ELF file"))
        #expect(refusal([0x7F, 0x45, 0x4C, 0x46]).contains("64-bit"))
        #expect(refusal([UInt8](try Data(contentsOf: URL(fileURLWithPath: "/proc/self/exe"), options: .alwaysMapped).prefix(4096))).contains("not LoongArch"))
    }

    /// A damaged file is refused or loaded; it never ends the process.
    @Test(.enabled(if: hasClang, "skipped: needs clang-19"))
    func damagedFiles() throws {
        for link in [nil, ["-e", "kvm_enter_guest"], ["-shared", "-Bsymbolic"]] {
            let whole = try file(Self.frame + "kvm_vector_entry: bl outside\nkvm_vector_entry_end:\noutside: la.pcrel $a0, outside\n", link: link)
            for length in stride(from: 0, to: whole.count, by: 7) { _ = refusal(Array(whole.prefix(length))) }
            var state: UInt64 = 1
            func random(_ limit: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(state >> 33) % limit
            }
            for _ in 0..<3000 {
                var bytes = whole
                for _ in 0...random(6) { bytes[4 + random(bytes.count - 4)] = UInt8(random(256)) }
                _ = refusal(bytes)
            }
        }
    }
}
