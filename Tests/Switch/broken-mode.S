/* switch.S that forgets to set GSTAT.PVM: its ertn stays in the host, at the guest's address. */
#include "loongarch-csr.h"
#undef CSR_GSTAT_PVM
#define CSR_GSTAT_PVM 0
#include "switch.S"
