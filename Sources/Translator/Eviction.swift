import CHost
import Synchronization

/// A thread that runs a store's code, for the store to know when it has forgotten what was evicted.
final class CodeUser: @unchecked Sendable {
    let cpu: UnsafeMutablePointer<LongmaCPU>
    /// The store's epoch when the thread last forgot all code but what it has got since.
    let epoch: Atomic<Int>

    init(_ cpu: UnsafeMutablePointer<LongmaCPU>, epoch: Int) {
        self.cpu = cpu
        self.epoch = Atomic(epoch)
    }

    /// Whether the thread can have no code from before `epoch`. One that is outside its engine has been asked to forget, and does so before it runs any.
    func knowsNothingBefore(_ epoch: Int) -> Bool { self.epoch.load(ordering: .sequentiallyConsistent) >= epoch || !longma_is_in_engine(cpu) }
}

/// A region's code, and when it was put there.
struct PlacedRegion {
    let code: UnsafeRawPointer
    /// Of the store; code of an earlier epoch must not be given to anybody.
    let epoch: Int
}

/// The bounds of a store's code: two halves, of which the older is given up as a whole when the newer is full.
///
/// A turn makes all caches forget everything and asks every thread to leave translated code at its next poll and forget it, too. What was given up stays in place
/// until the next turn, which has to wait until the last thread has done so.
extension TranslationStore {
    /// Bytes of regions' code that a Linux process or a machine keeps, if nobody says otherwise.
    public static let usualCodeLimit = 64 << 20
    /// Ticks of 10 ns between two turns: a program whose hot code does not fit goes on by stencils, or interpreted, instead of doing nothing but this.
    static let turnDistance: UInt64 = 1_000_000

    /// Whether every thread has done what the last turn asked of it; with `state` held.
    var isSettled: Bool {
        let epoch = epoch.load(ordering: .sequentiallyConsistent)
        return users.allSatisfy { $0.knowsNothingBefore(epoch) }
    }

    /// Takes part in turns from now on.
    func join(_ cpu: UnsafeMutablePointer<LongmaCPU>) -> CodeUser {
        state.withLock {
            let user = CodeUser(cpu, epoch: epoch.load(ordering: .sequentiallyConsistent))
            users.append(user)
            return user
        }
    }

    /// The CPU goes away.
    func leave(_ user: CodeUser) { state.withLock { users.removeAll { $0 === user } } }

    /// Asks all threads to forget the code of earlier epochs; with `state` held.
    func askToForget() {
        for user in users { longma_request_attention(user.cpu, UInt64(LONGMA_ATTENTION_BARRIER)) }
    }
}
