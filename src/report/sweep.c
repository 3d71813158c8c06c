#include "report/sweep.h"

#include "base/memory.h"
#include "run_keys.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char NORM[] = "network.norm", LAYERS[] = "network.layers.";

int sweep_split(const char *text, double *number, char rest[SWEEP_TEXT]) {
  size_t before = strcspn(text, "0123456789");
  if (!text[before]) return 0;
  if (before > 0 && text[before - 1] == '.') before--;
  if (before > 0 && text[before - 1] == '-') before--;
  char *end;
  *number = strtod(text + before, &end);
  if (end[strcspn(end, "0123456789")] || !isfinite(*number)) return 0;
  snprintf(rest, SWEEP_TEXT, "%.*sN%s", (int)before, text, end);
  return 1;
}

const char *sweep_find_key(const Variants *variants, const char *key) {
  for (size_t i = 0; i < variants->n; i++) {
    const Run *run = variants->variant[i].example;
    for (size_t k = 0; k < run->n_keys; k++)
      if (run_key_is_meant(run->keys[k].key, key)) return run->keys[k].key;
  }
  return NULL;
}

/* The coefficient of variation of the steps between rising values, or between their logarithms. */
static double unevenness(const double *x, size_t n, int of_logarithms) {
  double sum = 0, squares = 0;
  for (size_t i = 1; i < n; i++) {
    double step = of_logarithms ? log(x[i] / x[i - 1]) : x[i] - x[i - 1];
    sum += step;
    squares += step * step;
  }
  double mean = sum / (double)(n - 1);
  return sqrt(fmax(0, squares / (double)(n - 1) - mean * mean)) / mean;
}

int sweep_has_factors(const double *x, size_t n) {
  const double many = 4, rounding = 1e-9;
  if (n < 2 || !(x[0] > 0)) return 0;
  if (n == 2) return x[1] >= many * x[0];
  return unevenness(x, n, 1) + rounding < unevenness(x, n, 0);
}

int sweep_is_better(double mean, size_t n_failed, double other_mean, size_t other_failed) {
  int is_whole = n_failed == 0, other_is_whole = other_failed == 0;
  return is_whole != other_is_whole ? is_whole : mean > other_mean;
}

/* Whether two variants differ in the value of the key alone, and along numbers there in its number
 * alone. */
static int are_in_line(const Variant *a, const Variant *b, const char *key, int is_number) {
  const Run *x = a->example, *y = b->example;
  double number;
  char rest_a[SWEEP_TEXT], rest_b[SWEEP_TEXT];
  const char *of_a = run_key(x, key), *of_b = run_key(y, key);
  if (!of_a || !of_b || x->n_keys != y->n_keys) return 0;
  if (is_number && (!sweep_split(of_a, &number, rest_a) || !sweep_split(of_b, &number, rest_b) ||
                    strcmp(rest_a, rest_b) != 0))
    return 0;
  for (size_t i = 0; i < x->n_keys; i++)
    if (strcmp(x->keys[i].key, key) != 0 && !runs_share_key(x, y, x->keys[i].key)) return 0;
  return runs_share_set(x, y);
}

static int takes_part(const Variant *variant, const char *key) {
  return variant->n_tried > 0 && run_key(variant->example, key);
}

static int point_order(const void *a, const void *b) {
  const SweepPoint *x = a, *y = b;
  return (x->value > y->value) - (x->value < y->value);
}

/* The place of a category: 1 and the number of other ones that come before it by their text. */
static double place_of(const Variants *variants, const char *key, const char *text) {
  double place = 1;
  for (size_t i = 0; i < variants->n; i++) {
    if (!takes_part(&variants->variant[i], key)) continue;
    const char *other = run_key(variants->variant[i].example, key);
    int is_first = strcmp(other, text) < 0;
    for (size_t k = 0; k < i && is_first; k++)
      if (takes_part(&variants->variant[k], key) &&
          strcmp(run_key(variants->variant[k].example, key), other) == 0)
        is_first = 0;
    place += is_first;
  }
  return place;
}

static SweepPoint point_of(const Sweep *sweep, const Variants *variants, const Variant *variant) {
  SweepPoint point = {.text = run_key(variant->example, sweep->key), .variant = variant};
  char rest[SWEEP_TEXT];
  if (!sweep->is_number)
    point.value = place_of(variants, sweep->key, point.text);
  else if (!sweep_split(point.text, &point.value, rest))
    point.value = (double)NAN;
  return point;
}

/* Along the norm those without a number, and those that are the only one of their kind. */
static int is_level(const Sweep *sweep, const SweepLine *line) {
  return strcmp(sweep->key, NORM) == 0 && line->n == 1;
}

/* Takes the line of a variant, unless an earlier one has taken it. */
static Status add_line(Sweep *sweep, const Variants *variants, size_t number) {
  const Variant *first = &variants->variant[number];
  const int is_number = sweep->is_number;
  SweepLine *line = &sweep->line[sweep->n];
  for (size_t i = 0; i < number; i++)
    if (takes_part(&variants->variant[i], sweep->key) &&
        are_in_line(&variants->variant[i], first, sweep->key, is_number))
      return status_ok();
  TRY(memory_allocate(&line->point, variants->n, sizeof *line->point, "points of a line"));
  sweep->n++;
  line->point[line->n++] = point_of(sweep, variants, first);
  for (size_t i = number + 1; i < variants->n; i++)
    if (takes_part(&variants->variant[i], sweep->key) &&
        are_in_line(&variants->variant[i], first, sweep->key, is_number))
      line->point[line->n++] = point_of(sweep, variants, &variants->variant[i]);
  qsort(line->point, line->n, sizeof *line->point, point_order);
  line->is_level = is_level(sweep, line);
  return status_ok();
}

