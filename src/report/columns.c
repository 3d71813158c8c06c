#include "columns.h"

#include "base/log.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_files(Json *json, const char *name, const Line *line) {
  json_open(json, name, '[');
  for (size_t i = 0; i < line->variant->n_runs; i++)
    json_text(json, NULL, line->variant->runs[i]->file);
  json_close(json, ']');
}

static void put_seeds(Json *json, const char *name, const Line *line) {
  json_open(json, name, '[');
  for (size_t i = 0; i < line->variant->n_runs; i++)
    json_text(json, NULL, line->variant->runs[i]->seed);
  json_close(json, ']');
}

static void put_pairs(Json *json, const char *name, const Line *line) {
  json_open(json, name, '[');
  for (size_t i = 0; i < line->difference->n_pairs; i++) {
    const SeedPair *pair = &line->difference->pairs[i];
    json_open(json, NULL, '{');
    json_text(json, "seed", pair->variant->seed);
    json_text(json, "variant", pair->variant->file);
    json_text(json, "baseline", pair->baseline->file);
    json_count(json, "only_variant_right", pair->has_images ? (int64_t)pair->only_variant : -1);
    json_count(json, "only_baseline_right", pair->has_images ? (int64_t)pair->only_baseline : -1);
    json_number(json, "p_mcnemar", pair->p);
    json_close(json, '}');
  }
  json_close(json, ']');
}

static void put_words(Json *json, const char *name, const Line *line) {
  char *words = NULL;
  size_t bytes;
  FILE *text = open_memstream(&words, &bytes);
  if (text) {
    verdict_print(text, line->comparison, line->difference);
    fclose(text);
  }
  json_text(json, name, words);
  free(words);
}

static void put_notes(Json *json, const char *name, const Line *line) {
  json_open(json, name, '{');
  for (size_t i = 0; i < line->run->n_notes; i++)
    json_text(json, line->run->notes[i].key, line->run->notes[i].value);
  json_close(json, '}');
}

static const char *name_of(const Variant *variant) {
  return variant ? variant->name : NULL;
}

/* The variant that a run counts for. */
static const char *variant_of(const Line *line) {
  const Variants *variants = &line->comparison->variants;
  for (size_t i = 0; i < variants->n; i++)
    for (size_t k = 0; k < variants->variant[i].n_runs; k++)
      if (variants->variant[i].runs[k] == line->run) return variants->variant[i].name;
  return "";
}

static double epochs_to_reach(const Line *line) {
  double epochs, seconds;
  run_reach(line->run, line->comparison->options.variants.reach, &epochs, &seconds);
  return epochs;
}

static double seconds_to_reach(const Line *line) {
  double epochs, seconds;
  run_reach(line->run, line->comparison->options.variants.reach, &epochs, &seconds);
  return seconds;
}

/* COLUMN(name, is_in_csv, json, kind, heading, format, format_deviation, factor, value...): the
 * value is that of a Cell, from a line or from its variant v, its difference d, its run r. */
#define OF_VARIANT(COLUMN)                                                                         \
  COLUMN(rank, 1, NULL, COUNT, "#", NULL, NULL, 1, .count = (int64_t)line->rank)                   \
  COLUMN(variant, 1, "name", TEXT, "<variant", NULL, NULL, 1, .text = v->name)                     \
  COLUMN(norm, 1, "norm", TEXT, NULL, NULL, NULL, 1, .text = v->norm)                              \
  COLUMN(keys, 1, "keys", TEXT, NULL, NULL, NULL, 1, .text = v->keys)                              \
  COLUMN(data, 1, "data", TEXT, NULL, NULL, NULL, 1, .text = v->example->data)                     \
  COLUMN(statistics, 1, "statistics", TEXT, NULL, NULL, NULL, 1, .text = v->example->statistics)   \
  COLUMN(files, 0, "files", NESTED, NULL, NULL, NULL, 1, .put = put_files)                         \
  COLUMN(names_of_seeds, 0, "seeds", NESTED, NULL, NULL, NULL, 1, .put = put_seeds)                \
  COLUMN(seeds, 1, "n_seeds", COUNT, "seeds", NULL, NULL, 1, .count = (int64_t)v->n_runs)          \
  COLUMN(diverged, 1, "n_diverged", COUNT, NULL, NULL, NULL, 1, .count = (int64_t)v->n_diverged)   \
  COLUMN(failed, 1, "n_failed", OUT_OF, "failed", NULL, NULL, 1, .count = (int64_t)v->n_failed,    \
         .of = (int64_t)v->n_tried)                                                                \
  COLUMN(failure_rate, 1, "failure_interval", INTERVAL, "95 % interval", "%.0f %%", NULL, 100,     \
         .interval = v->failure_rate)                                                              \
  COLUMN(unfinished, 1, "n_unfinished", COUNT, NULL, NULL, NULL, 1,                                \
         .count = (int64_t)v->n_unfinished)                                                        \
  COLUMN(parameters, 1, "parameters", COUNT, "parameters", NULL, NULL, 1, .count = v->parameters)  \
  COLUMN(test_accuracy, 1, "test_accuracy", SUMMARY, "test %", "%.2f", "%.3f", 100,                \
         .summary = &v->test_accuracy, .most = 1)                                                  \
  COLUMN(test_loss, 1, "test_loss", SUMMARY, "test loss", "%.4f", "%.4f", 1,                       \
         .summary = &v->test_loss)                                                                 \
  COLUMN(calibration_error, 1, "calibration_error", SUMMARY, "ECE %", "%.2f", "%.3f", 100,         \
         .summary = &v->calibration_error, .most = 1)                                              \
  COLUMN(train_accuracy, 1, "train_accuracy", SUMMARY, "train %", "%.2f", "%.3f", 100,             \
         .summary = &v->train_accuracy, .most = 1)                                                 \
  COLUMN(train_loss, 1, "train_loss", SUMMARY, "train loss", "%.4f", "%.4f", 1,                    \
         .summary = &v->train_loss)                                                                \
  COLUMN(images_per_second, 1, "images_per_second", SUMMARY, "images/s", "%.0f", "%.0f", 1,        \
         .summary = &v->images_per_second)                                                         \
  COLUMN(epoch_seconds, 1, "epoch_seconds", SUMMARY, "s/epoch", "%.2f", "%.2f", 1,                 \
         .summary = &v->epoch_seconds)                                                             \
  COLUMN(reached, 1, "reach.n_reached", OUT_OF, "reached", NULL, NULL, 1,                          \
         .count = (int64_t)v->n_reached, .of = (int64_t)v->n_runs)                                 \
  COLUMN(reach_epochs, 1, "reach.median_epochs", MEDIAN, "epochs", "%.3g", NULL, 1,                \
         .number = v->reach_epochs)                                                                \
  COLUMN(reach_seconds, 1, "reach.median_seconds", MEDIAN, "seconds", "%.1f", NULL, 1,             \
         .number = v->reach_seconds)

#define OF_DIFFERENCE(COLUMN)                                                                      \
  COLUMN(variant, 0, "variant", TEXT, "<variant", NULL, NULL, 1, .text = name_of(d->variant))      \
  COLUMN(baseline, 1, "baseline", TEXT, NULL, NULL, NULL, 1, .text = name_of(d->baseline))         \
  COLUMN(verdict, 1, "verdict", TEXT, NULL, NULL, NULL, 1,                                         \
         .text = d->baseline ? verdict_text(d->verdict) : NULL)                                    \
  COLUMN(words, 0, "words", NESTED, NULL, NULL, NULL, 1, .put = put_words)                         \
  COLUMN(reason, 0, "reason", TEXT, NULL, NULL, NULL, 1, .text = d->reason)                        \
  COLUMN(pairs, 1, "n_pairs", COUNT, NULL, NULL, NULL, 1,                                          \
         .count = d->baseline ? (int64_t)d->n_pairs : -1)                                          \
  COLUMN(accuracy_difference, 1, "accuracy", EFFECT, "points", "%+.2f", NULL, 100,                 \
         .effect = &d->effect[ENDPOINT_ACCURACY])                                                  \
  COLUMN(loss_difference, 1, "loss", EFFECT, "loss", "%+.4f", NULL, 1,                             \
         .effect = &d->effect[ENDPOINT_LOSS])                                                      \
  COLUMN(calibration_difference, 1, "calibration_error", EFFECT, "ECE, points", "%+.2f", NULL,     \
         100, .effect = &d->effect[ENDPOINT_CALIBRATION])                                          \
  COLUMN(p_failures, 1, "p_failures", P, NULL, NULL, NULL, 1, .number = d->p_failures)             \
  COLUMN(p_failures_holm, 1, "p_failures_holm", P, "failures p", NULL, NULL, 1,                    \
         .number = d->p_failures_holm)                                                             \
  COLUMN(images_error, 1, "images_error", NUMBER, "images se", "%.3f", NULL, 100,                  \
         .number = d->images_error)                                                                \
  COLUMN(interval_of_both, 1, "interval_of_both", INTERVAL, "95 %, seeds and images", "%+.2f",     \
         NULL, 100, .interval = d->interval_of_both)                                               \
  COLUMN(p_images, 1, "p_images", P, NULL, NULL, NULL, 1, .number = d->p_images)                   \
  COLUMN(p_images_holm, 1, "p_images_holm", P, "images p", NULL, NULL, 1,                          \
         .number = d->p_images_holm)                                                               \
  COLUMN(seeds_needed, 1, "seeds_needed", COUNT, NULL, NULL, NULL, 1,                              \
         .count = d->n_needed ? (int64_t)d->n_needed : -1)                                         \
  COLUMN(seeds, 0, "seeds", NESTED, NULL, NULL, NULL, 1, .put = put_pairs)

#define OF_RUN(COLUMN)                                                                             \
  COLUMN(file, 1, "file", TEXT, "<file", NULL, NULL, 1, .text = r->file)                           \
  COLUMN(variant, 1, NULL, TEXT, NULL, NULL, NULL, 1, .text = variant_of(line))                    \
  COLUMN(name, 1, "name", TEXT, NULL, NULL, NULL, 1, .text = r->name)                              \
  COLUMN(norm, 1, "norm", TEXT, "<norm", NULL, NULL, 1, .text = r->norm)                           \
  COLUMN(seed, 1, "seed", TEXT, "seed", NULL, NULL, 1, .text = r->seed)                            \
  COLUMN(status, 1, "status", TEXT, "<status", NULL, NULL, 1, .text = r->status)                   \
  COLUMN(left_out, 1, "left_out", TEXT, NULL, NULL, NULL, 1, .text = r->reason)                    \
  COLUMN(data, 1, "data", TEXT, NULL, NULL, NULL, 1, .text = r->data)                              \
  COLUMN(train_images, 1, "train_images", COUNT, NULL, NULL, NULL, 1, .count = r->n_train)         \
  COLUMN(images, 1, "images", COUNT, NULL, NULL, NULL, 1, .count = r->n_images)                    \
  COLUMN(evaluated, 1, "evaluated", TEXT, NULL, NULL, NULL, 1, .text = r->evaluated)               \
  COLUMN(evaluated_hash, 0, "evaluated_hash", TEXT, NULL, NULL, NULL, 1,                           \
         .text = r->evaluated_hash)                                                                \
  COLUMN(statistics, 1, "statistics", TEXT, NULL, NULL, NULL, 1, .text = r->statistics)            \
  COLUMN(epochs, 1, "epochs", COUNT, "epochs", NULL, NULL, 1, .count = r->epochs)                  \
  COLUMN(parameters, 1, "parameters", COUNT, NULL, NULL, NULL, 1, .count = r->parameters)          \
  COLUMN(test_accuracy, 1, "test_accuracy", NUMBER, "test %", "%.2f", NULL, 100,                   \
         .number = r->test_accuracy)                                                               \
  COLUMN(test_loss, 1, "test_loss", NUMBER, "test loss", "%.4f", NULL, 1, .number = r->test_loss)  \
  COLUMN(calibration_error, 1, "calibration_error", NUMBER, NULL, NULL, NULL, 1,                   \
         .number = r->calibration_error)                                                           \
  COLUMN(version, 1, "version", TEXT, NULL, NULL, NULL, 1, .text = r->version)                     \
  COLUMN(instruction_set, 1, "instruction_set", TEXT, NULL, NULL, NULL, 1,                         \
         .text = r->instruction_set)                                                               \
  COLUMN(train_accuracy, 1, "train_accuracy", NUMBER, "train %", "%.2f", NULL, 100,                \
         .number = r->train_accuracy)                                                              \
  COLUMN(train_loss, 1, "train_loss", NUMBER, NULL, NULL, NULL, 1, .number = r->train_loss)        \
  COLUMN(images_per_second, 1, "images_per_second", NUMBER, "images/s", "%.0f", NULL, 1,           \
         .number = r->images_per_second)                                                           \
  COLUMN(epoch_seconds, 1, "epoch_seconds", NUMBER, "s/epoch", "%.2f", NULL, 1,                    \
         .number = r->epoch_seconds)                                                               \
  COLUMN(reach_epochs, 1, NULL, MEDIAN, NULL, NULL, NULL, 1, .number = epochs_to_reach(line))      \
  COLUMN(reach_seconds, 1, NULL, MEDIAN, NULL, NULL, NULL, 1, .number = seconds_to_reach(line))    \
  COLUMN(notes, 1, NULL, TEXT, "<notes", NULL, NULL, 1, .text = r->notes_text)                     \
  COLUMN(notes_by_key, 0, "notes", NESTED, NULL, NULL, NULL, 1, .put = put_notes)

