import CHost
import LoongArch
import Semantics

/// Pairs of adjacent instructions that share a handler: it executes the first and the second and goes on behind both, one dispatch for two.
///
/// The records stay as they are, each with its instruction and its own handler; only the first one's handler is another. So the second instruction has its pc
/// for exceptions, and whoever reads a block's instructions sees no difference.
///
/// To add a pair: a line in `pairs0` or `pairs1`, with `passing`, or where the second instruction ends the block `deciding` or `closing`, as its own handler
/// in `Handlers` does. The first must not end a block. Which pairs pay is a matter of counting: these are the frequent ones of the built-in guests.
extension Handlers {
    /// An opcode, or one of the shapes of an instruction that are so frequent that they have handlers of their own.
    struct Form: Equatable {
        let number: Int

        init(_ opcode: Opcode) { number = Int(opcode.rawValue) }
        private init(shape: Int) { number = Opcode.allCases.count + shape }

        /// `or rd, rj, zero` and `bstrpick.d rd, rj, 31, 0`.
        static let move = Form(shape: 0)
        static let word = Form(shape: 1)
        static let count = Opcode.allCases.count + 2

        /// The opcode whose instructions have this form, some or all.
        var opcode: Opcode {
            switch self {
            case .move: .or
            case .word: .bstrpick_d
            default: Opcode(rawValue: UInt16(number))!
            }
        }

        /// The form of an instruction.
        init(_ instruction: Instruction) {
            switch instruction.opcode {
            case .or where instruction.rk == 0: self = .move
            case .bstrpick_d where instruction.immediate == 31 && instruction.immediate2 == 0: self = .word
            case .ldptr_w: self.init(.ld_w)
            case .ldptr_d: self.init(.ld_d)
            case .stptr_w: self.init(.st_w)
            case .stptr_d: self.init(.st_d)
            default: self.init(instruction.opcode)
            }
        }

        @inline(__always)
        static func move(_ i: Instruction, _ e: inout InterpreterEmitter<FlatAccess>) { e.setGPR(i.rd, e.gpr(i.rj)) }

        @inline(__always)
        static func word(_ i: Instruction, _ e: inout InterpreterEmitter<FlatAccess>) {
            var i = i
            (i.immediate, i.immediate2) = (31, 0)
            Semantics.bstrpick_d(i, &e)
        }
    }

    /// Gives the `count` records of a block's instructions the handlers of pairs and shapes, from left to right.
    static func fuse(_ records: UnsafeMutablePointer<Record>, _ count: Int) {
        var index = 0
        while index < count {
            let form = Form(records[index].instruction)
            if index + 1 < count, let handler = pairs[form, Form(records[index + 1].instruction)] {
                records[index].code = unsafeBitCast(handler, to: UnsafeRawPointer.self)
                index += 2
            } else {
                if form == .move { records[index].code = unsafeBitCast(move, to: UnsafeRawPointer.self) }
                if form == .word { records[index].code = unsafeBitCast(word, to: UnsafeRawPointer.self) }
                index += 1
            }
        }
    }

    private static let move = direct { cpu, record in passing(cpu, record) { i, e in Form.move(i, &e) } }
    private static let word = direct { cpu, record in passing(cpu, record) { i, e in Form.word(i, &e) } }

    /// The handlers of pairs: a matrix over the forms that occur in one, found by a byte per form.
    struct PairTable {
        private let places: [UInt8]
        private let handlers: [Handler?]
        /// The pairs, in the order of their lines.
        let all: [(Form, Form)]
        private static let width = 128

        init(_ fill: ((Form, Form, Handler) -> Void) -> Void) {
            var places = [UInt8](repeating: 0, count: Form.count)
            var handlers = [Handler?](repeating: nil, count: Self.width * Self.width)
            var all: [(Form, Form)] = []
            var used = 1
            fill { first, second, handler in
                for form in [first, second] where places[form.number] == 0 {
                    places[form.number] = UInt8(used)
                    used += 1
                }
                handlers[Int(places[first.number]) * Self.width + Int(places[second.number])] = direct(handler)
                all.append((first, second))
            }
            (self.places, self.handlers, self.all) = (places, handlers, all)
        }

        /// The handler of `first` with `second` behind it, if they have one.
        subscript(first: Form, second: Form) -> Handler? { handlers[Int(places[first.number]) * Self.width + Int(places[second.number])] }
    }

    static let pairs = PairTable { set in
        pairs0(set)
        pairs1(set)
    }

