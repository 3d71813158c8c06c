#include "vector/kernel_set.h"

extern const KernelSet ISA_NAME(kernel_set);

#define KERNEL_VALUE(result, name, arguments) .name = ISA_NAME(name),
const KernelSet ISA_NAME(kernel_set) = {.conv_direct = &ISA_NAME(conv_direct),
                                        KERNEL_LIST(KERNEL_VALUE)};
