#include "vector/kernel_set.h"

extern const KernelSet ISA_NAME(kernel_set);

#define KERNEL_VALUE(result, name, arguments) .name = ISA_NAME(name),
#define CORRELATION_VALUE(id, name) [CORRELATION_##id] = &ISA_NAME(correlation_##name),
#define WEIGHTS_VALUE(id, name) [WEIGHTS_##id] = &ISA_NAME(weights_##name),
const KernelSet ISA_NAME(kernel_set) = {.correlations = {CORRELATION_LIST(CORRELATION_VALUE)},
                                        .weights = {WEIGHTS_LIST(WEIGHTS_VALUE)},
                                        .linear = &ISA_NAME(linear),
                                        KERNEL_LIST(KERNEL_VALUE)};