/* The norm of a line, with N for its number where that is on the axis. */
static void norm_of(char text[SWEEP_TEXT], const Sweep *sweep, const SweepLine *line) {
  double number;
  const char *norm = line->point[0].variant->norm;
  if (strcmp(sweep->key, NORM) != 0 || !sweep_split(norm, &number, text))
    snprintf(text, SWEEP_TEXT, "%s", norm[0] ? norm : "-");
}

/* Whether lines of the same norm differ in a key. */
static int tells_apart(const Sweep *sweep, const SweepLine *line, const char *key) {
  char norm[SWEEP_TEXT], other[SWEEP_TEXT];
  norm_of(norm, sweep, line);
  for (size_t i = 0; i < sweep->n && strcmp(key, sweep->key) != 0; i++) {
    norm_of(other, sweep, &sweep->line[i]);
    if (strcmp(norm, other) == 0 && !runs_share_key(line->point[0].variant->example,
                                                    sweep->line[i].point[0].variant->example, key))
      return 1;
  }
  return 0;
}

/* All layers are one: the name of the configuration. */
static void print_keys(FILE *out, const Sweep *sweep, const SweepLine *line) {
  enum { HASH = 8 };
  const Run *run = line->point[0].variant->example;
  int has_network = 0;
  for (size_t k = 0; k < run->n_keys; k++) {
    const char *key = run->keys[k].key, *value = run->keys[k].value, *last = strrchr(key, '.');
    if (!tells_apart(sweep, line, key)) continue;
    if (strncmp(key, LAYERS, strlen(LAYERS)) == 0) {
      if (!has_network++) fprintf(out, " %s", run->name);
    } else if (strcmp(key, "data") == 0) {
      fprintf(out, " %s", run->data[0] ? run->data : "-");
    } else if (strcmp(key, "init") == 0) {
      fprintf(out, " init=%.*s", HASH, value);
    } else {
      fprintf(out, " %s=%s", last ? last + 1 : key, value[0] ? value : "-");
    }
  }
}

static Status name_line(const Sweep *sweep, SweepLine *line) {
  size_t bytes;
  char norm[SWEEP_TEXT];
  FILE *out = open_memstream(&line->name, &bytes);
  if (out) {
    norm_of(norm, sweep, line);
    fputs(line->is_level ? line->point[0].variant->norm : norm, out);
    print_keys(out, sweep, line);
    if (fclose(out) == 0) return status_ok();
  }
  return status_error(STATUS_MEMORY, "no memory for the name of a line");
}

static Status collect_values(Sweep *sweep, size_t most) {
  double *x;
  TRY(memory_allocate(&sweep->value, most, sizeof *sweep->value, "values of an axis"));
  for (size_t i = 0; i < sweep->n; i++)
    for (size_t k = 0; k < sweep->line[i].n && !sweep->line[i].is_level; k++) {
      const SweepPoint *point = &sweep->line[i].point[k];
      size_t j = 0;
      while (j < sweep->n_values && sweep->value[j].value != point->value) j++;
      if (j == sweep->n_values) sweep->value[sweep->n_values++] = *point;
    }
  qsort(sweep->value, sweep->n_values, sizeof *sweep->value, point_order);
  TRY(memory_allocate(&x, sweep->n_values, sizeof *x, "values of an axis"));
  for (size_t i = 0; i < sweep->n_values; i++) x[i] = sweep->value[i].value;
  sweep->is_logarithmic = sweep->is_number && sweep_has_factors(x, sweep->n_values);
  free(x);
  return status_ok();
}

/* Along the norm there are numbers, or nothing; along any other key only if all values have one. */
static int has_numbers(const Variants *variants, const char *key) {
  double number;
  char rest[SWEEP_TEXT];
  for (size_t i = 0; i < variants->n && strcmp(key, NORM) != 0; i++)
    if (takes_part(&variants->variant[i], key) &&
        !sweep_split(run_key(variants->variant[i].example, key), &number, rest))
      return 0;
  return 1;
}

Status sweep_make(Sweep *sweep, const Variants *variants, const char *key) {
  *sweep = (Sweep){.key = key, .is_number = has_numbers(variants, key)};
  TRY(memory_allocate(&sweep->line, variants->n, sizeof *sweep->line, "lines"));
  Status status = status_ok();
  for (size_t i = 0; i < variants->n && status.code == STATUS_OK; i++)
    if (takes_part(&variants->variant[i], key)) status = add_line(sweep, variants, i);
  for (size_t i = 0; i < sweep->n && status.code == STATUS_OK; i++)
    status = name_line(sweep, &sweep->line[i]);
  if (status.code == STATUS_OK) status = collect_values(sweep, variants->n);
  if (status.code != STATUS_OK) sweep_free(sweep);
  return status;
}

void sweep_free(Sweep *sweep) {
  for (size_t i = 0; i < sweep->n; i++) {
    free(sweep->line[i].name);
    free(sweep->line[i].point);
  }
  free(sweep->line);
  free(sweep->value);
  *sweep = (Sweep){0};
}

size_t sweep_longest(const Sweep *sweep) {
  size_t n = 0;
  for (size_t i = 0; i < sweep->n; i++)
    if (!sweep->line[i].is_level && sweep->line[i].n > n) n = sweep->line[i].n;
  return n;
}
