#include "network.h"

#include "norms/norms.h"
#include "store/file.h"
#include <stdio.h>
#include <string.h>

static Status choose(Statistics *statistics, const ExportNetwork *network, const ExportJob *job) {
  const Network *built = &network->model.network;
  *statistics = job->statistics;
  if (*statistics == N_STATISTICS) *statistics = network->model.config->evaluate.statistics;
  if (!built->crosses_samples) return status_ok();
  if (*statistics == STATISTICS_BATCH)
    return status_error(STATUS_USAGE,
                        "%s: with the statistics of batches what an image gives depends on those "
                        "beside it; give --statistics running or population",
                        network->file);
  if (*statistics == STATISTICS_POPULATION && !built->has_population)
    return status_error(STATUS_DATA,
                        "%s: holds no statistics of all training images: only a finished run of "
                        "format 4 or newer does; give --statistics running",
                        network->file);
  return status_ok();
}

static Status make(ExportNetwork *network, const ExportJob *job) {
  Statistics statistics;
  NormSpec norm = network->model.config->network.norm;
  TRY(choose(&statistics, network, job));
  norm_spec_text(network->norm, norm);
  snprintf(network->statistics, sizeof network->statistics, "%s",
           network->model.network.crosses_samples ? STATISTICS_NAMES[statistics] : "none");
  return graph_make(&network->graph, &network->model.network, statistics, network->model.mean,
                    network->model.deviation);
}

Status export_network_read(ExportNetwork *network, const ExportJob *job) {
  Record record;
  int used_previous;
  *network = (ExportNetwork){.file = job->files[0]};
  TRY(result_read(&record, network->file, &used_previous));
  Status status = model_load(&network->model, &record, network->file);
  record_free(&record);
  return status.code == STATUS_OK ? make(network, job) : status;
}

void export_network_free(ExportNetwork *network) {
  graph_free(&network->graph);
  model_free(&network->model);
}
