// Work on text: searching, hashing, formatting, parsing, sorting, edit distance, base 64, copying and comparing.
#include "guest.h"

enum { text_size = 24000, word_count = 1500, table_size = 4096 };
static char text[text_size + 1], copy[text_size + 1], encoded[text_size * 2];
static char *words[word_count];
static struct { const char *key; uint32_t uses; } table[table_size];

static NOINLINE size_t length_of(const char *s) {
    size_t n = 0;
    while (s[n]) n++;
    return n;
}

static NOINLINE int compare(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

static NOINLINE void make_text(uint64_t *random) {
    static const char *const parts[] = {"ba", "lo", "ong", "ma", "ar", "ch", "sil", "tre", "u", "qi", "xen", "dor", "e", "pa", "st", "ith"};
    size_t n = 0;
    while (n < text_size - 24) {
        for (uint32_t syllables = 1 + next_random(random) % 4; syllables; syllables--)
            for (const char *c = parts[next_random(random) % 16]; *c; c++) text[n++] = *c;
        text[n++] = next_random(random) % 9 ? ' ' : '\n';
    }
    text[n] = 0;
}

static uint64_t naive_search(const char *pattern) {
    uint64_t hits = 0;
    for (const char *at = text; *at; at++) {
        const char *p = pattern, *t = at;
        while (*p && *p == *t) p++, t++;
        hits += !*p;
    }
    return hits;
}

static uint64_t skip_search(const char *pattern, size_t size) {
    size_t skip[256], m = length_of(pattern);
    uint64_t hits = 0;
    for (int i = 0; i < 256; i++) skip[i] = m;
    for (size_t i = 0; i + 1 < m; i++) skip[(unsigned char)pattern[i]] = m - 1 - i;
    for (size_t at = 0; at + m <= size; at += skip[(unsigned char)text[at + m - 1]]) {
        size_t i = m;
        while (i > 0 && text[at + i - 1] == pattern[i - 1]) i--;
        hits += i == 0;
    }
    return hits;
}

static uint32_t split(void) {
    uint32_t count = 0;
    char *c = copy;
    while (*c && count < word_count) {
        while (*c == ' ' || *c == '\n') *c++ = 0;
        if (*c) words[count++] = c;
        while (*c && *c != ' ' && *c != '\n') c++;
    }
    *c = 0;
    return count;
}

static uint64_t count_words(uint32_t count) {
    uint64_t distinct = 0;
    for (int i = 0; i < table_size; i++) table[i].key = NULL, table[i].uses = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t hash = 2166136261u;
        for (const char *c = words[i]; *c; c++) hash = (hash ^ (unsigned char)*c) * 16777619u;
        uint32_t slot = hash % table_size;
        while (table[slot].key && compare(table[slot].key, words[i])) slot = (slot + 1) % table_size;
        if (!table[slot].key) table[slot].key = words[i], distinct++;
        table[slot].uses++;
    }
    return distinct;
}

static void sort_words(uint32_t count) {
    for (uint32_t gap = count / 2; gap; gap = gap == 2 ? 1 : gap * 5 / 11)
        for (uint32_t i = gap; i < count; i++) {
            char *word = words[i];
            uint32_t j = i;
            for (; j >= gap && compare(words[j - gap], word) > 0; j -= gap) words[j] = words[j - gap];
            words[j] = word;
        }
}

static uint32_t distance(const char *a, const char *b) {
    uint32_t row[64], n = (uint32_t)length_of(b);
    for (uint32_t j = 0; j <= n; j++) row[j] = j;
    for (uint32_t i = 1; *a; a++, i++) {
        uint32_t corner = row[0];
        row[0] = i;
        for (uint32_t j = 1; j <= n; j++) {
            uint32_t best = corner + (*a != b[j - 1]);
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            corner = row[j];
            row[j] = best;
        }
    }
    return row[n];
}

static size_t format(char *to, uint64_t value, uint32_t base) {
    char digits[64];
    size_t n = 0, size = 0;
    do digits[n++] = "0123456789abcdefghijklmnopqrstuvwxyz"[value % base], value /= base;
    while (value);
    while (n) to[size++] = digits[--n];
    to[size] = 0;
    return size;
}

static uint64_t parse(const char *from, uint32_t base) {
    uint64_t value = 0;
    for (; *from; from++) value = value * base + (uint64_t)(*from <= '9' ? *from - '0' : *from - 'a' + 10);
    return value;
}

static size_t encode(const char *from, size_t size) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = 0;
    for (size_t i = 0; i + 3 <= size; i += 3) {
        uint32_t word = (uint32_t)(unsigned char)from[i] << 16 | (uint32_t)(unsigned char)from[i + 1] << 8 | (unsigned char)from[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6) encoded[n++] = alphabet[word >> shift & 63];
    }
    return n;
}

GUEST("strings", 160) {
    uint64_t random = 77, hash = 0;
    for (uint64_t round = 0; round < scale; round++) {
        make_text(&random);
        size_t size = length_of(text);
        hash = fold(hash, naive_search("ong") * 1000 + skip_search("silqi", size));
        hash = fold(hash, skip_search("lo ma", size));
        for (size_t i = 0; i <= size; i++) copy[i] = text[i];
        uint32_t count = split();
        hash = fold(hash, count_words(count));
        sort_words(count);
        hash = fold(hash, length_of(words[count / 2]));
        for (uint32_t i = 8; i < count; i += 8) hash = fold(hash, distance(words[i], words[i - 8]) + (uint64_t)(unsigned char)words[i][0]);
        for (uint32_t i = 0; i < 1000; i++) {
            char digits[72];
            uint64_t value = (uint64_t)next_random(&random) * next_random(&random);
            uint32_t base = i % 3 == 0 ? 10 : 2 + i % 35;
            hash = fold(hash, format(digits, value, base));
            if (parse(digits, base) != value) return 0;
        }
        size_t length = encode(text, size);
        for (size_t i = 0; i < length; i += 64) hash = fold(hash, (uint64_t)encoded[i]);
        __builtin_memmove(text + 5, text, size - 5);
        hash = fold(hash, (uint64_t)(memcmp(text + 5, text, 5) > 0) * 2 + (uint64_t)(memcmp(text, text, size) == 0));
    }
    return hash;
}
