/* Control register numbers and bits, by the names that Linux gives them. */
#ifndef LOONGARCH_CSR_H
#define LOONGARCH_CSR_H

#define LOONGARCH_CSR_CRMD      0x0
#define LOONGARCH_CSR_PRMD      0x1
#define LOONGARCH_CSR_EUEN      0x2
#define LOONGARCH_CSR_MISC      0x3
#define LOONGARCH_CSR_ECFG      0x4
#define LOONGARCH_CSR_ESTAT     0x5
#define LOONGARCH_CSR_ERA       0x6
#define LOONGARCH_CSR_BADV      0x7
#define LOONGARCH_CSR_BADI      0x8
#define LOONGARCH_CSR_EENTRY    0xc
#define LOONGARCH_CSR_GTLBC     0x15
#define LOONGARCH_CSR_TRGP      0x16
#define LOONGARCH_CSR_ASID      0x18
#define LOONGARCH_CSR_PGDL      0x19
#define LOONGARCH_CSR_PGDH      0x1a
#define LOONGARCH_CSR_CPUID     0x20
#define LOONGARCH_CSR_KS0       0x30
#define LOONGARCH_CSR_KS4       0x34
#define LOONGARCH_CSR_KS5       0x35
#define LOONGARCH_CSR_TID       0x40
#define LOONGARCH_CSR_TCFG      0x41
#define LOONGARCH_CSR_GSTAT     0x50
#define LOONGARCH_CSR_GCFG      0x51
#define LOONGARCH_CSR_GINTC     0x52
#define LOONGARCH_CSR_GCNTC     0x53

#define KVM_VCPU_KS             LOONGARCH_CSR_KS4
#define KVM_TEMP_KS             LOONGARCH_CSR_KS5

#define CSR_PRMD_PIE            (1 << 2)
#define CSR_ECFG_VS_SHIFT       16
#define CSR_ECFG_VS_SHIFT_END   18
#define CSR_GSTAT_PVM           (1 << 1)
#define CSR_GSTAT_GID_SHIFT     16
#define CSR_GSTAT_GID_SHIFT_END 23
#define CSR_GTLBC_TGID_SHIFT    16
#define CSR_GTLBC_TGID_SHIFT_END 23
#define CSR_GTLBC_TGID          (0xff << CSR_GTLBC_TGID_SHIFT)

#endif
