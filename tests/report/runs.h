#ifndef NORMLAB_TESTS_REPORT_RUNS_H
#define NORMLAB_TESTS_REPORT_RUNS_H
/* Runs made in memory, for tests of the comparison; failures end the test. */
#include "report/comparison.h"

enum { N_TEST = 40 };

void put_vector(Record *record, const char *path, FieldType type, size_t n, const void *data);

/* A run of two epochs that gets the first `right` of N_TEST images right. */
void make_record(Record *record, const char *norm, int right, int first_label);
void make_run(Run *run, const char *file, const char *norm, int right, int first_label);

/* A finished run of one epoch without predictions, with one more key in its configuration. */
void make_plain(Run *run, const char *file, const char *norm, int seed, double accuracy,
                const char *key, const char *value);
void free_runs(Run *runs, int n);

/* About COMPARISON_DIFFERENCE, with a reach of 0.9; the second with other options besides. */
Comparison compare(Run *runs, size_t n, const char *baseline);
Comparison compare_with(Run *runs, size_t n, ComparisonOptions options);

typedef enum Form { TEXT, JSON, CSV, CSV_RUNS } Form;
/* What is printed; freed by the caller. */
char *print(const Comparison *comparison, Form form);

#endif
