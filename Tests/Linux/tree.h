// Writes a flattened device tree (Devicetree Specification 0.4, chapter 5) node by node. Strings lie behind the structure, each property with its own.
#include <stdarg.h>

static char *tree, *tree_at;
static char tree_names[2048];
static unsigned tree_names_size;

static void tree_word(unsigned word) {
    unsigned big = __builtin_bswap32(word);
    memcpy(tree_at, &big, 4);
    tree_at += 4;
}

static void tree_bytes(const void *bytes, unsigned size) {
    memset(tree_at, 0, (size + 3) & ~3u);
    memcpy(tree_at, bytes, size);
    tree_at += (size + 3) & ~3u;
}

static void tree_begin(char *place) {
    tree = place;
    tree_at = place + 56;
    memset(place, 0, 56);
}

static void tree_node(const char *name) {
    tree_word(1);
    tree_bytes(name, strlen(name) + 1);
}

static void tree_end(void) { tree_word(2); }

static void tree_property(const char *name, unsigned size) {
    tree_word(3);
    tree_word(size);
    tree_word(tree_names_size);
    strcpy(tree_names + tree_names_size, name);
    tree_names_size += strlen(name) + 1;
}

static void tree_text(const char *name, const char *text) {
    tree_property(name, strlen(text) + 1);
    tree_bytes(text, strlen(text) + 1);
}

static void tree_cells(const char *name, int count, ...) {
    va_list cells;
    tree_property(name, 4 * count);
    va_start(cells, count);
    while (count--) tree_word(va_arg(cells, unsigned));
    va_end(cells);
}

static void tree_finish(void) {
    tree_word(9);
    unsigned strings = tree_at - tree;
    memcpy(tree_at, tree_names, tree_names_size);
    unsigned header[10] = {0xd00dfeed, strings + tree_names_size, 56, strings, 40, 17, 16, 0, tree_names_size, strings - 56};
    tree_at = tree;
    for (int i = 0; i < 10; i++) tree_word(header[i]);
}
