import CHost
import Glibc
import LinuxProcess
import Testing

/// Structures whose layout the guest's ABI fixes.
@Suite struct LayoutTests {
    @Test func theInitialStack() {
        let top: UInt64 = 0x3fff_ffff_0000
        let stack = InitialStack(
            top: top, arguments: ["prog", "a b"], environment: ["X=1"], auxiliary: [(.pageSize, 4096), (.entry, 0x1234)],
            random: [UInt8](1...16), executable: "/bin/prog")
        #expect(stack.pointer % 16 == 0 && stack.pointer + UInt64(stack.bytes.count) == top)
        func word(_ index: Int) -> UInt64 { stack.bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self) } }
        func text(_ address: UInt64) -> String { String(decoding: stack.bytes[Int(address - stack.pointer)...].prefix { $0 != 0 }, as: UTF8.self) }
        #expect(word(0) == 2 && text(word(1)) == "prog" && text(word(2)) == "a b" && word(3) == 0 && text(word(4)) == "X=1" && word(5) == 0)
        var vector: [UInt64: UInt64] = [:]
        var index = 6
        while word(index) != 0 {
            vector[word(index)] = word(index + 1)
            index += 2
        }
        #expect(vector[6] == 4096 && vector[9] == 0x1234)
        #expect(text(vector[15]!) == "loongarch64" && text(vector[31]!) == "/bin/prog")
        let random = Int(vector[25]! - stack.pointer)
        #expect(Array(stack.bytes[random..<(random + 16)]) == [UInt8](1...16))
        #expect(text(stack.argumentStrings.lowerBound) == "prog")
    }

    @Test func theSignalFrame() throws {
        var contents = SignalFrame.Contents()
        contents.pc = 0x1111
        for index in 1..<32 { contents.gpr[index] = UInt64(index) << 32 }
        for index in 0..<32 { contents.fpr[index] = UInt64(index) &* 0x0101_0101_0101 }
        contents.upper = (0..<32).map { UInt64($0) &* 0x0303_0303_0303 }
        contents.fcc = 0x0100_0001_0000_0101
        contents.fcsr = 0x1f00_0010
        contents.mask = 0xabcd
        contents.flags = SignalFrame.addressErrorWrite
        contents.stack = AlternateStack(pointer: 0x5000, flags: 0, size: 8192)
        var info = LongmaSignalInfo()
        info.signal = 11
        info.fields.0 = 0x7777
        let bytes = SignalFrame.encode(contents, info: info)
        func load<T: BitwiseCopyable>(_ offset: Int, _ type: T.Type) -> T { bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) } }
        // Offsets of the kernel's structures.
        #expect(load(0, Int32.self) == 11 && load(16, UInt64.self) == 0x7777)
        #expect(load(128 + 16, UInt64.self) == 0x5000 && load(128 + 40, UInt64.self) == 0xabcd)
        #expect(load(128 + 176, UInt64.self) == 0x1111 && load(128 + 176 + 8 + 8 * 3, UInt64.self) == 3 << 32)
        #expect(load(128 + 176 + 264, UInt32.self) == SignalFrame.addressErrorWrite | 1)
        #expect(load(576, UInt32.self) == 0x4650_5501 && load(580, UInt32.self) == 288)
        #expect(load(576 + 288, UInt32.self) == 0x5358_0001 && load(576 + 292, UInt32.self) == 544)
        #expect(load(576 + 288 + 544, UInt32.self) == 0 && load(576 + 292 + 544, UInt32.self) == 0)
        var expected = contents
        expected.flags |= 1
        #expect(SignalFrame.decode(bytes) == expected)
    }

    @Test func aDamagedSignalFrameIsRefused() {
        let seed = UInt64.random(in: 1 ... .max)
        var random = Generator(state: seed)
        let good = SignalFrame.encode(SignalFrame.Contents(), info: LongmaSignalInfo())
        #expect(SignalFrame.decode(Array(good.dropLast())) == nil)
        var unknown = good
        unknown[576] = 0x77
        #expect(SignalFrame.decode(unknown) == nil)
        for _ in 0..<10_000 {
            var bytes = good
            for _ in 0..<8 { bytes[Int.random(in: 560..<600, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            _ = SignalFrame.decode(bytes)  // must not trap
        }
    }

    @Test func theAlternateStack() {
        let stack = AlternateStack(pointer: 0x1000, flags: 0, size: 0x1000)
        #expect(!stack.contains(0x1000) && stack.contains(0x1001) && stack.contains(0x2000) && !stack.contains(0x2001))
        #expect(AlternateStack().shown(at: 0x1000).flags == AlternateStack.disabled)
        #expect(stack.shown(at: 0x1800).flags == AlternateStack.onStack)
    }

    @Test func structStat() {
        var status = stat()
        status.st_dev = 1
        status.st_ino = 2
        status.st_mode = 3
        status.st_nlink = 4
        status.st_uid = 5
        status.st_gid = 6
        status.st_rdev = 7
        status.st_size = 8
        status.st_blksize = 9
        status.st_blocks = 10
        status.st_mtim.tv_sec = 11
        let bytes = GuestStatus.encode(status)
        func load<T: BitwiseCopyable>(_ offset: Int, _ type: T.Type) -> T { bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) } }
        #expect(bytes.count == 128 && load(0, UInt64.self) == 1 && load(8, UInt64.self) == 2 && load(16, UInt32.self) == 3 && load(20, UInt32.self) == 4)
        #expect(load(24, UInt32.self) == 5 && load(28, UInt32.self) == 6 && load(32, UInt64.self) == 7 && load(48, Int64.self) == 8)
        #expect(load(56, Int32.self) == 9 && load(64, Int64.self) == 10 && load(88, Int64.self) == 11)
    }

    @Test func structEpollEvent() {
        let guest: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0, 11, 12, 13, 14, 15, 16, 17, 18]
        let host = EpollEvent.toHost(guest)
        #expect(host == [1, 0, 0, 0, 11, 12, 13, 14, 15, 16, 17, 18])
        #expect((host + host).withUnsafeBytes { EpollEvent.toGuest($0) } == guest + guest)
    }
}
