.byte 1, -1, 'A', '\n'
.half 0x1234
.align 2
.word later, 0xffffffff
.dword -2, later - first
first: .ascii "ab\"\x41\101"
.asciz "z"
.balign 8, 0xee
later: .space 2, 7
.zero 1
