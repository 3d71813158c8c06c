#ifndef NORMLAB_REPORT_EVALUATION_H
#define NORMLAB_REPORT_EVALUATION_H
#include "config/statistics.h"
#include "store/record.h"

/* Which evaluation of a network with norms that cross samples a record tells of. Not collective. */

/* Returns the name of the statistics that accuracies and predictions of a record are by; "none" if
 * no norm of its network crosses samples. Files of the formats before there was a choice have
 * running averages. */
const char *evaluation_of(const Record *record);

/* Has the record tell of its run by other statistics: accuracies, losses, predictions. Sets
 * *is_there to 0 if it has no such evaluation, and then changes nothing. Where no norm crosses
 * samples all evaluations are there. STATUS_MEMORY. */
Status evaluation_choose(Record *record, Statistics statistics, int *is_there) MUST_CHECK;

/* Finds the last accuracy and loss by these statistics, and the probabilities
 * [n_images][n_classes], which the record owns. Returns 0, and sets nothing, if the record has no
 * complete evaluation by them. */
int evaluation_find(const Record *record, Statistics statistics, double *accuracy, double *loss,
                    const float **probability, size_t *n_images, size_t *n_classes);

#endif
