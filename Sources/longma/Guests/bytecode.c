// A small register machine, its byte code dispatched by a switch: four programs run in it.
#include "guest.h"

typedef enum { move, load, store, immediate, add, sub, mul, divide, modulo, and_, or_, xor_, shift_left, shift_right, add_immediate,
               jump, jump_zero, jump_not_zero, jump_less, call, return_, push, pop, halt } operation;

/// An instruction: the operation in the low byte, then registers a, b and c of one byte each, or a and a signed 16-bit constant.
#define I(op, a, b, c) ((uint32_t)(op) | (uint32_t)(a) << 8 | (uint32_t)(b) << 16 | (uint32_t)(c) << 24)
#define K(op, a, k) ((uint32_t)(op) | (uint32_t)(a) << 8 | (uint32_t)(uint16_t)(k) << 16)

enum { memory_size = 4096, stack_size = 256 };

static uint32_t memory[memory_size];

static NOINLINE uint32_t execute(const uint32_t *code, uint32_t argument) {
    uint32_t r[16] = {0}, stack[stack_size], depth = 0, pc = 0;
    r[1] = argument;
    for (;;) {
        uint32_t word = code[pc++];
        uint32_t a = word >> 8 & 15, b = word >> 16 & 15, c = word >> 24 & 15;
        uint32_t k = (uint32_t)((int32_t)word >> 16);
        switch ((operation)(word & 255)) {
        case move: r[a] = r[b]; break;
        case load: r[a] = memory[(r[b] + r[c]) % memory_size]; break;
        case store: memory[(r[b] + r[c]) % memory_size] = r[a]; break;
        case immediate: r[a] = k; break;
        case add: r[a] = r[b] + r[c]; break;
        case sub: r[a] = r[b] - r[c]; break;
        case mul: r[a] = r[b] * r[c]; break;
        case divide: r[a] = r[c] ? r[b] / r[c] : 0; break;
        case modulo: r[a] = r[c] ? r[b] % r[c] : r[b]; break;
        case and_: r[a] = r[b] & r[c]; break;
        case or_: r[a] = r[b] | r[c]; break;
        case xor_: r[a] = r[b] ^ r[c]; break;
        case shift_left: r[a] = r[b] << (r[c] & 31); break;
        case shift_right: r[a] = r[b] >> (r[c] & 31); break;
        case add_immediate: r[a] += k; break;
        case jump: pc += k; break;
        case jump_zero: if (!r[a]) pc += k; break;
        case jump_not_zero: if (r[a]) pc += k; break;
        case jump_less: if (r[a] < r[b]) pc += (uint32_t)((int32_t)word >> 24); break;
        case call: stack[depth++ % stack_size] = pc; pc = k; break;
        case return_: pc = stack[--depth % stack_size]; break;
        case push: stack[depth++ % stack_size] = r[a]; break;
        case pop: r[a] = stack[--depth % stack_size]; break;
        case halt: return r[2];
        }
    }
}

// Steps of all Collatz sequences that start below r1.
static const uint32_t collatz[] = {
    K(immediate, 3, 1), K(immediate, 4, 1), K(immediate, 7, 3),
    /* 3 */ I(move, 5, 4, 0),
    /* 4 */ I(sub, 6, 5, 3), K(jump_zero, 6, 9), I(and_, 6, 5, 3), K(jump_zero, 6, 3),
    /* 8 */ I(mul, 5, 5, 7), K(add_immediate, 5, 1), K(jump, 0, 1),
    /* 11 */ I(shift_right, 5, 5, 3),
    /* 12 */ K(add_immediate, 2, 1), K(jump, 0, -10), K(halt, 0, 0),
    /* 15 */ K(add_immediate, 4, 1), I(jump_less, 4, 1, (uint8_t)-14), K(halt, 0, 0),
};

// fib(r1), by recursion.
static const uint32_t recursion[] = {
    K(immediate, 3, 2), K(call, 0, 3), K(halt, 0, 0),
    /* 3 */ I(jump_less, 1, 3, 9), K(push, 1, 0), K(add_immediate, 1, -1), K(call, 0, 3), K(pop, 1, 0), K(push, 2, 0), K(add_immediate, 1, -2),
    /* 10 */ K(call, 0, 3), K(pop, 4, 0), K(jump, 0, 2),
    /* 13 */ I(move, 2, 1, 0), K(return_, 0, 0),
    /* 15 */ I(add, 2, 2, 4), K(return_, 0, 0),
};

// Counts the primes below r1 with a sieve in memory.
static const uint32_t primes[] = {
    K(immediate, 3, 0), K(immediate, 4, 0), K(immediate, 8, 1),
    /* 3 */ I(store, 0, 3, 0), K(add_immediate, 3, 1), I(jump_less, 3, 1, (uint8_t)-3),
    /* 6 */ K(immediate, 3, 2),
    /* 7 */ I(load, 5, 3, 0), K(jump_not_zero, 5, 6), K(add_immediate, 2, 1), I(add, 6, 3, 3),
    /* 11 */ I(jump_less, 6, 1, 1), K(jump, 0, 2),
    /* 13 */ I(store, 8, 6, 0), K(jump, 0, 2),
    /* 15 */ K(add_immediate, 3, 1), K(jump, 0, 2),
    /* 17 */ I(add, 6, 6, 3), K(jump, 0, -8),
    /* 19 */ I(jump_less, 3, 1, (uint8_t)-13), K(halt, 0, 0),
};

// Mixes memory with a linear congruence for r1 rounds.
static const uint32_t mixing[] = {
    K(immediate, 3, 0), K(immediate, 4, 0x41a7), K(immediate, 5, 5), K(immediate, 7, 0x0fff),
    /* 4 */ I(load, 6, 2, 0), I(xor_, 2, 2, 6), I(mul, 2, 2, 4), I(add, 2, 2, 1), I(shift_right, 6, 2, 5), I(xor_, 2, 2, 6),
    /* 10 */ I(and_, 6, 2, 7), I(store, 2, 6, 3), I(modulo, 6, 2, 4), I(divide, 8, 2, 5), I(or_, 8, 8, 3), I(shift_left, 8, 8, 3), I(sub, 2, 2, 8),
    /* 17 */ K(add_immediate, 3, 1), I(jump_less, 3, 1, (uint8_t)-15), K(halt, 0, 0),
};

GUEST("bytecode", 45) {
    uint64_t hash = 0;
    for (uint64_t i = 0; i < scale; i++) {
        hash = fold(hash, execute(collatz, 900 + (uint32_t)(i & 7)));
        hash = fold(hash, execute(recursion, 18));
        hash = fold(hash, execute(primes, 4000 - (uint32_t)(i & 15)));
        hash = fold(hash, execute(mixing, 8000));
    }
    return hash;
}
