import CHost
import Execution
import Glibc
import GuestMemory

/// A virtual machine: guest physical memory, devices, and vcpus, in the nouns of Linux's KVM.
public final class VM {
    /// How the machine's vcpus run.
    public struct Configuration {
        public var clock: Core.Clock = .host
        /// The world switch: Longma's own, or the user's.
        public var routines = RoutineSet.builtIn
        public var makeEngine: Core.MakeEngine

        public init(makeEngine: @escaping Core.MakeEngine) { self.makeEngine = makeEngine }
    }

    /// What the host refused, or what was asked for wrongly.
    public struct MachineError: Error, CustomStringConvertible {
        public let description: String
        public init(_ description: String) { self.description = description }
    }

    /// A device in guest physical memory. `store`: the value of a store, nil for a load, whose value is the answer.
    /// Runs in the exit handler of the vcpu that made the access, in the host's floating-point mode; `VCPU.end` makes `run` return behind it.
    public typealias Device = (_ vcpu: VCPU, _ address: UInt64, _ size: Int, _ store: UInt64?) -> UInt64

    /// A device and where it is. A tuple in its place would cost an allocation whenever it is taken out of the array.
    struct MappedDevice {
        let range: Range<UInt64>
        let device: Device
    }

    /// Guest memory, at guest physical addresses.
    public struct Slot {
        public let base: UInt64
        public let size: UInt64
        public let host: UnsafeMutableRawPointer
        public var range: Range<UInt64> { base..<base + size }
    }

    public let configuration: Configuration
    public private(set) var slots: [Slot] = []
    private(set) var devices: [MappedDevice] = []
    /// The vcpus made so far; each keeps its machine alive, not the other way round.
    private var members: [Member] = []
    private struct Member { weak var vcpu: VCPU? }
    /// The vcpus that are in use.
    public var vcpus: [VCPU] { members.compactMap(\.vcpu) }

    public init(_ configuration: Configuration) { self.configuration = configuration }

    deinit { for slot in slots { munmap(slot.host, Int(slot.size)) } }

    /// Adds zeroed memory. Before the first vcpu is made.
    @discardableResult
    public func addMemory(at base: UInt64, size: UInt64) throws -> Slot {
        guard members.isEmpty else { throw MachineError("memory must be added before the first vcpu") }
        guard base & 0x3FFF == 0, size & 0x3FFF == 0, size > 0, base < SecondStageTable.addressLimit, size <= SecondStageTable.addressLimit - base else {
            throw MachineError("guest memory must consist of whole pages of 16384 bytes below 2^44")
        }
        guard !slots.contains(where: { $0.range.overlaps(base..<base + size) }) else { throw MachineError("guest memory overlaps at 0x\(String(base, radix: 16))") }
        guard let memory = mmap(nil, Int(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), memory != MAP_FAILED else {
            throw MachineError("the host has no \(size >> 20) MiB of memory for the guest: \(String(cString: strerror(errno)))")
        }
        // The host's own translation is part of every access. Where it has no large pages the guest runs all the same.
        madvise(memory, Int(size), MADV_HUGEPAGE)
        let slot = Slot(base: base, size: size, host: memory)
        slots.append(slot)
        return slot
    }

    /// Has accesses to guest physical addresses answered by `device` without leaving `VCPU.run`.
    public func addDevice(_ range: Range<UInt64>, _ device: @escaping Device) { devices.append(MappedDevice(range: range, device: device)) }

    /// Makes the next vcpu.
    public func makeVCPU() throws -> VCPU {
        guard members.count < 255 else { throw MachineError("a machine has at most 255 vcpus") }
        // Ids of TLB entries: 0 is root's.
        let vcpu = try VCPU(self, number: members.count, guestID: UInt64(members.count) + 1)
        members.append(Member(vcpu: vcpu))
        return vcpu
    }

    /// Copies bytes into guest memory; false where not all of it is memory.
    public func write(_ bytes: some Collection<UInt8>, at address: UInt64) -> Bool {
        guard let slot = slots.first(where: { $0.range.contains(address) }), UInt64(bytes.count) <= slot.range.upperBound - address else { return bytes.isEmpty }
        UnsafeMutableRawBufferPointer(start: slot.host + Int(address - slot.base), count: bytes.count).copyBytes(from: bytes)
        for vcpu in vcpus { vcpu.core.codeChanged() }
        return true
    }

    /// Copies bytes out of guest memory; nil where not all of it is memory.
    public func read(_ address: UInt64, count: Int) -> [UInt8]? {
        guard let slot = slots.first(where: { $0.range.contains(address) }), UInt64(count) <= slot.range.upperBound - address else { return nil }
        return Array(UnsafeRawBufferPointer(start: slot.host + Int(address - slot.base), count: count))
    }
}
