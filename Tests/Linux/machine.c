// The guest's machine: RAM from 0, a serial port to write to, a power register; told by a device tree, as Longma's board tells its kernel.
#include "machine.h"
#include "tree.h"

enum {
    RAM = 96 << 20,
    DISK = 64 << 20,
    TABLE = 0x1000,
    CONFIGURATION = 0x1100,
    DISK_TABLE = 0x1200,
    VENDOR = 0x1300,
    COMMAND_LINE = 0x2000,
    TREE = 0x10000,
    SERIAL = 0x1fe001e0,
    POWER = 0x100e001c,
};

static char *ram;

static void die(const char *what) {
    printf("root: %s failed: %d\n", what, errno);
    exit(1);
}

/// Copies a file into guest memory and answers its size.
static long load(const char *path, long at) {
    int file = open(path, O_RDONLY);
    if (file < 0) die(path);
    long size = 0, got;
    while ((got = read(file, ram + at + size, RAM - at - size)) > 0) size += got;
    close(file);
    return size;
}

static void put(long at, unsigned long value) { memcpy(ram + at, &value, 8); }
static unsigned long get(const char *from, int size) {
    unsigned long value = 0;
    memcpy(&value, from, size);
    return value;
}

/// Puts the segments of the ELF file at `file` (in guest memory) where they belong; answers the entry.
static unsigned long place(const char *file) {
    for (unsigned long i = 0; i < get(file + 56, 2); i++) {
        const char *header = file + get(file + 32, 8) + 56 * i;
        if (get(header, 4) != 1) continue;
        unsigned long to = get(header + 24, 8) & 0xffffffffffff, size = get(header + 32, 8), whole = get(header + 40, 8);
        memcpy(ram + to, file + get(header + 8, 8), size);
        memset(ram + to + size, 0, whole - size);
    }
    return get(file + 24, 8) & 0xffffffffffff;
}

static void describe(void) {
    tree_begin(ram + TREE);
    tree_node("");
    tree_cells("#address-cells", 1, 2);
    tree_cells("#size-cells", 1, 2);
    tree_text("compatible", "longma,guest");
    tree_node("chosen");
    tree_text("stdout-path", "/serial@1fe001e0");
    tree_end();
    tree_node("cpus");
    tree_cells("#address-cells", 1, 1);
    tree_cells("#size-cells", 1, 0);
    tree_node("cpu@0");
    tree_text("device_type", "cpu");
    tree_text("compatible", "loongson,la464");
    tree_cells("reg", 1, 0);
    tree_end();
    tree_end();
    tree_node("memory@0");
    tree_text("device_type", "memory");
    tree_cells("reg", 4, 0, 0, 0, RAM);
    tree_end();
    tree_node("cpuic");
    tree_text("compatible", "loongson,cpu-interrupt-controller");
    tree_cells("interrupt-controller", 0);
    tree_cells("#interrupt-cells", 1, 1);
    tree_end();
    tree_node("serial@1fe001e0");
    tree_text("compatible", "ns16550a");
    tree_cells("reg", 4, 0, SERIAL, 0, 8);
    tree_cells("clock-frequency", 1, 100000000);
    tree_end();
    tree_node("syscon@100e001c");
    tree_text("compatible", "syscon");
    tree_cells("phandle", 1, 1);
    tree_cells("reg", 4, 0, POWER, 0, 3);
    tree_cells("reg-io-width", 1, 1);
    tree_end();
    tree_node("poweroff");
    tree_text("compatible", "syscon-poweroff");
    tree_cells("regmap", 1, 1);
    tree_cells("offset", 1, 0);
    tree_cells("value", 1, 0x34);
    tree_end();
    tree_end();
    tree_finish();
}

/// The EFI system table with the device tree and the RAM disk.
static void tell(long disk_size) {
    static const unsigned char guids[2][16] = {
        {0xd5, 0x21, 0xb6, 0xb1, 0x9c, 0xf1, 0xa5, 0x41, 0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0},
        {0x27, 0xe4, 0x68, 0x55, 0xfc, 0x68, 0x3d, 0x4f, 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68},
    };
    strcpy(ram + COMMAND_LINE, "console=ttyS0,115200 swiotlb=noforce");
    memcpy(ram + TABLE, "IBI SYST", 8);
    put(TABLE + 8, 120ul << 32 | 0x2000a);
    put(TABLE + 0x18, VENDOR);
    put(TABLE + 0x68, 2);
    put(TABLE + 0x70, CONFIGURATION);
    memcpy(ram + CONFIGURATION, guids[0], 16);
    put(CONFIGURATION + 16, TREE);
    memcpy(ram + CONFIGURATION + 24, guids[1], 16);
    put(CONFIGURATION + 40, DISK_TABLE);
    put(DISK_TABLE, DISK);
    put(DISK_TABLE + 8, disk_size);
}

