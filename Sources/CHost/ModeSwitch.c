// The common changes of mode. `Core` in VirtualMachine has all of them, and says what each means (Exceptions.swift); nothing here may differ from it.
#include "CHost.h"

/// Numbers of control and status registers.
enum {
    CRMD = 0x0, PRMD = 0x1, ECFG = 0x4, ESTAT = 0x5, ERA = 0x6, BADI = 0x8, EENTRY = 0xC, GTLBC = 0x15,
    GSTAT = 0x50, LLBCTL = 0x60, TLBRERA = 0x8A, TLBRPRMD = 0x8F, MERRCTL = 0x90,
};

/// The context of a bank in a mode if it is known and translated code may go on in it, else null.
static inline __attribute__((always_inline)) const LongmaKnownContext *find(LongmaCore *core, uint64_t bank, uint64_t mode) {
    const LongmaKnownContext *known = longma_known(core, bank, mode);
    if (known->mode != (mode & 0x1B) || !known->isReady) return NULL;
    const uint64_t *root = core->csr[LONGMA_ROOT];
    if (bank != LONGMA_ROOT && known->ids != ((root[GTLBC] & 0xFF1000) | (root[GSTAT] >> 16 & 0xFF))) return NULL;
    return known;
}

/// Whether a bank takes an interrupt in mode `mode`.
static bool isInterrupted(const uint64_t *bank, uint64_t mode) { return mode & 4 && bank[ESTAT] & bank[ECFG] & 0x1FFF; }

/// Goes on in a context of bank `bank`; `from` is the current one.
static inline __attribute__((always_inline)) void enter(LongmaCore *core, uint64_t from, uint64_t bank, const LongmaKnownContext *context) {
    LongmaCPU *cpu = &core->cpu;
    if (bank != from) {
        uint64_t *saved = core->reservation[from];
        const uint64_t *other = core->reservation[bank];
        // Mostly there is no reservation, and then nothing says what is in the rest.
        saved[0] = cpu->llValid;
        if (saved[0]) saved[1] = cpu->llAddress, saved[2] = cpu->llValue, saved[3] = cpu->llHigh;
        cpu->llValid = other[0];
        if (other[0]) cpu->llAddress = other[1], cpu->llValue = other[2], cpu->llHigh = other[3];
        core->isGuest = bank;
    }
    cpu->pages = context->pages;
    cpu->context = context->number;
    cpu->jumpCache = context->jumpCache;
    core->slot = context->slot;
}

/// Returns from one bank to another, or the same. The arguments are constants where it is called, so each way has code of its own.
static inline __attribute__((always_inline)) uint64_t leave(LongmaCore *core, uint64_t from, uint64_t to, bool isRefill) {
    LongmaCPU *cpu = &core->cpu;
    const uint64_t *root = core->csr[LONGMA_ROOT];
    uint64_t *bank = core->csr[from];
    const uint64_t saved = bank[isRefill ? TLBRPRMD : PRMD];
    const uint64_t mode = isRefill ? (bank[CRMD] & ~(uint64_t)0x21F) | 0x10 | (saved & 7) | (saved & 0x10) << 5
                                   : (bank[CRMD] & ~(uint64_t)0x207) | (saved & 7) | (saved & 8) << 6;
    const uint64_t goal = to == from ? mode : core->csr[to][CRMD];
    const LongmaKnownContext *context = find(core, to, goal);
    if (!context || isInterrupted(root, from == LONGMA_ROOT ? mode : root[CRMD])) return 0;
    if (to == LONGMA_GUEST && isInterrupted(core->csr[LONGMA_GUEST], goal)) return 0;
    bank[CRMD] = mode;
    if (isRefill) {
        cpu->pc = bank[TLBRERA] & ~(uint64_t)3;
        bank[TLBRERA] &= ~(uint64_t)1;
    } else {
        cpu->pc = bank[ERA];
        if (bank[LLBCTL] & 4) bank[LLBCTL] &= ~(uint64_t)4; else cpu->llValid = 0;
    }
    enter(core, from, to, context);
    return LONGMA_SYSTEM_PC;
}

