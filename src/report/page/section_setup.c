#include "sections.h"

#include <stdlib.h>
#include <string.h>

static const Run *example(const Page *page, size_t i) {
  return page->comparison->variants.variant[i].example;
}

/* The i-th key of variant v is not one of a variant before. */
static int is_first(const Page *page, size_t v, const char *key) {
  for (size_t i = 0; i < v; i++)
    if (run_key(example(page, i), key)) return 0;
  return 1;
}

static int differs(const Page *page, const char *key) {
  for (size_t i = 1; i < page->comparison->variants.n; i++)
    if (!runs_share_key(example(page, 0), example(page, i), key)) return 1;
  return 0;
}

static void code_cell(FILE *out, const char *value) {
  fputs(value ? "<td><code>" : "<td>-", out);
  if (value) html_text(out, value[0] ? value : "\"\"");
  fputs(value ? "</code></td>" : "</td>", out);
}

static void key_cell(FILE *out, const char *key) {
  fputs("<tr><th scope=\"row\"><code>", out);
  html_text(out, key);
  fputs("</code></th>", out);
}

/* Rows of the keys that differ, or of those that do not. */
static size_t print_keys(const Page *page, int different) {
  const Variants *variants = &page->comparison->variants;
  size_t n = 0;
  for (size_t v = 0; v < variants->n; v++)
    for (size_t k = 0; k < example(page, v)->n_keys; k++) {
      const char *key = example(page, v)->keys[k].key;
      if (!is_first(page, v, key) || differs(page, key) != different) continue;
      key_cell(page->out, key);
      for (size_t i = 0; i < (different ? variants->n : 1); i++)
        code_cell(page->out, run_key(example(page, i), key));
      fputs("</tr>\n", page->out);
      n++;
    }
  return n;
}

static void print_different(const Page *page) {
  const Variants *variants = &page->comparison->variants;
  static const char label[] = "Keys that differ between the variants";
  if (variants->n < 2) return;
  page_scroll(page, label);
  fprintf(page->out,
          "<table class=\"keys differ\">\n<caption><span>%s</span></caption>\n<thead><tr>"
          "<th scope=\"col\">key</th>",
          label);
  for (size_t i = 0; i < variants->n; i++) {
    fputs("<th scope=\"col\">", page->out);
    html_text(page->out, variants->variant[i].name);
    fputs("</th>", page->out);
  }
  fputs("</tr></thead>\n<tbody>\n", page->out);
  (void)print_keys(page, 1);
  fputs("</tbody>\n</table>\n", page->out);
  page_scroll_end(page);
}

static void print_files(const Page *page) {
  const Variants *variants = &page->comparison->variants;
  for (size_t i = 0; i < variants->n; i++) {
    const Run *run = example(page, i);
    const Detail *detail = plots_detail(page->plots, run);
    if (!detail->config) continue;
    fputs("<details><summary>", page->out);
    html_print(page->out, "%s: the configuration of %s", variants->variant[i].name, run->file);
    fputs("</summary>\n<pre>", page->out);
    html_text(page->out, detail->config);
    fputs("</pre></details>\n", page->out);
  }
}

Status section_config(const Page *page) {
  static const char label[] = "Keys that are the same for all variants";
  if (page->comparison->variants.n == 0) {
    page_missing(page, "No run can be compared.");
    return status_ok();
  }
  print_different(page);
  fputs("<details class=\"paper\"><summary>Keys that are the same for all variants</summary>\n",
        page->out);
  page_scroll(page, label);
  fprintf(
      page->out,
      "<table class=\"keys\">\n<caption><span>%s</span></caption>\n<thead><tr><th scope=\"col\">"
      "key</th><th scope=\"col\">value</th></tr></thead>\n<tbody>\n",
      label);
  (void)print_keys(page, 0);
  fputs("</tbody>\n</table>\n", page->out);
  page_scroll_end(page);
  fputs("</details>\n", page->out);
  print_files(page);
  return status_ok();
}