#define VARIANT_VALUE(name, is_in_csv, json, kind, heading, format, deviation, factor, ...)        \
  static Cell variant_##name(const Line *line) {                                                   \
    const Variant *v = line->variant;                                                              \
    (void)v;                                                                                       \
    return (Cell){__VA_ARGS__};                                                                    \
  }
#define DIFFERENCE_VALUE(name, is_in_csv, json, kind, heading, format, deviation, factor, ...)     \
  static Cell difference_##name(const Line *line) {                                                \
    const Difference *d = line->difference;                                                        \
    (void)d;                                                                                       \
    return (Cell){__VA_ARGS__};                                                                    \
  }
#define RUN_VALUE(name, is_in_csv, json, kind, heading, format, deviation, factor, ...)            \
  static Cell run_##name(const Line *line) {                                                       \
    const Run *r = line->run;                                                                      \
    (void)r;                                                                                       \
    return (Cell){__VA_ARGS__};                                                                    \
  }
OF_VARIANT(VARIANT_VALUE)
OF_DIFFERENCE(DIFFERENCE_VALUE)
OF_RUN(RUN_VALUE)

#define ROW(of, name, is_in_csv, json, kind, heading, format, deviation, factor)                   \
  {#name, is_in_csv, json, COLUMN_##kind, heading, format, deviation, factor, of##_##name},
#define VARIANT_ROW(name, is_in_csv, json, kind, heading, format, deviation, factor, ...)          \
  ROW(variant, name, is_in_csv, json, kind, heading, format, deviation, factor)
#define DIFFERENCE_ROW(name, is_in_csv, json, kind, heading, format, deviation, factor, ...)       \
  ROW(difference, name, is_in_csv, json, kind, heading, format, deviation, factor)
#define RUN_ROW(name, is_in_csv, json, kind, heading, format, deviation, factor, ...)              \
  ROW(run, name, is_in_csv, json, kind, heading, format, deviation, factor)
const Column VARIANT_COLUMNS[] = {OF_VARIANT(VARIANT_ROW){0}};
const Column DIFFERENCE_COLUMNS[] = {OF_DIFFERENCE(DIFFERENCE_ROW){0}};
const Column RUN_COLUMNS[] = {OF_RUN(RUN_ROW){0}};

const Column *column_find(const Column *columns, const char *name) {
  while (columns->name && strcmp(columns->name, name) != 0) columns++;
  BUG_IF(!columns->name);
  return columns;
}

#define UNKNOWN ((double)NAN)
#define NO_INTERVAL                                                                                \
  { UNKNOWN, UNKNOWN }
#define NO_EFFECT                                                                                  \
  {                                                                                                \
    .means = {UNKNOWN, UNKNOWN, UNKNOWN, NO_INTERVAL, UNKNOWN, UNKNOWN}, .p_holm = UNKNOWN,        \
    .p_equivalent_holm = UNKNOWN, .p_ranks = UNKNOWN, .p_ranks_holm = UNKNOWN,                     \
    .above = {UNKNOWN, NO_INTERVAL}, .correlation = UNKNOWN                                        \
  }
/* Of the baseline itself. */
static const Difference NO_DIFFERENCE = {.effect = {NO_EFFECT, NO_EFFECT, NO_EFFECT},
                                         .p_failures = UNKNOWN,
                                         .p_failures_holm = UNKNOWN,
                                         .p_images = UNKNOWN,
                                         .p_images_holm = UNKNOWN,
                                         .images_error = UNKNOWN,
                                         .interval_of_both = NO_INTERVAL};

Line line_of_variant(const Comparison *comparison, size_t rank) {
  Line line = {.comparison = comparison,
               .rank = rank,
               .variant = &comparison->variants.variant[rank - 1],
               .difference = &NO_DIFFERENCE};
  for (size_t i = 0; i < comparison->n_differences; i++)
    if (comparison->differences[i].variant == line.variant)
      line.difference = &comparison->differences[i];
  return line;
}
