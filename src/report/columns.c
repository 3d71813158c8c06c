#include "columns.h"

#include "base/log.h"
#include <math.h>
#include <stddef.h>
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
  COLUMN(rank, CSV_ALWAYS, NULL, COUNT, "#", NULL, NULL, 1, .count = (int64_t)line->rank)          \
  COLUMN(variant, CSV_ALWAYS, "name", TEXT, "<variant", NULL, NULL, 1, .text = v->name)            \
  COLUMN(norm, CSV_ALWAYS, "norm", TEXT, NULL, NULL, NULL, 1, .text = v->norm)                     \
  COLUMN(keys, CSV_ALWAYS, "keys", TEXT, NULL, NULL, NULL, 1, .text = v->keys)                     \
  COLUMN(data, CSV_ALWAYS, "data", TEXT, NULL, NULL, NULL, 1, .text = v->example->data)            \
  COLUMN(statistics, CSV_ALWAYS, "statistics", TEXT, NULL, NULL, NULL, 1,                          \
         .text = v->example->statistics)                                                           \
  COLUMN(files, CSV_NOT, "files", NESTED, NULL, NULL, NULL, 1, .put = put_files)                   \
  COLUMN(names_of_seeds, CSV_NOT, "seeds", NESTED, NULL, NULL, NULL, 1, .put = put_seeds)          \
  COLUMN(seeds, CSV_ALWAYS, "n_seeds", COUNT, "seeds", NULL, NULL, 1, .count = (int64_t)v->n_runs) \
  COLUMN(diverged, CSV_ALWAYS, "n_diverged", COUNT, NULL, NULL, NULL, 1,                           \
         .count = (int64_t)v->n_diverged)                                                          \
  COLUMN(failed, CSV_ALWAYS, "n_failed", OUT_OF, "failed", NULL, NULL, 1,                          \
         .count = (int64_t)v->n_failed, .of = (int64_t)v->n_tried)                                 \
  COLUMN(failure_rate, CSV_ALWAYS, "failure_interval", INTERVAL, "95 % interval", "%.0f %%", NULL, \
         100, .interval = v->failure_rate)                                                         \
  COLUMN(unfinished, CSV_ALWAYS, "n_unfinished", COUNT, NULL, NULL, NULL, 1,                       \
         .count = (int64_t)v->n_unfinished)                                                        \
  COLUMN(parameters, CSV_ALWAYS, "parameters", COUNT, "parameters", NULL, NULL, 1,                 \
         .count = v->parameters)                                                                   \
  COLUMN(test_accuracy, CSV_ALWAYS, "test_accuracy", SUMMARY, "test %", "%.2f", "%.3f", 100,       \
         .summary = &v->test_accuracy, .most = 1)                                                  \
  COLUMN(test_loss, CSV_ALWAYS, "test_loss", SUMMARY, "test loss", "%.4f", "%.4f", 1,              \
         .summary = &v->test_loss)                                                                 \
  COLUMN(calibration_error, CSV_ALWAYS, "calibration_error", SUMMARY, "ECE %", "%.2f", "%.3f",     \
         100, .summary = &v->calibration_error, .most = 1)                                         \
  COLUMN(train_accuracy, CSV_ALWAYS, "train_accuracy", SUMMARY, "train %", "%.2f", "%.3f", 100,    \
         .summary = &v->train_accuracy, .most = 1)                                                 \
  COLUMN(train_loss, CSV_ALWAYS, "train_loss", SUMMARY, "train loss", "%.4f", "%.4f", 1,           \
         .summary = &v->train_loss)                                                                \
  COLUMN(images_per_second, CSV_ALWAYS, "images_per_second", SUMMARY, "images/s", "%.0f", "%.0f",  \
         1, .summary = &v->images_per_second)                                                      \
  COLUMN(epoch_seconds, CSV_ALWAYS, "epoch_seconds", SUMMARY, "s/epoch", "%.2f", "%.2f", 1,        \
         .summary = &v->epoch_seconds)                                                             \
  COLUMN(reached, CSV_ALWAYS, "reach.n_reached", OUT_OF, "reached", NULL, NULL, 1,                 \
         .count = v->n_reach_known ? (int64_t)v->n_reached : -1, .of = (int64_t)v->n_reach_known)  \
  COLUMN(reach_epochs, CSV_ALWAYS, "reach.median_epochs", MEDIAN, "epochs", "%.3g", NULL, 1,       \
         .number = v->reach_epochs)                                                                \
  COLUMN(reach_seconds, CSV_ALWAYS, "reach.median_seconds", MEDIAN, "seconds", "%.1f", NULL, 1,    \
         .number = v->reach_seconds)