static const char *find_value(const Detail *detail, const char *key) {
  for (size_t i = 0; i < detail->n_environment; i++)
    if (strcmp(detail->environment[i].key, key) == 0) return detail->environment[i].value;
  return NULL;
}

/* Runs from `first` on with this value, and whether a run before has it. */
static size_t count_value(int *is_known, const Page *page, const char *key, size_t first) {
  const Detail *all = page->details->detail;
  const char *value = find_value(&all[first], key);
  size_t n = 0;
  *is_known = 0;
  for (size_t i = 0; i < page->comparison->n_runs; i++) {
    const char *other = find_value(&all[i], key);
    int same = other && strcmp(other, value) == 0;
    n += same;
    *is_known |= same && i < first;
  }
  return n;
}

/* Whether the runs have numbers there, with the least and the most. */
static int find_range(long long range[2], const Page *page, const char *key) {
  int has_any = 0;
  for (size_t i = 0; i < page->comparison->n_runs; i++) {
    const char *value = find_value(&page->details->detail[i], key);
    char *end;
    long long number = value ? strtoll(value, &end, 10) : 0;
    if (!value) continue;
    if (end == value || *end) return 0;
    if (!has_any || number < range[0]) range[0] = number;
    if (!has_any || number > range[1]) range[1] = number;
    has_any = 1;
  }
  return has_any;
}

/* Each value once, with its runs; numbers of which there are many as a range. */
static void print_values(const Page *page, const char *key) {
  size_t n_runs = page->comparison->n_runs, n_shown = 0, n_distinct = 0;
  enum { MOST = 4 };
  long long range[2];
  int is_known;
  key_cell(page->out, key);
  fputs("<td>", page->out);
  for (size_t i = 0; i < n_runs; i++) {
    if (!find_value(&page->details->detail[i], key)) continue;
    (void)count_value(&is_known, page, key, i);
    n_distinct += !is_known;
  }
  int is_range = n_distinct > MOST && find_range(range, page, key);
  if (is_range) fprintf(page->out, "<code>%lld</code> to <code>%lld</code>", range[0], range[1]);
  for (size_t i = 0; i < n_runs && !is_range && n_shown < MOST; i++) {
    const char *value = find_value(&page->details->detail[i], key);
    if (!value) continue;
    size_t n = count_value(&is_known, page, key, i);
    if (is_known) continue;
    fputs(n_shown++ ? "<br><code>" : "<code>", page->out);
    html_text(page->out, value);
    fputs("</code>", page->out);
    if (n < n_runs) fprintf(page->out, " (%zu of %zu runs)", n, n_runs);
  }
  if (!is_range && n_distinct > MOST) fprintf(page->out, "<br>and %zu more", n_distinct - MOST);
  fputs("</td></tr>\n", page->out);
}

static int is_new(const Page *page, size_t run, const char *key) {
  for (size_t i = 0; i < run; i++)
    if (find_value(&page->details->detail[i], key)) return 0;
  return 1;
}

Status section_machine(const Page *page) {
  static const char label[] = "Machine and software of the runs";
  size_t n = 0;
  for (size_t i = 0; i < page->comparison->n_runs; i++) n += page->details->detail[i].n_environment;
  if (n == 0) {
    page_missing(page, "No run says where it was made.");
    return status_ok();
  }
  page_scroll(page, label);
  fprintf(
      page->out,
      "<table class=\"keys\">\n<caption><span>%s</span></caption>\n<thead><tr><th scope=\"col\">"
      "what</th><th scope=\"col\">value</th></tr></thead>\n<tbody>\n",
      label);
  for (size_t i = 0; i < page->comparison->n_runs; i++) {
    const Detail *detail = &page->details->detail[i];
    for (size_t k = 0; k < detail->n_environment; k++)
      if (is_new(page, i, detail->environment[k].key))
        print_values(page, detail->environment[k].key);
  }
  fputs("</tbody>\n</table>\n", page->out);
  page_scroll_end(page);
  return status_ok();
}
