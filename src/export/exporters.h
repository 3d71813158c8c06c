#ifndef NORMLAB_EXPORT_EXPORTERS_H
#define NORMLAB_EXPORT_EXPORTERS_H
#include "export/export.h"

#define EXPORT_FUNCTION(name, argument, takes, help)                                               \
  Status export_##name(const ExportJob *job, const char *target) MUST_CHECK;
EXPORT_TARGETS(EXPORT_FUNCTION)

#endif
