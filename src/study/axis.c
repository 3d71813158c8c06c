#include "axis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "1..5": digits alone, so that no value of a configuration is taken for one. */
static int is_range(const char *text, int *first, int *last) {
  int end = 0;
  if (text[strspn(text, "0123456789.")] || strlen(text) > 20) return 0;
  return sscanf(text, "%9d..%9d%n", first, last, &end) == 2 && !text[end];
}

static Status add(Axis *axis, Pool *pool, const Node *node, const char *path, Report *report,
                  const char *value) {
  char shown[SHOWN_TEXT];
  for (int i = 0; i < axis->n_values; i++)
    if (strcmp(axis->values[i].value, value) == 0)
      return report_fault(report, node->line, path, "%s is given twice", show(shown, value));
  Setting *setting = &axis->values[axis->n_values++];
  *setting = (Setting){.key = axis->key, .line = node->line};
  TRY(pool_text(pool, &setting->value, "%s", value));
  return pool_text(pool, &setting->place, "%s:%d: %s:", report->file, node->line, path);
}

/* Values that an entry stands for. */
static Status count(int *n, const Node *entry, const char *path, Report *report) {
  int first, last;
  *n = 1;
  if (entry->kind != NODE_VALUE)
    return report_fault(
        report, entry->line, path,
        "expected single values and ranges like 1..5; sets of changes are variants");
  if (!is_range(entry->value, &first, &last)) return status_ok();
  if (last < first)
    return report_fault(report, entry->line, path, "%.20s: the range ends before it begins",
                        entry->value);
  *n = last - first + 1;
  return status_ok();
}

Status axis_read(Axis *axis, Pool *pool, const Node *node, const char *path, Report *report) {
  int first, last, n;
  int64_t total = 0;
  const Node *entries = node->kind == NODE_LIST ? node->first : node;
  const Node *end = node->kind == NODE_LIST ? NULL : node->next;
  if (node->kind == NODE_VALUE && !is_range(node->value, &first, &last))
    return report_fault(report, node->line, path,
                        "expected a list of values, or a range like 1..5; one value for all runs "
                        "belongs to set");
  if (node->kind == NODE_MAP || node->kind == NODE_LIST)
    if (node->kind == NODE_MAP || node->n == 0)
      return report_fault(report, node->line, path, "expected a list of values, or a range");
  for (const Node *entry = entries; entry != end; entry = entry->next) {
    TRY(count(&n, entry, path, report));
    total += n;
    if (total > STUDY_MAX_RUNS)
      return report_fault(report, node->line, path, "more than %d values", STUDY_MAX_RUNS);
  }
  TRY(pool_items(pool, &axis->values, (size_t)total, sizeof *axis->values));
  for (const Node *entry = entries; entry != end; entry = entry->next) {
    if (!is_range(entry->value, &first, &last)) {
      TRY(add(axis, pool, entry, path, report, entry->value));
      continue;
    }
    for (int i = first; i <= last; i++) {
      char value[16];
      snprintf(value, sizeof value, "%d", i);
      TRY(add(axis, pool, entry, path, report, value));
    }
  }
  return status_ok();
}
