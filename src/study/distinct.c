#include "distinct.h"

#include <stdlib.h>
#include <string.h>

/* What must not be twice, and whose it is. */
typedef struct Mark {
  const char *text, *owner;
} Mark;

static int mark_order(const void *a, const void *b) {
  return strcmp(((const Mark *)a)->text, ((const Mark *)b)->text);
}

static const Mark *find_twin(Mark *marks, int n) {
  qsort(marks, (size_t)n, sizeof *marks, mark_order);
  for (int i = 1; i < n; i++)
    if (strcmp(marks[i - 1].text, marks[i].text) == 0) return &marks[i];
  return NULL;
}

Status distinct_check(const Study *study, Pool *pool, Report *report) {
  Mark *marks;
  TRY(pool_items(pool, &marks, (size_t)study->n_runs, sizeof *marks));
  for (int i = 0; i < study->n_runs; i++) marks[i].text = study->runs[i].name;
  const Mark *twin = find_twin(marks, study->n_runs);
  if (twin)
    return report_fault(report, 0, "variants",
                        "two runs would have the file %s.h5; give variants names that differ in "
                        "more than case and punctuation",
                        twin->text);
  for (int i = 0; i < study->n_variants; i++) {
    char *text;
    TRY(config_result_text(&text, study->variants[i].config));
    TRY(pool_keep(pool, text));
    marks[i] = (Mark){text, study->variants[i].title};
  }
  twin = find_twin(marks, study->n_variants);
  if (!twin) return status_ok();
  return report_fault(report, 0, "variants", "'%.60s' and '%.60s' are the same", twin[-1].owner,
                      twin->owner);
}
