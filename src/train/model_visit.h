#ifndef NORMLAB_TRAIN_MODEL_VISIT_H
#define NORMLAB_TRAIN_MODEL_VISIT_H
#include "nn/average.h"
#include "nn/optimizer.h"
#include "store/record.h"

/* Where the numbers of a network are, and under which paths: for writing and for reading alike.
 * `detail` is what is to be said beyond the description of the field (store/schema.h), or NULL. */
typedef Status (*VisitArray)(void *context, const char *path, FieldType type, int n_dims,
                             const size_t *dims, void *data, const char *detail);

/* PREFIX and name of each tensor, with its part of values [n_parameters]. */
Status model_visit_tensors(Network *network, float *values, const char *prefix, VisitArray visit,
                           void *context) MUST_CHECK;
/* The same with running statistics, each after its norm, as in PyTorch's state_dict. */
Status model_visit(Network *network, float *values, const char *prefix, VisitArray visit,
                   void *context) MUST_CHECK;
/* The same with the statistics of the population, under the names of the running ones, for what
 * they take the place of: "/evaluation/population/NAME.running_mean". */
Status model_visit_population(Network *network, VisitArray visit, void *context) MUST_CHECK;
/* Returns whether a record has them. */
int model_has_population(const Network *network, const Record *record);
/* All state of a network and its optimizer. With training.ema the average is in /model, as it is
 * what predicts, and the weights are with the optimizer. */
Status model_visit_training(Network *network, Optimizer *optimizer, Average *average,
                            VisitArray visit, void *context) MUST_CHECK;
/* Whether the array at a path is a norm's count of batches, which no result depends on. */
int model_is_count(const char *path);
/* Checks what an array of this path may hold: floats are finite, a running variance and a count of
 * batches at least 0. STATUS_DATA with the file, `name` and the first place that is wrong. */
Status model_check_array(const char *file, const char *name, FieldType type, int n_dims,
                         const size_t *dims, const void *data) MUST_CHECK;
/* record_get for what visit is called with, checked by model_check_array. */
Status model_read_array(const Record *record, const char *file, const char *path, FieldType type,
                        int n_dims, const size_t *dims, void *data) MUST_CHECK;

#endif
