// A machine for one Linux guest, by /dev/kvm.
#include <linux/kvm.h>
#include <linux/reboot.h>

/// Boots the kernel `image` (ELF) with a RAM disk and runs it; answers why it ended.
const char *run_guest(int kvm, const char *image, const char *disk);
