#ifndef NORMLAB_REPORT_COMPARISON_H
#define NORMLAB_REPORT_COMPARISON_H
/* Runs side by side. Not collective. */
#include "report/run.h"
#include <stdio.h>

/* The p above which two runs are called not separable. */
#define COMPARISON_LEVEL 0.05

/* Sorts runs [n], n >= 1, by run_order and prints a table of them, then for each run but the best
 * one McNemar's exact test against that, in words. The best of runs on the test set, or of those on
 * a validation split: runs of both are never tested against one another, and log_warning tells that
 * not all were evaluated on the same images. */
Status comparison_print(FILE *out, Run *runs, size_t n) MUST_CHECK;

/* The same as JSON: {"runs": [{"file", "name", "norm", "seed", "status", "evaluated" ("test" or
 * "validation": what the test_ numbers are of), "evaluated_hash" (of its images): texts or null;
 * "epochs", "parameters", "test_accuracy" (0 .. 1), "test_loss", "train_accuracy", "train_loss",
 * "images_per_second", "epoch_seconds": numbers or null}], in that order, "tests": [{"best",
 * "other": files; "only_best_right", "only_other_right", "p", "separable", or null for these where
 * the two have no predictions of the same images}]}. */
void comparison_print_json(FILE *out, Run *runs, size_t n);

#endif
