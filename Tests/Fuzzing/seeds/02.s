.equ SIZE, END - START       # both from further down
.set N, 4
OFFSET = N * (2 + 1) - -1
addi.d $a0, $a0, OFFSET
addi.d $a0, $a0, SIZE
.set N, N + 1
addi.d $a0, $a0, N | 1 << 4
addi.d $a0, $a0, 0b101 + 017 + 0x10 - ~0 + 7 % 4 + 9 / 2
ld.d $a0, $a1, FIELD
START: nop
nop
END:
