/// A 16550A serial port with FIFOs. Byte registers at 0...7.
public final class SerialPort {
    /// Takes the bytes that the guest sends, and gives the next byte of input, if there is one.
    private let send: (UInt8) -> Void
    private let receive: () -> UInt8?
    /// Called when the guest looks for input and there is none.
    private let idle: () -> Void
    /// Drives the interrupt line, if it leads anywhere.
    private let drive: (Bool) -> Void
    /// The transmitter became empty, and nobody has been told.
    private var hasTransmitted = false
    private var interruptEnable: UInt8 = 0
    private var fifoControl: UInt8 = 0
    private var lineControl: UInt8 = 0
    private var modemControl: UInt8 = 0
    private var scratch: UInt8 = 0
    private var divisor: (UInt8, UInt8) = (0, 0)
    /// Input that was looked at in advance.
    private var next: UInt8?

    public init(
        send: @escaping (UInt8) -> Void, receive: @escaping () -> UInt8?, idle: @escaping () -> Void, drive: @escaping (_ isActive: Bool) -> Void = { _ in }
    ) {
        self.send = send
        self.receive = receive
        self.idle = idle
        self.drive = drive
    }

    private var wantsReceiveInterrupt: Bool { interruptEnable & 1 != 0 && next != nil }
    private var wantsTransmitInterrupt: Bool { interruptEnable & 2 != 0 && hasTransmitted }

    /// Looks for input and drives the interrupt line; to be called when there may be new input.
    public func update() {
        if interruptEnable & 1 != 0, next == nil { next = receive() }
        drive(wantsReceiveInterrupt || wantsTransmitInterrupt)
    }

    private var selectsDivisor: Bool { lineControl & 0x80 != 0 }
    private var loops: Bool { modemControl & 0x10 != 0 }

    /// Reads register `offset`.
    public func load(_ offset: UInt64) -> UInt8 {
        defer { update() }
        switch offset {
        case 0:
            if selectsDivisor { return divisor.0 }
            defer { next = nil }
            return (next ?? receive()) ?? 0
        case 1: return selectsDivisor ? divisor.1 : interruptEnable
        // The FIFO bits, and the first of the pending interrupts. Reading takes the transmitter's back.
        case 2:
            let fifo: UInt8 = fifoControl & 1 != 0 ? 0xC0 : 0
            if wantsReceiveInterrupt { return fifo | 0x04 }
            defer { hasTransmitted = false }
            return fifo | (wantsTransmitInterrupt ? 0x02 : 0x01)
        case 3: return lineControl
        case 4: return modemControl
        case 5:
            if next == nil { next = receive() }
            if next == nil { idle() }
            return 0x60 | (next == nil ? 0 : 1)
        case 6: return loops ? (modemControl & 1) << 5 | (modemControl & 2) << 3 | (modemControl & 4) << 4 | (modemControl & 8) << 4 : 0xB0
        case 7: return scratch
        default: return 0
        }
    }

    /// Writes register `offset`.
    public func store(_ offset: UInt64, _ value: UInt8) {
        defer { update() }
        switch offset {
        case 0:
            if selectsDivisor { divisor.0 = value } else if loops { next = value } else { send(value) }
            if !selectsDivisor { hasTransmitted = true }
        case 1:
            if selectsDivisor {
                divisor.1 = value
            } else {
                if value & 2 & ~interruptEnable != 0 { hasTransmitted = true }
                interruptEnable = value & 0xF
            }
        case 2: fifoControl = value
        case 3: lineControl = value
        case 4: modemControl = value & 0x1F
        case 7: scratch = value
        default: break
        }
    }

    /// The registers, for a checkpoint; input that was looked at is lost with the terminal.
    public var registers: [UInt8] {
        get { [interruptEnable, fifoControl, lineControl, modemControl, scratch, divisor.0, divisor.1] }
        set {
            guard newValue.count == 7 else { return }
            (interruptEnable, fifoControl, lineControl, modemControl, scratch) = (newValue[0], newValue[1], newValue[2], newValue[3], newValue[4])
            divisor = (newValue[5], newValue[6])
        }
    }
}
