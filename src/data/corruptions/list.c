#include "data/corruption.h"

#define CORRUPTION(name) extern const Corruption CORRUPTION_##name;
#include "list.h"
#undef CORRUPTION

const Corruption *const CORRUPTIONS[] = {
#define CORRUPTION(name) &CORRUPTION_##name,
#include "list.h"
#undef CORRUPTION
    NULL};