    private static func pairs0(_ set: (Form, Form, Handler) -> Void) {
        set(.move, .move) { passing($0, $1, Form.move, Form.move) }
        set(.move, Form(.addi_w)) { passing($0, $1, Form.move, Semantics.addi_w) }
        set(.move, Form(.blt)) { deciding($0, $1, Form.move, Semantics.blt) }
        set(.move, Form(.bltu)) { deciding($0, $1, Form.move, Semantics.bltu) }
        set(.move, Form(.bne)) { deciding($0, $1, Form.move, Semantics.bne) }
        set(.move, Form(.jirl)) { closing($0, $1, Form.move, Semantics.jirl) }
        set(.move, Form(.ld_d)) { passing($0, $1, Form.move, Semantics.ld_d) }
        set(.word, Form(.ld_w)) { passing($0, $1, Form.word, Semantics.ld_w) }
        set(.word, Form(.mul_d)) { passing($0, $1, Form.word, Semantics.mul_d) }
        set(.word, Form(.slli_d)) { passing($0, $1, Form.word, Semantics.slli_d) }
        set(Form(.add_d), .move) { passing($0, $1, Semantics.add_d, Form.move) }
        set(Form(.add_d), Form(.add_d)) { passing($0, $1, Semantics.add_d, Semantics.add_d) }
        set(Form(.add_d), Form(.addi_d)) { passing($0, $1, Semantics.add_d, Semantics.addi_d) }
        set(Form(.add_d), Form(.ld_wu)) { passing($0, $1, Semantics.add_d, Semantics.ld_wu) }
        set(Form(.add_d), Form(.stx_b)) { passing($0, $1, Semantics.add_d, Semantics.stx_b) }
        set(Form(.add_w), Form(.add_w)) { passing($0, $1, Semantics.add_w, Semantics.add_w) }
        set(Form(.add_w), Form(.addi_w)) { passing($0, $1, Semantics.add_w, Semantics.addi_w) }
        set(Form(.add_w), Form(.b)) { deciding($0, $1, Semantics.add_w, Semantics.b) }
        set(Form(.addi_d), .move) { passing($0, $1, Semantics.addi_d, Form.move) }
        set(Form(.addi_d), Form(.add_d)) { passing($0, $1, Semantics.addi_d, Semantics.add_d) }
        set(Form(.addi_d), Form(.addi_d)) { passing($0, $1, Semantics.addi_d, Semantics.addi_d) }
        set(Form(.addi_d), Form(.bne)) { deciding($0, $1, Semantics.addi_d, Semantics.bne) }
        set(Form(.addi_d), Form(.bnez)) { deciding($0, $1, Semantics.addi_d, Semantics.bnez) }
        set(Form(.addi_d), Form(.st_d)) { passing($0, $1, Semantics.addi_d, Semantics.st_d) }
        set(Form(.addi_d), Form(.stx_b)) { passing($0, $1, Semantics.addi_d, Semantics.stx_b) }
        set(Form(.addi_w), Form(.add_d)) { passing($0, $1, Semantics.addi_w, Semantics.add_d) }
        set(Form(.addi_w), Form(.addi_w)) { passing($0, $1, Semantics.addi_w, Semantics.addi_w) }
        set(Form(.addi_w), Form(.beqz)) { deciding($0, $1, Semantics.addi_w, Semantics.beqz) }
        set(Form(.addi_w), Form(.bltu)) { deciding($0, $1, Semantics.addi_w, Semantics.bltu) }
        set(Form(.addi_w), Form(.bne)) { deciding($0, $1, Semantics.addi_w, Semantics.bne) }
        set(Form(.addi_w), Form(.bnez)) { deciding($0, $1, Semantics.addi_w, Semantics.bnez) }
        set(Form(.alsl_d), Form(.beqz)) { deciding($0, $1, Semantics.alsl_d, Semantics.beqz) }
        set(Form(.and), Form(.and)) { passing($0, $1, Semantics.and, Semantics.and) }
        set(Form(.and), Form(.andn)) { passing($0, $1, Semantics.and, Semantics.andn) }
        set(Form(.andi), Form(.beqz)) { deciding($0, $1, Semantics.andi, Semantics.beqz) }
        set(Form(.andi), Form(.bnez)) { deciding($0, $1, Semantics.andi, Semantics.bnez) }
        set(Form(.andi), Form(.srli_d)) { passing($0, $1, Semantics.andi, Semantics.srli_d) }
        set(Form(.bstrpick_d), Form(.bstrpick_d)) { passing($0, $1, Semantics.bstrpick_d, Semantics.bstrpick_d) }
        set(Form(.bstrpick_d), Form(.slli_d)) { passing($0, $1, Semantics.bstrpick_d, Semantics.slli_d) }
        set(Form(.bstrpick_d), Form(.sltui)) { passing($0, $1, Semantics.bstrpick_d, Semantics.sltui) }
        set(Form(.bstrpick_d), Form(.srai_d)) { passing($0, $1, Semantics.bstrpick_d, Semantics.srai_d) }
        set(Form(.fld_d), Form(.fld_d)) { passing($0, $1, Semantics.fld_d, Semantics.fld_d) }
        set(Form(.ld_bu), Form(.addi_d)) { passing($0, $1, Semantics.ld_bu, Semantics.addi_d) }
        set(Form(.ld_bu), Form(.beqz)) { deciding($0, $1, Semantics.ld_bu, Semantics.beqz) }
        set(Form(.ld_bu), Form(.bne)) { deciding($0, $1, Semantics.ld_bu, Semantics.bne) }
        set(Form(.ld_bu), Form(.bnez)) { deciding($0, $1, Semantics.ld_bu, Semantics.bnez) }
        set(Form(.ld_bu), Form(.ld_bu)) { passing($0, $1, Semantics.ld_bu, Semantics.ld_bu) }
        set(Form(.ld_d), .move) { passing($0, $1, Semantics.ld_d, Form.move) }
        set(Form(.ld_d), Form(.addi_d)) { passing($0, $1, Semantics.ld_d, Semantics.addi_d) }
        set(Form(.ld_d), Form(.addi_w)) { passing($0, $1, Semantics.ld_d, Semantics.addi_w) }
        set(Form(.ld_d), Form(.beqz)) { deciding($0, $1, Semantics.ld_d, Semantics.beqz) }
        set(Form(.ld_d), Form(.bnez)) { deciding($0, $1, Semantics.ld_d, Semantics.bnez) }
        set(Form(.ld_d), Form(.ld_d)) { passing($0, $1, Semantics.ld_d, Semantics.ld_d) }
        set(Form(.ld_d), Form(.st_d)) { passing($0, $1, Semantics.ld_d, Semantics.st_d) }
    }

