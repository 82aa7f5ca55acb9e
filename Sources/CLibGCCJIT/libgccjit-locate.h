// Finds libgccjit.h where Debian's libgccjit-N-dev puts it: on the include path or in GCC's private directory.
#if defined(__has_include) && __has_include(<libgccjit.h>)
#  include <libgccjit.h>
#elif __has_include("/usr/lib/gcc/x86_64-linux-gnu/15/include/libgccjit.h")
#  include "/usr/lib/gcc/x86_64-linux-gnu/15/include/libgccjit.h"
#elif __has_include("/usr/lib/gcc/x86_64-linux-gnu/14/include/libgccjit.h")
#  include "/usr/lib/gcc/x86_64-linux-gnu/14/include/libgccjit.h"
#elif __has_include("/usr/lib/gcc/x86_64-linux-gnu/13/include/libgccjit.h")
#  include "/usr/lib/gcc/x86_64-linux-gnu/13/include/libgccjit.h"
#elif __has_include("/usr/lib/gcc/x86_64-linux-gnu/12/include/libgccjit.h")
#  include "/usr/lib/gcc/x86_64-linux-gnu/12/include/libgccjit.h"
#else
#  error "libgccjit.h not found: apt-get install libgccjit-12-dev"
#endif
