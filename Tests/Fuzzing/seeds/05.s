li.d $a0, \(value)
