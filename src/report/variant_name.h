#ifndef NORMLAB_REPORT_VARIANT_NAME_H
#define NORMLAB_REPORT_VARIANT_NAME_H
#include "report/variant.h"

/* Sets the names and keys of all variants. Returns STATUS_MEMORY. Not collective. */
Status variants_name(Variants *variants) MUST_CHECK;

#endif
