/* switch.S without kvm_vector_entry: loading it must say which symbol is missing. */
#define kvm_vector_entry vector_entry_by_another_name
#include "switch.S"
