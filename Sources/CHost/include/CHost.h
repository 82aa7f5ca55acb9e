// What Swift cannot say itself: the CPU state that interpreter, translated code and signal handlers share, guest memory
// accesses that may fault, the host's floating-point unit, and the entry into translated code.
#ifndef LONGMA_CHOST_H
#define LONGMA_CHOST_H

#include "CPU.h"
#include "GuestAccess.h"
#include "FloatUnit.h"
#include "MappedAccess.h"
#include "Core.h"
#include "KVM.h"
#include "HostSystem.h"
#include "LinuxHost.h"

#endif
