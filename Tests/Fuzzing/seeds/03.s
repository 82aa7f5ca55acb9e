add.d $r4, $a1, $zero; fadd.s $f0, $fa1, $ft0; movgr2cf $fcc7, $s9; movgr2scr $scr3, $ra
