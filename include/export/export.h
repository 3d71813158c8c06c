#ifndef NORMLAB_EXPORT_EXPORT_H
#define NORMLAB_EXPORT_EXPORT_H
/* Result files as other programs read them. Not collective. */
#include "base/status.h"
#include "config/statistics.h"
#include <stddef.h>

/* What results are exported to, a row each: TARGET(name, argument, takes, help). The name is that
 * of the option, and of the function export_NAME() in src/export/NAME.c; `takes` is ONE for the
 * network of one file, or ALL for the runs of all files. */
#define EXPORT_TARGETS(TARGET)                                                                     \
  TARGET(csv, "FILE", ALL,                                                                         \
         "Writes all epochs and steps of all runs as one table: file, variant, norm, seed, "       \
         "status, unit (epoch or step), number, quantity, value.")                                 \
  TARGET(tensorboard, "DIR", ALL,                                                                  \
         "Writes the epochs and steps of each run as scalars for TensorBoard, a folder a run.")    \
  TARGET(torch, "FILE.py", ONE,                                                                    \
         "Writes a Python module with the network as a torch.nn.Module, whose state_dict has the " \
         "names and shapes of /model; load(FILE) gives it with these weights.")                    \
  TARGET(onnx, "FILE.onnx", ONE,                                                                   \
         "Writes the network with its weights for ONNX runtimes: from images [samples][channels]"  \
         "[rows][columns] of pixels from 0 to 1 to logits and probabilities.")

typedef struct ExportJob {
  char *const *files; /* [n] result files */
  size_t n;
  Statistics statistics; /* of norms that cross samples, for a network; N_STATISTICS: those that the
                            run was evaluated with */
  int overwrite;         /* 1: what is there may be replaced */
} ExportJob;

typedef enum ExportTakes { EXPORT_ONE, EXPORT_ALL } ExportTakes;

typedef struct Exporter {
  const char *name;
  ExportTakes takes;
  /* Writes the whole target or nothing of it; a target of several files file by file, each whole.
   * Returns the failure of reading a file (store/file.h); STATUS_USAGE for what has no form there;
   * STATUS_FILE; STATUS_MEMORY. */
  Status (*write)(const ExportJob *job, const char *target);
} Exporter;

/* In the order of EXPORT_TARGETS; a row without a name ends them. */
extern const Exporter EXPORTERS[];

/* Refuses a target that is there, unless the job says overwrite, or that cannot be written. */
Status export_check(const ExportJob *job, const char *target) MUST_CHECK;

#endif
