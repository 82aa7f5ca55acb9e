// What tells one build of this program from another.
#include "HostSystem.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>

static uint64_t mix(uint64_t hash, const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++) hash = (hash ^ at[i]) * 0x100000001b3ULL;
    return hash;
}

/// The first object is the program itself.
static int hashBuildID(struct dl_phdr_info *info, size_t size, void *result) {
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type != PT_NOTE) continue;
        const char *at = (const char *)(info->dlpi_addr + header->p_vaddr), *end = at + header->p_memsz;
        while (at + sizeof(ElfW(Nhdr)) <= end) {
            const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)at;
            const char *name = at + sizeof *note, *content = name + ((note->n_namesz + 3) & ~3u);
            if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && !memcmp(name, "GNU", 4) && content + note->n_descsz <= end) {
                *(uint64_t *)result = mix(0xcbf29ce484222325ULL, content, note->n_descsz);
                return 1;
            }
            at = content + ((note->n_descsz + 3) & ~3u);
        }
    }
    return 1;
}

uint64_t longma_build_identity(void) {
    uint64_t result = 0;
    dl_iterate_phdr(hashBuildID, &result);
    if (result) return result;
    // A linker that writes no build id: the file itself.
    struct stat status;
    if (stat("/proc/self/exe", &status)) return 0;
    uint64_t words[] = { (uint64_t)status.st_dev, (uint64_t)status.st_ino, (uint64_t)status.st_size, (uint64_t)status.st_mtim.tv_sec, (uint64_t)status.st_mtim.tv_nsec };
    return mix(0xcbf29ce484222325ULL, words, sizeof words);
}
