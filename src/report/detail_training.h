#ifndef NORMLAB_REPORT_DETAIL_TRAINING_H
#define NORMLAB_REPORT_DETAIL_TRAINING_H
/* The parts of a run's details that tell how it was trained. The only failure is STATUS_MEMORY. Not
 * collective. */
#include "report/detail.h"

/* Adds what the layers are, once it is known how many there are. */
Status detail_add_layers(Detail *detail, const Record *record) MUST_CHECK;
/* Adds the losses of the steps, where there are few epochs. */
Status detail_add_steps(Detail *detail, const Run *run, const Record *record) MUST_CHECK;
/* Adds what probes saw. */
Status detail_add_probes(Detail *detail, const Record *record) MUST_CHECK;
void detail_free_training(Detail *detail);

#endif
