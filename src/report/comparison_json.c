#include "json.h"
#include "report/comparison.h"

#include "base/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_run(Json *json, const Run *run) {
  json_open(json, NULL, '{');
  json_text(json, "file", run->file);
  json_text(json, "name", run->name);
  json_text(json, "norm", run->norm);
  json_text(json, "seed", run->seed);
  json_text(json, "status", run->status);
  json_text(json, "left_out", run->reason);
  json_text(json, "data", run->data);
  json_text(json, "evaluated", run->evaluated);
  json_text(json, "evaluated_hash", run->evaluated_hash);
  json_count(json, "epochs", run->epochs);
  json_count(json, "parameters", run->parameters);
  json_number(json, "test_accuracy", run->test_accuracy);
  json_number(json, "test_loss", run->test_loss);
  json_number(json, "train_accuracy", run->train_accuracy);
  json_number(json, "train_loss", run->train_loss);
  json_number(json, "images_per_second", run->images_per_second);
  json_number(json, "epoch_seconds", run->epoch_seconds);
  json_close(json, '}');
}

static void put_summary(Json *json, const char *name, const Summary *summary) {
  json_open(json, name, '{');
  json_count(json, "n", (int64_t)summary->n);
  json_number(json, "mean", summary->mean);
  json_number(json, "deviation", summary->deviation);
  json_interval(json, "interval", summary->interval);
  json_close(json, '}');
}

static void put_variant(Json *json, const Variant *variant) {
  json_open(json, NULL, '{');
  json_text(json, "name", variant->name);
  json_text(json, "norm", variant->norm);
  json_text(json, "keys", variant->keys);
  json_open(json, "files", '[');
  for (size_t i = 0; i < variant->n_runs; i++) json_text(json, NULL, variant->runs[i]->file);
  json_close(json, ']');
  json_open(json, "seeds", '[');
  for (size_t i = 0; i < variant->n_runs; i++) json_text(json, NULL, variant->runs[i]->seed);
  json_close(json, ']');
  json_count(json, "n_seeds", (int64_t)variant->n_runs);
  json_count(json, "n_diverged", (int64_t)variant->n_diverged);
  json_count(json, "n_unfinished", (int64_t)variant->n_unfinished);
  json_count(json, "parameters", variant->parameters);
  put_summary(json, "test_accuracy", &variant->test_accuracy);
  put_summary(json, "test_loss", &variant->test_loss);
  put_summary(json, "train_accuracy", &variant->train_accuracy);
  put_summary(json, "train_loss", &variant->train_loss);
  put_summary(json, "images_per_second", &variant->images_per_second);
  put_summary(json, "epoch_seconds", &variant->epoch_seconds);
  json_open(json, "reach", '{');
  json_count(json, "n_reached", (int64_t)variant->n_reached);
  json_number(json, "median_epochs", variant->reach_epochs);
  json_number(json, "median_seconds", variant->reach_seconds);
  json_close(json, '}');
  json_close(json, '}');
}

static void put_paired(Json *json, const char *name, const Paired *paired) {
  json_open(json, name, '{');
  json_number(json, "mean", paired->summary.mean);
  json_number(json, "deviation", paired->summary.deviation);
  json_interval(json, "t_interval", paired->summary.interval);
  json_interval(json, "bca_interval", paired->bootstrap);
  json_number(json, "p_t", paired->p);
  json_number(json, "p_flip", paired->p_flip);
  json_close(json, '}');
}

static void put_pair(Json *json, const SeedPair *pair) {
  json_open(json, NULL, '{');
  json_text(json, "seed", pair->variant->seed);
  json_text(json, "variant", pair->variant->file);
  json_text(json, "baseline", pair->baseline->file);
  json_count(json, "only_variant_right", pair->has_images ? (int64_t)pair->only_variant : -1);
  json_count(json, "only_baseline_right", pair->has_images ? (int64_t)pair->only_baseline : -1);
  json_number(json, "p_mcnemar", pair->p);
  json_close(json, '}');
}

static void put_words(Json *json, const Comparison *comparison, const Difference *difference) {
  char *words = NULL;
  size_t bytes;
  FILE *text = open_memstream(&words, &bytes);
  if (text) {
    verdict_print(text, comparison, difference);
    fclose(text);
  }
  json_text(json, "words", words);
  free(words);
}

static void put_difference(Json *json, const Comparison *comparison, const Difference *difference) {
  json_open(json, NULL, '{');
  json_text(json, "variant", difference->variant->name);
  json_text(json, "baseline", difference->baseline->name);
  json_text(json, "verdict", verdict_text(difference->verdict));
  put_words(json, comparison, difference);
  json_text(json, "reason", difference->reason);
  json_text(json, "verdict_by",
            difference->verdict == VERDICT_NONE ? NULL
            : difference->n_pairs > 1           ? "seeds"
                                                : "images");
  json_count(json, "n_seeds", (int64_t)difference->n_pairs);
  put_paired(json, "accuracy", &difference->accuracy);
  json_number(json, "p_t_holm", difference->accuracy.p_holm);
  put_paired(json, "loss", &difference->loss);
  json_number(json, "p_images", difference->p_images);
  json_number(json, "p_images_holm", difference->p_images_holm);
  json_count(json, "seeds_needed", difference->n_needed ? (int64_t)difference->n_needed : -1);
  json_number(json, "planned_difference", difference->planned);
  json_open(json, "seeds", '[');
  for (size_t i = 0; i < difference->n_pairs; i++) put_pair(json, &difference->pairs[i]);
  json_close(json, ']');
  json_close(json, '}');
}

static void put_options(Json *json, const ComparisonOptions *options) {
  json_open(json, "options", '{');
  json_text(json, "baseline", options->baseline);
  json_number(json, "reach", options->reach);
  json_number(json, "difference", options->difference > 0 ? options->difference : (double)NAN);
  json_number(json, "confidence", VARIANT_CONFIDENCE);
  json_number(json, "level", COMPARISON_LEVEL);
  json_number(json, "power", COMPARISON_POWER);
  json_close(json, '}');
}

Status comparison_print_json(FILE *out, const Comparison *comparison) {
  const Run **sorted;
  TRY(comparison_sort_runs(&sorted, comparison));
  Json json = {.out = out};
  json_open(&json, NULL, '{');
  put_options(&json, &comparison->options);
  json_open(&json, "runs", '[');
  for (size_t i = 0; i < comparison->n_runs; i++) put_run(&json, sorted[i]);
  json_close(&json, ']');
  free(sorted);
  json_open(&json, "variants", '[');
  for (size_t i = 0; i < comparison->variants.n; i++)
    put_variant(&json, &comparison->variants.variant[i]);
  json_close(&json, ']');
  json_text(&json, "baseline", comparison->baseline ? comparison->baseline->name : NULL);
  json_count(&json, "tests", (int64_t)comparison->n_tests);
  json_open(&json, "differences", '[');
  for (size_t i = 0; i < comparison->n_differences; i++)
    put_difference(&json, comparison, &comparison->differences[i]);
  json_close(&json, ']');
  json_open(&json, "notes", '[');
  for (size_t i = 0; i < comparison->notes.n; i++)
    json_text(&json, NULL, comparison->notes.text[i]);
  json_close(&json, ']');
  json_close(&json, '}');
  return status_ok();
}
