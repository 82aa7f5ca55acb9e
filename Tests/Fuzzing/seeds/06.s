li.w $a0, \(value)
