#include "fuzz.h"
#include "report/comparison.h"
#include "report/run_table.h"

#include <stdio.h>
#include <stdlib.h>

/* Compares what is there, and writes it as a table again. */
static void compare(Run *runs, size_t n) {
  Comparison comparison;
  ComparisonOptions options = {.difference = COMPARISON_DIFFERENCE, .variants = {.reach = 0.99}};
  char *text = NULL;
  size_t bytes;
  Status status = comparison_make(&comparison, runs, n, &options);
  if (status.code) fuzz_fail(status.text);
  FILE *out = open_memstream(&text, &bytes);
  status = comparison_print(out, &comparison);
  if (!status.code) status = comparison_print_csv_runs(out, &comparison, NULL);
  if (status.code) fuzz_fail(status.text);
  comparison_free(&comparison);
  fclose(out);
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  const char *file = fuzz_file(data, n);
  Run *runs;
  size_t n_runs;
  Status status = run_table_read(&runs, &n_runs, file);
  fuzz_expect(status, STATUS_DATA, STATUS_FILE, file);
  if (status.code) return 0;
  compare(runs, n_runs);
  for (size_t i = 0; i < n_runs; i++) run_free(&runs[i]);
  free(runs);
  return 0;
}