uint64_t longma_return_quickly(LongmaCPU *cpu, uint64_t none, uint64_t nothing, uint64_t pc) {
    (void)none, (void)nothing, (void)pc;
    LongmaCore *core = (LongmaCore *)cpu;
    const uint64_t *root = core->csr[LONGMA_ROOT];
    if (cpu->leaving) return 0;
    if (core->isGuest) {
        const bool isRefill = core->csr[LONGMA_GUEST][TLBRERA] & 1;
        return isRefill ? leave(core, LONGMA_GUEST, LONGMA_GUEST, true) : leave(core, LONGMA_GUEST, LONGMA_GUEST, false);
    }
    if (root[MERRCTL] & 1) return 0;
    if (root[TLBRERA] & 1) return root[TLBRPRMD] & 8 ? leave(core, LONGMA_ROOT, LONGMA_GUEST, true) : leave(core, LONGMA_ROOT, LONGMA_ROOT, true);
    return root[GSTAT] & 2 ? leave(core, LONGMA_ROOT, LONGMA_GUEST, false) : leave(core, LONGMA_ROOT, LONGMA_ROOT, false);
}

/// Takes exception `code` of bank `from` in bank `to`.
static inline __attribute__((always_inline)) uint64_t take(LongmaCore *core, uint64_t from, uint64_t to, uint64_t code, uint64_t word, uint64_t pc) {
    uint64_t *root = core->csr[LONGMA_ROOT];
    uint64_t *bank = core->csr[to];
    const uint64_t old = bank[CRMD];
    const uint64_t mode = old & ~(uint64_t)0x207;
    const LongmaKnownContext *context = find(core, to, mode);
    if (core->cpu.leaving || !context || (to == LONGMA_GUEST && isInterrupted(root, root[CRMD]))) return 0;
    bank[PRMD] = (old & 7) | (old >> 6 & 8);
    bank[CRMD] = mode;
    bank[ESTAT] = (bank[ESTAT] & 0xFFFF) | code << 16;
    bank[ERA] = pc;
    bank[BADI] = (uint64_t)(int64_t)(int32_t)word;
    if (to == LONGMA_ROOT) root[GSTAT] = from == LONGMA_GUEST ? root[GSTAT] | 2 : root[GSTAT] & ~(uint64_t)2;
    const uint64_t spacing = bank[ECFG] >> 16 & 7;
    core->cpu.pc = spacing ? bank[EENTRY] | code << (spacing + 2) : bank[EENTRY];
    enter(core, from, to, context);
    return LONGMA_SYSTEM_PC | LONGMA_SYSTEM_UNRETIRED;
}

uint64_t longma_exit_quickly(LongmaCPU *cpu, uint64_t code, uint64_t word, uint64_t pc) {
    LongmaCore *core = (LongmaCore *)cpu;
    return core->isGuest ? take(core, LONGMA_GUEST, LONGMA_ROOT, code, word, pc) : 0;
}

uint64_t longma_raise_quickly(LongmaCPU *cpu, uint64_t code, uint64_t word, uint64_t pc) {
    LongmaCore *core = (LongmaCore *)cpu;
    return core->isGuest ? take(core, LONGMA_GUEST, LONGMA_GUEST, code, word, pc) : take(core, LONGMA_ROOT, LONGMA_ROOT, code, word, pc);
}

uint64_t longma_call_gate(LongmaCPU *cpu, uint64_t pc) {
    LongmaCore *core = (LongmaCore *)cpu;
    for (const LongmaGate *gate = core->gates, *end = gate + core->gateCount; gate < end; gate++) {
        if (gate->address != pc || gate->isGuest != core->isGuest) continue;
        cpu->pc = pc;
        if (gate->action(gate->context)) {
            core->isStopped = true;
            cpu->leaving = 1;
        }
        const uint64_t *root = core->csr[LONGMA_ROOT], *guest = core->csr[LONGMA_GUEST];
        if (isInterrupted(root, root[CRMD]) || (core->isGuest && isInterrupted(guest, guest[CRMD]))) cpu->leaving = 1;
        return cpu->leaving ? LONGMA_SYSTEM_PC | LONGMA_SYSTEM_LEAVE : LONGMA_SYSTEM_PC;
    }
    return 0;
}
