vadd.b $vr0, $vr1, $vr31; xvadd.b $xr0, $xr1, $xr31; movgr2fcsr $fcsr0, $a0; movgr2fcsr $r1, $a0