#define OF_DIFFERENCE(COLUMN)                                                                      \
  COLUMN(variant, CSV_NOT, "variant", TEXT, "<variant", NULL, NULL, 1,                             \
         .text = name_of(d->variant))                                                              \
  COLUMN(baseline, CSV_ALWAYS, "baseline", TEXT, NULL, NULL, NULL, 1,                              \
         .text = name_of(d->baseline))                                                             \
  COLUMN(verdict, CSV_ALWAYS, "verdict", TEXT, NULL, NULL, NULL, 1,                                \
         .text = d->baseline ? verdict_text(d->verdict) : NULL)                                    \
  COLUMN(words, CSV_NOT, "words", NESTED, NULL, NULL, NULL, 1, .put = put_words)                   \
  COLUMN(reason, CSV_NOT, "reason", TEXT, NULL, NULL, NULL, 1, .text = d->reason)                  \
  COLUMN(pairs, CSV_ALWAYS, "n_pairs", COUNT, NULL, NULL, NULL, 1,                                 \
         .count = d->baseline ? (int64_t)d->n_pairs : -1)                                          \
  COLUMN(accuracy_difference, CSV_ALWAYS, "accuracy", EFFECT, "points", "%+.2f", NULL, 100,        \
         .effect = &d->effect[ENDPOINT_ACCURACY])                                                  \
  COLUMN(loss_difference, CSV_ALWAYS, "loss", EFFECT, "loss", "%+.4f", NULL, 1,                    \
         .effect = &d->effect[ENDPOINT_LOSS])                                                      \
  COLUMN(calibration_difference, CSV_ALWAYS, "calibration_error", EFFECT, "ECE, points", "%+.2f",  \
         NULL, 100, .effect = &d->effect[ENDPOINT_CALIBRATION])                                    \
  COLUMN(p_failures, CSV_ALWAYS, "p_failures", P, NULL, NULL, NULL, 1, .number = d->p_failures)    \
  COLUMN(p_failures_holm, CSV_ALWAYS, "p_failures_holm", P, "failures p", NULL, NULL, 1,           \
         .number = d->p_failures_holm)                                                             \
  COLUMN(images_error, CSV_ALWAYS, "images_error", NUMBER, "images se", "%.3f", NULL, 100,         \
         .number = d->images_error)                                                                \
  COLUMN(interval_of_both, CSV_ALWAYS, "interval_of_both", INTERVAL, "95 %, seeds and images",     \
         "%+.2f", NULL, 100, .interval = d->interval_of_both)                                      \
  COLUMN(p_images, CSV_ALWAYS, "p_images", P, NULL, NULL, NULL, 1, .number = d->p_images)          \
  COLUMN(p_images_holm, CSV_ALWAYS, "p_images_holm", P, "images p", NULL, NULL, 1,                 \
         .number = d->p_images_holm)                                                               \
  COLUMN(seeds_needed, CSV_ALWAYS, "seeds_needed", COUNT, NULL, NULL, NULL, 1,                     \
         .count = d->n_needed ? (int64_t)d->n_needed : -1)                                         \
  COLUMN(seeds, CSV_NOT, "seeds", NESTED, NULL, NULL, NULL, 1, .put = put_pairs)

/* Of runs with the number that a table of runs may have there, or NOT_READ. */
#define NOT_READ .place = 0
#define READ(member) .place = 1 + offsetof(Run, member), .most = HUGE_VAL
#define READ_ANY(member) READ(member), .least = -HUGE_VAL
#define READ_SHARE(member) .place = 1 + offsetof(Run, member), .most = 1
#define OF_EVALUATION(COLUMN, way, WAY)                                                            \
  COLUMN(test_accuracy_##way, CSV_IF_ANY, NULL, NUMBER, NULL, NULL, NULL, 1,                       \
         READ_SHARE(by[WAY].accuracy), .number = r->by[WAY].accuracy)                              \
  COLUMN(test_loss_##way, CSV_IF_ANY, NULL, NUMBER, NULL, NULL, NULL, 1, READ_ANY(by[WAY].loss),   \
         .number = r->by[WAY].loss)                                                                \
  COLUMN(calibration_error_##way, CSV_IF_ANY, NULL, NUMBER, NULL, NULL, NULL, 1,                   \
         READ_SHARE(by[WAY].calibration_error), .number = r->by[WAY].calibration_error)
