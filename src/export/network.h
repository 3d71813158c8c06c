#ifndef NORMLAB_EXPORT_NETWORK_H
#define NORMLAB_EXPORT_NETWORK_H
#include "export/export.h"
#include "nn/graph.h"
#include "train/model.h"

/* The network of a job's one file, and what is said of it beside. */
typedef struct ExportNetwork {
  Model model;
  Graph graph;
  const char *file;
  char norm[64], statistics[64]; /* statistics: "none" where no norm crosses samples */
} ExportNetwork;

/* Reads it. Returns STATUS_USAGE if it is to be evaluated with the statistics of batches, which are
 * no function of a single image; the failures of result_read() and model_load(). The caller frees
 * it by export_network_free(), also after a failure. */
Status export_network_read(ExportNetwork *network, const ExportJob *job) MUST_CHECK;
void export_network_free(ExportNetwork *network);

#endif
