#include "data/format.h"

#define FORMAT(name) extern const DataFormat FORMAT_##name;
#include "list.h"
#undef FORMAT

const DataFormat *const DATA_FORMATS[] = {
#define FORMAT(name) &FORMAT_##name,
#include "list.h"
#undef FORMAT
    NULL};
