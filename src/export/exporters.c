#include "exporters.h"
#include "export/export.h"
#include "store/replace.h"
#include <sys/stat.h>

#define ROW(name, argument, takes, help) {#name, EXPORT_##takes, export_##name},
const Exporter EXPORTERS[] = {EXPORT_TARGETS(ROW){0}};

Status export_check(const ExportJob *job, const char *target) {
  struct stat info;
  if (lstat(target, &info) != 0) return status_ok();
  if (!job->overwrite)
    return status_error(STATUS_USAGE, "%s is there already; --overwrite replaces it", target);
  return S_ISDIR(info.st_mode) ? status_ok() : file_replace_check(target);
}