#define OF_RUN(COLUMN)                                                                             \
  COLUMN(file, CSV_ALWAYS, "file", TEXT, "<file", NULL, NULL, 1, NOT_READ, .text = r->file)        \
  COLUMN(variant, CSV_ALWAYS, NULL, TEXT, NULL, NULL, NULL, 1, NOT_READ, .text = variant_of(line)) \
  COLUMN(program, CSV_HEAD, NULL, TEXT, NULL, NULL, NULL, 1, READ(program),                        \
         .text = run_program(r))                                                                   \
  COLUMN(name, CSV_ALWAYS, "name", TEXT, NULL, NULL, NULL, 1, READ(name), .text = r->name)         \
  COLUMN(norm, CSV_ALWAYS, "norm", TEXT, "<norm", NULL, NULL, 1, READ(norm), .text = r->norm)      \
  COLUMN(seed, CSV_ALWAYS, "seed", TEXT, "seed", NULL, NULL, 1, READ(seed), .text = r->seed)       \
  COLUMN(status, CSV_ALWAYS, "status", TEXT, "<status", NULL, NULL, 1, READ(status),               \
         .text = r->status)                                                                        \
  COLUMN(left_out, CSV_ALWAYS, "left_out", TEXT, NULL, NULL, NULL, 1, READ(reason),                \
         .text = r->reason)                                                                        \
  COLUMN(data, CSV_HEAD, "data", TEXT, NULL, NULL, NULL, 1, READ(data), .text = r->data)           \
  COLUMN(data_hash, CSV_HEAD, NULL, TEXT, NULL, NULL, NULL, 1, NOT_READ,                           \
         .text = run_key(r, "data"))                                                               \
  COLUMN(init, CSV_HEAD, NULL, TEXT, NULL, NULL, NULL, 1, NOT_READ,                                \
         .text = run_any_key(r, "init"))                                                           \
  COLUMN(train_images, CSV_HEAD, "train_images", COUNT, NULL, NULL, NULL, 1, READ(n_train),        \
         .count = r->n_train)                                                                      \
  COLUMN(images, CSV_HEAD, "images", COUNT, NULL, NULL, NULL, 1, READ(n_images),                   \
         .count = r->n_images)                                                                     \
  COLUMN(evaluated, CSV_HEAD, "evaluated", TEXT, NULL, NULL, NULL, 1, READ(evaluated),             \
         .text = r->evaluated)                                                                     \
  COLUMN(evaluated_hash, CSV_HEAD, "evaluated_hash", TEXT, NULL, NULL, NULL, 1,                    \
         READ(evaluated_hash), .text = r->evaluated_hash)                                          \
  COLUMN(statistics, CSV_ALWAYS, "statistics", TEXT, NULL, NULL, NULL, 1, READ(statistics),        \
         .text = r->statistics)                                                                    \
  COLUMN(epochs, CSV_ALWAYS, "epochs", COUNT, "epochs", NULL, NULL, 1, READ(epochs),               \
         .count = r->epochs)                                                                       \
  COLUMN(parameters, CSV_ALWAYS, "parameters", COUNT, NULL, NULL, NULL, 1, READ(parameters),       \
         .count = r->parameters)                                                                   \
  COLUMN(test_accuracy, CSV_ALWAYS, "test_accuracy", NUMBER, "test %", "%.2f", NULL, 100,          \
         READ_SHARE(test_accuracy), .number = r->test_accuracy)                                    \
  COLUMN(test_loss, CSV_ALWAYS, "test_loss", NUMBER, "test loss", "%.4f", NULL, 1,                 \
         READ_ANY(test_loss), .number = r->test_loss)                                              \
  COLUMN(calibration_error, CSV_ALWAYS, "calibration_error", NUMBER, NULL, NULL, NULL, 1,          \
         READ_SHARE(calibration_error), .number = r->calibration_error)                            \
  OF_EVALUATION(COLUMN, running, STATISTICS_RUNNING)                                               \
  OF_EVALUATION(COLUMN, population, STATISTICS_POPULATION)                                         \
  OF_EVALUATION(COLUMN, batch, STATISTICS_BATCH)                                                   \
  COLUMN(accuracy_step, CSV_HEAD, NULL, NUMBER, NULL, NULL, NULL, 1, READ_SHARE(accuracy_step),    \
         .number = r->program[0] ? r->accuracy_step : (double)NAN)                                 \
  COLUMN(version, CSV_HEAD, "version", TEXT, NULL, NULL, NULL, 1, READ(version),                   \
         .text = r->version)                                                                       \
  COLUMN(instruction_set, CSV_HEAD, "instruction_set", TEXT, NULL, NULL, NULL, 1,                  \
         READ(instruction_set), .text = r->instruction_set)                                        \
  COLUMN(machine, CSV_HEAD, NULL, TEXT, NULL, NULL, NULL, 1, READ(machine), .text = r->machine)    \
  COLUMN(train_accuracy, CSV_ALWAYS, "train_accuracy", NUMBER, "train %", "%.2f", NULL, 100,       \
         READ_SHARE(train_accuracy), .number = r->train_accuracy)                                  \
  COLUMN(train_loss, CSV_ALWAYS, "train_loss", NUMBER, NULL, NULL, NULL, 1, READ_ANY(train_loss),  \
         .number = r->train_loss)                                                                  \
  COLUMN(images_per_second, CSV_ALWAYS, "images_per_second", NUMBER, "images/s", "%.0f", NULL, 1,  \
         READ(images_per_second), .number = r->images_per_second)                                  \
  COLUMN(epoch_seconds, CSV_ALWAYS, "epoch_seconds", NUMBER, "s/epoch", "%.2f", NULL, 1,           \
         READ(epoch_seconds), .number = r->epoch_seconds)                                          \
  COLUMN(reach_epochs, CSV_ALWAYS, NULL, MEDIAN, NULL, NULL, NULL, 1, READ(reach_epochs),          \
         .number = epochs_to_reach(line))                                                          \
  COLUMN(reach_seconds, CSV_ALWAYS, NULL, MEDIAN, NULL, NULL, NULL, 1, READ(reach_seconds),        \
         .number = seconds_to_reach(line))                                                         \
  COLUMN(notes, CSV_ALWAYS, NULL, TEXT, "<notes", NULL, NULL, 1, NOT_READ, .text = r->notes_text)  \
  COLUMN(notes_by_key, CSV_NOT, "notes", NESTED, NULL, NULL, NULL, 1, NOT_READ, .put = put_notes)

