#include "config/statistics.h"

#include <string.h>

const char *const STATISTICS_NAMES[N_STATISTICS + 1] = {[STATISTICS_RUNNING] = "running",
                                                        [STATISTICS_POPULATION] = "population",
                                                        [STATISTICS_BATCH] = "batch"};

const char *const STATISTICS_TEXTS[N_STATISTICS] = {
    [STATISTICS_RUNNING] = "running averages",
    [STATISTICS_POPULATION] = "the statistics of all training images",
    [STATISTICS_BATCH] = "the statistics of groups as large as in training"};

Statistics statistics_find(const char *name) {
  int i = 0;
  while (i < N_STATISTICS && strcmp(STATISTICS_NAMES[i], name) != 0) i++;
  return (Statistics)i;
}
