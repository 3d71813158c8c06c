#ifndef NORMLAB_REPORT_VARIANT_NAME_H
#define NORMLAB_REPORT_VARIANT_NAME_H
#include "report/variant.h"

/* Sets name and keys of all. STATUS_MEMORY. */
Status variants_name(Variants *variants) MUST_CHECK;

#endif