#define VARIANT_VALUE(name, csv, json, kind, heading, format, deviation, factor, ...)              \
  static Cell variant_##name(const Line *line) {                                                   \
    const Variant *v = line->variant;                                                              \
    (void)v;                                                                                       \
    return (Cell){__VA_ARGS__};                                                                    \
  }
#define DIFFERENCE_VALUE(name, csv, json, kind, heading, format, deviation, factor, ...)           \
  static Cell difference_##name(const Line *line) {                                                \
    const Difference *d = line->difference;                                                        \
    (void)d;                                                                                       \
    return (Cell){__VA_ARGS__};                                                                    \
  }
#define RUN_VALUE(name, csv, json, kind, heading, format, deviation, factor, read, ...)            \
  static Cell of_run_##name(const Line *line) {                                                    \
    const Run *r = line->run;                                                                      \
    (void)r;                                                                                       \
    return (Cell){__VA_ARGS__};                                                                    \
  }
OF_VARIANT(VARIANT_VALUE)
OF_DIFFERENCE(DIFFERENCE_VALUE)
OF_RUN(RUN_VALUE)

#define ROW(of, name, csv, json, kind, heading, format, deviation, factor)                         \
  {#name, csv, json, COLUMN_##kind, heading, format, deviation, factor, of##_##name, .place = 0},
#define VARIANT_ROW(name, csv, json, kind, heading, format, deviation, factor, ...)                \
  ROW(variant, name, csv, json, kind, heading, format, deviation, factor)
#define DIFFERENCE_ROW(name, csv, json, kind, heading, format, deviation, factor, ...)             \
  ROW(difference, name, csv, json, kind, heading, format, deviation, factor)
#define RUN_ROW(name, csv, json, kind, heading, format, deviation, factor, read, ...)              \
  {#name, csv, json, COLUMN_##kind, heading, format, deviation, factor, of_run_##name, read},
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
