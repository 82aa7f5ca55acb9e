start:  li.w $t0, 3         # count
1:      addi.w $t0, $t0, -1 // down
bnez $t0, 1b ; beqz $zero, 1f
/* not
here */ nop
1:      b start
bl 1b
end:    bgez $a0, end