    private static func pairs1(_ set: (Form, Form, Handler) -> Void) {
        set(Form(.ld_h), Form(.ld_h)) { passing($0, $1, Semantics.ld_h, Semantics.ld_h) }
        set(Form(.ld_hu), Form(.beq)) { deciding($0, $1, Semantics.ld_hu, Semantics.beq) }
        set(Form(.ld_hu), Form(.ld_hu)) { passing($0, $1, Semantics.ld_hu, Semantics.ld_hu) }
        set(Form(.ld_w), Form(.addi_w)) { passing($0, $1, Semantics.ld_w, Semantics.addi_w) }
        set(Form(.ld_w), Form(.beqz)) { deciding($0, $1, Semantics.ld_w, Semantics.beqz) }
        set(Form(.ld_w), Form(.bltu)) { deciding($0, $1, Semantics.ld_w, Semantics.bltu) }
        set(Form(.ld_w), Form(.bnez)) { deciding($0, $1, Semantics.ld_w, Semantics.bnez) }
        set(Form(.ld_w), Form(.ld_w)) { passing($0, $1, Semantics.ld_w, Semantics.ld_w) }
        set(Form(.ldx_d), Form(.bstrpick_d)) { passing($0, $1, Semantics.ldx_d, Semantics.bstrpick_d) }
        set(Form(.ldx_w), Form(.andi)) { passing($0, $1, Semantics.ldx_w, Semantics.andi) }
        set(Form(.ldx_w), Form(.ldx_w)) { passing($0, $1, Semantics.ldx_w, Semantics.ldx_w) }
        set(Form(.ldx_w), Form(.srl_w)) { passing($0, $1, Semantics.ldx_w, Semantics.srl_w) }
        set(Form(.lu12i_w), Form(.ori)) { passing($0, $1, Semantics.lu12i_w, Semantics.ori) }
        set(Form(.maskeqz), Form(.maskeqz)) { passing($0, $1, Semantics.maskeqz, Semantics.maskeqz) }
        set(Form(.maskeqz), Form(.or)) { passing($0, $1, Semantics.maskeqz, Semantics.or) }
        set(Form(.masknez), Form(.maskeqz)) { passing($0, $1, Semantics.masknez, Semantics.maskeqz) }
        set(Form(.mul_d), .word) { passing($0, $1, Semantics.mul_d, Form.word) }
        set(Form(.mul_d), Form(.add_d)) { passing($0, $1, Semantics.mul_d, Semantics.add_d) }
        set(Form(.or), Form(.add_d)) { passing($0, $1, Semantics.or, Semantics.add_d) }
        set(Form(.or), Form(.add_w)) { passing($0, $1, Semantics.or, Semantics.add_w) }
        set(Form(.or), Form(.xor)) { passing($0, $1, Semantics.or, Semantics.xor) }
        set(Form(.pcalau12i), Form(.addi_d)) { passing($0, $1, Semantics.pcalau12i, Semantics.addi_d) }
        set(Form(.pcalau12i), Form(.ld_d)) { passing($0, $1, Semantics.pcalau12i, Semantics.ld_d) }
        set(Form(.rotri_w), Form(.rotri_w)) { passing($0, $1, Semantics.rotri_w, Semantics.rotri_w) }
        set(Form(.rotri_w), Form(.xor)) { passing($0, $1, Semantics.rotri_w, Semantics.xor) }
        set(Form(.slli_d), Form(.add_d)) { passing($0, $1, Semantics.slli_d, Semantics.add_d) }
        set(Form(.slli_d), Form(.addi_d)) { passing($0, $1, Semantics.slli_d, Semantics.addi_d) }
        set(Form(.slli_d), Form(.ldx_d)) { passing($0, $1, Semantics.slli_d, Semantics.ldx_d) }
        set(Form(.slli_d), Form(.ldx_w)) { passing($0, $1, Semantics.slli_d, Semantics.ldx_w) }
        set(Form(.slli_d), Form(.stx_w)) { passing($0, $1, Semantics.slli_d, Semantics.stx_w) }
        set(Form(.slli_d), Form(.xor)) { passing($0, $1, Semantics.slli_d, Semantics.xor) }
        set(Form(.slli_w), Form(.add_w)) { passing($0, $1, Semantics.slli_w, Semantics.add_w) }
        set(Form(.slt), Form(.beqz)) { deciding($0, $1, Semantics.slt, Semantics.beqz) }
        set(Form(.sltu), Form(.sltu)) { passing($0, $1, Semantics.sltu, Semantics.sltu) }
        set(Form(.sltui), Form(.xor)) { passing($0, $1, Semantics.sltui, Semantics.xor) }
        set(Form(.srli_d), Form(.bstrpick_d)) { passing($0, $1, Semantics.srli_d, Semantics.bstrpick_d) }
        set(Form(.srli_d), Form(.xor)) { passing($0, $1, Semantics.srli_d, Semantics.xor) }
        set(Form(.st_b), Form(.addi_d)) { passing($0, $1, Semantics.st_b, Semantics.addi_d) }
        set(Form(.st_b), Form(.stx_b)) { passing($0, $1, Semantics.st_b, Semantics.stx_b) }
        set(Form(.st_d), .move) { passing($0, $1, Semantics.st_d, Form.move) }
        set(Form(.st_d), Form(.addi_d)) { passing($0, $1, Semantics.st_d, Semantics.addi_d) }
        set(Form(.st_d), Form(.st_d)) { passing($0, $1, Semantics.st_d, Semantics.st_d) }
        set(Form(.st_w), .move) { passing($0, $1, Semantics.st_w, Form.move) }
        set(Form(.st_w), Form(.addi_d)) { passing($0, $1, Semantics.st_w, Semantics.addi_d) }
        set(Form(.stx_d), Form(.bltu)) { deciding($0, $1, Semantics.stx_d, Semantics.bltu) }
        set(Form(.sub_d), Form(.beqz)) { deciding($0, $1, Semantics.sub_d, Semantics.beqz) }
        set(Form(.sub_d), Form(.bnez)) { deciding($0, $1, Semantics.sub_d, Semantics.bnez) }
        set(Form(.sub_d), Form(.jirl)) { closing($0, $1, Semantics.sub_d, Semantics.jirl) }
        set(Form(.xor), Form(.add_d)) { passing($0, $1, Semantics.xor, Semantics.add_d) }
        set(Form(.xor), Form(.andi)) { passing($0, $1, Semantics.xor, Semantics.andi) }
        set(Form(.xor), Form(.masknez)) { passing($0, $1, Semantics.xor, Semantics.masknez) }
        set(Form(.xor), Form(.rotri_w)) { passing($0, $1, Semantics.xor, Semantics.rotri_w) }
        set(Form(.xor), Form(.srli_d)) { passing($0, $1, Semantics.xor, Semantics.srli_d) }
        set(Form(.xor), Form(.xor)) { passing($0, $1, Semantics.xor, Semantics.xor) }
    }
}

extension Interpreter {
    /// The opcodes that share a handler when they stand one behind the other, for tests.
    package static var fusedPairs: [(Opcode, Opcode)] { Handlers.pairs.all.map { ($0.opcode, $1.opcode) } }
}
