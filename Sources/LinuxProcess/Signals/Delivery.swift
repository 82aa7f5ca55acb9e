import CHost
import Glibc

extension GuestThread {
    /// Delivers what is pending and not blocked; false when the guest dies of it. `interruptedCall`: see `attend`.
    func deliverPending(_ interruptedCall: Bool?) -> Bool {
        var interrupted = interruptedCall
        if slot.pointee.signal != 0 {
            let info = slot.pointee.info
            slot.pointee.signal = 0
            if !deliver(info, &interrupted) { return false }
        }
        while let info = takeSentFault() {
            if !deliver(info, &interrupted) { return false }
        }
        temporaryMask = nil
        applyMask()
        return true
    }

    /// Makes the host block what the guest blocks.
    func applyMask() {
        if slot.pointee.signal != 0 { return }  // the host blocks everything until the recorded signal is delivered
        _ = longma_set_signal_mask(signalMask)
        // A fault signal that was sent while it was blocked may be deliverable now.
        let waiting = process.locked { sentFaults.keys.contains { signalMask & SignalNumbers.bit($0) == 0 } }
        if waiting { longma_request_attention(cpu, UInt64(LONGMA_ATTENTION_SIGNAL)) }
    }

    private func takeSentFault() -> LongmaSignalInfo? {
        process.locked {
            for (signal, info) in sentFaults where (temporaryMask ?? signalMask) & SignalNumbers.bit(signal) == 0 {
                sentFaults[signal] = nil
                return info
            }
            return nil
        }
    }

    /// Sends a signal that the host cannot carry (SIGSEGV, SIGBUS, SIGILL) to this thread, from any thread.
    func sendFault(_ info: LongmaSignalInfo, fromItself: Bool) {
        process.locked { sentFaults[info.signal] = info }
        if fromItself {
            longma_request_attention(cpu, UInt64(LONGMA_ATTENTION_SIGNAL))
        } else {
            interrupt(UInt64(LONGMA_ATTENTION_SIGNAL))
        }
    }

    /// Delivers one signal that came from outside the instruction stream.
    private func deliver(_ info: LongmaSignalInfo, _ interrupted: inout Bool?) -> Bool {
        let action = process.signals[info.signal]
        if action.isIgnore || (action.isDefault && !SignalNumbers.terminatesByDefault(info.signal)) { return true }
        if action.isDefault {
            if process.configuration.takesSignal?(info.signal) == true { return true }
            process.end(.signalled(info.signal))
            return false
        }
        if let restarts = interrupted {
            // Restarting leaves pc at the system call: it runs again when the handler returns.
            if !restarts || action.flags & GuestSignalAction.restart == 0 { finishCall(-Int64(EINTR)) }
            interrupted = nil
        }
        return enterHandler(action, info, flags: 0)
    }

    /// Delivers the signal of an instruction's exception; false when the guest dies of it.
    func deliver(_ fault: GuestFault) -> Bool {
        let action = process.signals[fault.signal]
        let blocked = signalMask & SignalNumbers.bit(fault.signal) != 0
        if action.isDefault || action.isIgnore || blocked {
            die(of: fault)
            return false
        }
        var flags: UInt32 = 0
        if fault.isRead { flags |= SignalFrame.addressErrorRead }
        if fault.isWrite { flags |= SignalFrame.addressErrorWrite }
        guard enterHandler(action, fault.info, flags: flags) else { return false }
        applyMask()
        return true
    }

    private func die(of fault: GuestFault) {
        if let explanation = fault.explanation {
            process.message(explanation)
        } else {
            var text = "longma: guest died by \(SignalNumbers.name(fault.signal)) at pc 0x\(hexadecimal(cpu.pointee.pc))"
            if fault.address != cpu.pointee.pc { text += ", address 0x\(hexadecimal(fault.address))" }
            process.message(text)
        }
        process.end(.signalled(fault.signal))
    }

    /// Puts a frame on the guest's stack and goes to the handler; false when there is no room for it and the guest dies.
    private func enterHandler(_ action: GuestSignalAction, _ info: LongmaSignalInfo, flags: UInt32) -> Bool {
        countSignal()
        var contents = registerContents
        contents.flags = flags
        contents.mask = signalMask
        contents.stack = alternateStack.shown(at: gpr[3])
        var top = gpr[3]
        if action.flags & GuestSignalAction.onStack != 0, alternateStack.flags & AlternateStack.disabled == 0, alternateStack.size > 0,
            !alternateStack.contains(top)
        {
            top = alternateStack.pointer &+ alternateStack.size
        }
        let frame = (top &- UInt64(SignalFrame.size)) & ~15
        guard UserMemory.write(frame, bytes: SignalFrame.encode(contents, info: info)) else {
            var fault = GuestFault(.PIS, pc: cpu.pointee.pc, address: frame, signal: SIGSEGV, code: 1, fcsr: 0)
            fault.explanation = "longma: guest died by SIGSEGV: no stack for the handler of \(SignalNumbers.name(info.signal)) at 0x\(hexadecimal(frame))"
            die(of: fault)
            return false
        }
        if alternateStack.flags & AlternateStack.autoDisarm != 0 { alternateStack = AlternateStack() }
        gpr[1] = process.start.signalReturn
        gpr[3] = frame
        gpr[4] = UInt64(info.signal)
        gpr[5] = frame + UInt64(SignalFrame.siginfo)
        gpr[6] = frame + UInt64(SignalFrame.context)
        cpu.pointee.pc = action.handler
        cpu.pointee.llValid = 0
        var mask = (temporaryMask ?? signalMask) | action.mask
        if action.flags & GuestSignalAction.noDefer == 0 { mask |= SignalNumbers.bit(info.signal) }
        signalMask = mask & ~SignalNumbers.unblockable
        temporaryMask = nil
        if action.flags & GuestSignalAction.resetHandler != 0 { _ = process.signals.set(info.signal, GuestSignalAction()) }
        return true
    }

    /// `rt_sigreturn`: back to where the signal came.
    func returnFromHandler() -> SystemCallOutcome {
        let frame = gpr[3]
        guard let bytes = UserMemory.bytes(frame, SignalFrame.size), let contents = SignalFrame.decode(bytes) else {
            var fault = GuestFault(.PIL, pc: cpu.pointee.pc, address: frame, signal: SIGSEGV, code: 1, fcsr: 0)
            fault.explanation = "longma: guest died by SIGSEGV: rt_sigreturn without a signal frame at 0x\(hexadecimal(frame))"
            return deliver(fault) ? .registersSet : .registersSet
        }
        restore(contents)
        signalMask = contents.mask & ~SignalNumbers.unblockable
        alternateStack = AlternateStack(
            pointer: contents.stack.pointer, flags: contents.stack.flags & ~AlternateStack.onStack, padding: 0, size: contents.stack.size)
        applyMask()
        return .registersSet
    }
}