static void set_register(int vcpu, unsigned long id, unsigned long value) {
    struct kvm_one_reg request = {.id = id, .addr = (unsigned long)&value};
    if (ioctl(vcpu, KVM_SET_ONE_REG, &request) < 0) die("KVM_SET_ONE_REG");
}

static unsigned long host_configuration(unsigned long word) {
    unsigned long value;
    __asm__("cpucfg %0, %1" : "=r"(value) : "r"(word));
    return value & 0xffffffff;
}

/// The guest's processor: this one, less what KVM does not offer. No virtualization, no LASX, no binary translation.
static void configure(int vcpu) {
    static const unsigned int words[][2] = {
        {0, ~0u}, {1, 0x3ffffff}, {2, 0x20c07f & ~0x80u}, {3, 0x1ffff}, {4, ~0u}, {5, ~0u}, {16, 0x1ffff}, {17, 0x7fffffff}, {18, 0x7fffffff}, {19, 0x7fffffff}, {20, 0x7fffffff},
    };
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) set_register(vcpu, KVM_IOC_CPUCFG(words[i][0]), host_configuration(words[i][0]) & words[i][1]);
}

/// Performs an access to the machine's devices; false when the guest has switched it off.
static int access_device(struct kvm_run *run) {
    unsigned long offset = run->mmio.phys_addr - SERIAL;
    if (offset < 8) {
        // Registers of an idle 16550.
        static unsigned char registers[8] = {0, 0, 1, 0, 0, 0x60, 0xb0, 0};
        if (!run->mmio.is_write) {
            memset(run->mmio.data, 0, sizeof run->mmio.data);
            // The transmitter is empty, which the driver looks for by its timer, having no interrupt.
            run->mmio.data[0] = offset == 2 ? (registers[1] & 2 ? 0xc2 : 0xc1) : registers[offset];
        } else if (offset == 0 && !(registers[3] & 0x80)) {
            write(1, run->mmio.data, 1);
        } else if (offset == 3 || offset == 7 || (offset == 1 && !(registers[3] & 0x80))) {
            registers[offset] = run->mmio.data[0] & (offset == 1 ? 0xf : 0xff);
        }
        return 1;
    }
    if (run->mmio.phys_addr == POWER && run->mmio.is_write && run->mmio.data[0] == 0x34) return 0;
    if (!run->mmio.is_write) memset(run->mmio.data, 0xff, sizeof run->mmio.data);
    return 1;
}

const char *run_guest(int kvm, const char *image, const char *disk) {
    int machine = ioctl(kvm, KVM_CREATE_VM, (void *)0);
    if (machine < 0) die("KVM_CREATE_VM");
    ram = mmap(NULL, RAM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (ram == MAP_FAILED) die("mmap");
    struct kvm_userspace_memory_region slot = {.memory_size = RAM, .userspace_addr = (unsigned long)ram};
    if (ioctl(machine, KVM_SET_USER_MEMORY_REGION, &slot) < 0) die("KVM_SET_USER_MEMORY_REGION");
    int vcpu = ioctl(machine, KVM_CREATE_VCPU, (void *)0);
    if (vcpu < 0) die("KVM_CREATE_VCPU");
    struct kvm_run *run = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, (void *)0), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    if (run == MAP_FAILED) die("mmap of the vcpu");

    // The file is read to where the kernel does not reach, and copied from there.
    load(image, 32 << 20);
    unsigned long entry = place(ram + (32 << 20));
    memset(ram + (32 << 20), 0, 32 << 20);
    describe();
    tell(load(disk, DISK));
    configure(vcpu);
    struct kvm_regs registers = {.pc = entry};
    registers.gpr[4] = 1;
    registers.gpr[5] = COMMAND_LINE;
    registers.gpr[6] = TABLE;
    if (ioctl(vcpu, KVM_SET_REGS, &registers) < 0) die("KVM_SET_REGS");
    printf("root: the guest begins at 0x%lx\n", entry);

    for (;;) {
        if (ioctl(vcpu, KVM_RUN, (void *)0) < 0 && errno != EINTR) die("KVM_RUN");
        switch (run->exit_reason) {
        case KVM_EXIT_INTR: break;
        case KVM_EXIT_MMIO:
            if (!access_device(run)) return "switched off";
            break;
        case KVM_EXIT_LOONGARCH_IOCSR:
            if (!run->iocsr_io.is_write) memset(run->iocsr_io.data, 0, sizeof run->iocsr_io.data);
            break;
        default: printf("root: exit %d\n", run->exit_reason); return "an exit that was not expected";
        }
    }
}
