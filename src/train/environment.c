#include "base/version.h"
#include "dist/dist.h"
#include "kernels/gemm.h"
#include "kernels/isa.h"
#include "store/file.h"
#include "train/train.h"
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static void processor(char *text, size_t bytes) {
  snprintf(text, bytes, "unknown");
  FILE *file = fopen("/proc/cpuinfo", "r");
  char line[512];
  while (file && fgets(line, sizeof line, file)) {
    char *value = strchr(line, ':');
    if (strncmp(line, "model name", 10) != 0 || !value) continue;
    value[strcspn(value, "\n")] = 0;
    snprintf(text, bytes, "%s", value + 2);
    break;
  }
  if (file) fclose(file);
}

void environment_visit(void (*visit)(void *context, const char *name, const char *value),
                       void *context) {
  char name[256];
  struct utsname system;
  visit(context, "version", version_number());
  visit(context, "commit", version_commit());
  visit(context, "compiler", version_compiler());
  visit(context, "mpi", dist_version());
  visit(context, "hdf5", result_library_version());
  visit(context, "blas", gemm_version());
  visit(context, "blas_core_type", gemm_core_type());
  visit(context, "instruction_set", isa_name(isa_current()));
  processor(name, sizeof name);
  visit(context, "processor", name);
  if (uname(&system) == 0) {
    snprintf(name, sizeof name, "%.100s %.100s", system.sysname, system.release);
    visit(context, "system", name);
  }
}
