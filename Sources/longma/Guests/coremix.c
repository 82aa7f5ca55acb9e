// A linked list, a small integer matrix, a state machine over text, and a CRC-16 over all their results.
#include "guest.h"

static uint16_t crc16(uint16_t crc, uint32_t value, int bits) {
    for (int i = 0; i < bits; i++) {
        int carry = (crc ^ value) & 1;
        value >>= 1;
        crc >>= 1;
        if (carry) crc ^= 0xa001;
    }
    return crc;
}

// The list

typedef struct node {
    struct node *next;
    int16_t key, value;
} node;

enum { node_count = 200 };
static node nodes[node_count];

static node *list_build(uint64_t *random) {
    node *head = NULL;
    for (int i = 0; i < node_count; i++) {
        node *item = &nodes[i * 37 % node_count];
        item->key = (int16_t)(next_random(random) & 0x7ff);
        item->value = (int16_t)i;
        item->next = head;
        head = item;
    }
    return head;
}

static node *list_reverse(node *head) {
    node *result = NULL;
    while (head) {
        node *next = head->next;
        head->next = result;
        result = head;
        head = next;
    }
    return result;
}

static NOINLINE int by_key(const node *a, const node *b) { return a->key - b->key; }
static NOINLINE int by_value(const node *a, const node *b) { return a->value - b->value; }

/// Bottom-up merge sort, stable.
static node *list_sort(node *head, int (*compare)(const node *, const node *)) {
    for (int width = 1;; width *= 2) {
        node *rest = head, **tail = &head;
        int merges = 0;
        while (rest) {
            node *left = rest, *right = rest;
            int left_size = 0, right_size = width;
            while (right && left_size < width) right = right->next, left_size++;
            merges++;
            while (left_size > 0 || (right_size > 0 && right)) {
                node *take;
                if (left_size == 0 || (right_size > 0 && right && compare(left, right) > 0)) {
                    take = right, right = right->next, right_size--;
                } else {
                    take = left, left = left->next, left_size--;
                }
                *tail = take;
                tail = &take->next;
            }
            rest = right;
        }
        *tail = NULL;
        if (merges <= 1) return head;
    }
}

static node *list_find(node *head, int16_t key) {
    while (head && head->key != key) head = head->next;
    return head;
}

static uint16_t list_round(uint16_t crc, uint64_t *random) {
    node *head = list_build(random);
    for (int i = 0; i < 12; i++) {
        node *found = list_find(head, (int16_t)(next_random(random) & 0x7ff));
        if (found) crc = crc16(crc, (uint16_t)found->value, 16);
        head = list_reverse(head);
    }
    head = list_sort(head, by_key);
    for (node *item = head; item; item = item->next) crc = crc16(crc, (uint16_t)item->key, 16);
    head = list_sort(head, by_value);
    for (node *item = head; item; item = item->next->next) {
        crc = crc16(crc, (uint16_t)item->key, 8);
        if (!item->next) break;
    }
    return crc;
}

// The matrix

enum { side = 12 };
static int16_t left[side][side], right[side][side];
static int32_t product[side][side];

static uint16_t matrix_round(uint16_t crc, uint64_t *random) {
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++) {
            left[i][j] = (int16_t)next_random(random);
            right[i][j] = (int16_t)(left[i][j] ^ (i * 31 + j));
        }
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++) {
            int32_t sum = 0;
            for (int k = 0; k < side; k++) sum += (left[i][k] >> 3) * (right[k][j] >> 3);
            product[i][j] = sum;
        }
    int32_t previous = 0, score = 0;
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++) {
            int32_t value = (product[i][j] >> 2 & 0xf) * (product[i][j] >> 5 & 0x7f);
            score += value > previous ? 10 : value < 40 ? 3 : -1;
            previous = value;
        }
    return crc16(crc16(crc, (uint32_t)score, 16), (uint32_t)product[3][7], 32);
}

// The state machine: which words of a text are integers, decimals, numbers with exponent, names, or nothing of these

enum state { start, sign, integer, point, decimal, exponent, exponent_sign, scientific, name, invalid, state_count };

static enum state step(enum state now, char c) {
    int digit = c >= '0' && c <= '9', letter = (c | 32) >= 'a' && (c | 32) <= 'z';
    switch (now) {
    case start: return digit ? integer : c == '+' || c == '-' ? sign : c == '.' ? point : letter ? name : invalid;
    case sign: return digit ? integer : c == '.' ? point : invalid;
    case integer: return digit ? integer : c == '.' ? decimal : c == 'e' ? exponent : invalid;
    case point: return digit ? decimal : invalid;
    case decimal: return digit ? decimal : c == 'e' ? exponent : invalid;
    case exponent: return digit ? scientific : c == '+' || c == '-' ? exponent_sign : invalid;
    case exponent_sign: return digit ? scientific : invalid;
    case scientific: return digit ? scientific : invalid;
    case name: return digit || letter ? name : invalid;
    default: return invalid;
    }
}

static uint16_t text_round(uint16_t crc, uint64_t *random) {
    static const char *const words[] = {"5012", "-874", "+122", "35.54e3", ".1234", "-110.7", "+0.644", "5.5e+3", "-.123e-2",
                                        "-87e832", "+0.6e-12", "T0.3e-1F", "-T.T+1T", "1T3.4e4z", "34.0e-T", "alpha7", "x", "e9"};
    char text[512];
    size_t length = 0;
    while (length < sizeof text - 16) {
        length = guest_append(text, length, words[next_random(random) % (sizeof words / sizeof *words)]);
        text[length++] = ',';
    }
    uint32_t final[state_count] = {0}, passed[state_count] = {0};
    enum state now = start;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == ',') {
            final[now]++;
            now = start;
        } else {
            now = step(now, text[i]);
            passed[now]++;
        }
    }
    for (int i = 0; i < state_count; i++) crc = crc16(crc, final[i] << 8 ^ passed[i], 16);
    return crc;
}

GUEST("coremix", 4000) {
    uint64_t random = 0x12345, hash = 0;
    uint16_t crc = 0xffff;
    for (uint64_t i = 0; i < scale; i++) {
        crc = list_round(crc, &random);
        crc = matrix_round(crc, &random);
        crc = text_round(crc, &random);
        hash = fold(hash, crc);
    }
    return hash;
}
