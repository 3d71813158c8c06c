/* A result file whose check sum is right whatever it holds: taken or refused, and what is taken
 * does no harm to what reads it: digest, comparison, watch, network. */
#include "base/random.h"
#include "fuzz.h"
#include "header.h"
#include "report/comparison.h"
#include "report/detail.h"
#include "report/digest.h"
#include "store/file.h"
#include "train/model.h"
#include "watch/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void seal(uint8_t *data, size_t n) {
  Header header = {.length = n - HEADER_BYTES,
                   .hash = header_hash(data + HEADER_BYTES, n - HEADER_BYTES),
                   .attempt = 1};
  header_write((char *)data, &header);
}

void fuzz_prepare(uint8_t *data, size_t n) {
  if (n >= HEADER_BYTES) seal(data, n);
}

/* Most bytes are values of arrays: these look for what describes them, small numbers in words. */
size_t fuzz_fit(uint8_t *data, size_t n) {
  static const uint64_t EDGES[] = {0, 1, 2, 3, 7, 0xff, 0xffff, 1 << 20, 1u << 31, UINT64_MAX};
  RandomStream stream = random_stream(header_hash(data, n), RANDOM_RESAMPLE, 0);
  size_t n_words = n / 8, n_changes = random_below(&stream, 3) + 1;
  for (int tries = 0; tries < 1000 && n_changes > 0 && n_words > 64; tries++) {
    uint64_t word;
    uint8_t *at = data + 8 * (64 + random_below(&stream, (uint32_t)n_words - 64));
    memcpy(&word, at, sizeof word);
    if (word == 0 || (word >> 24) != 0) continue;
    uint64_t other = random_below(&stream, 2) ? EDGES[random_below(&stream, 10)]
                                              : word + random_below(&stream, 64) - 32;
    memcpy(at, &other, random_below(&stream, 2) ? sizeof other : 2);
    n_changes--;
  }
  return n;
}

static void try_comparison(Run *run, const Details *details) {
  (void)details;
  Comparison comparison;
  ComparisonOptions options = {.difference = COMPARISON_DIFFERENCE, .variants = {.reach = 0.99}};
  char *text = NULL;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  Status status = comparison_make(&comparison, run, 1, &options);
  if (status.code) fuzz_fail(status.text);
  status = comparison_print(out, &comparison);
  if (!status.code) status = comparison_print_runs(out, &comparison);
  if (!status.code) status = comparison_print_json(out, &comparison);
  if (!status.code) status = comparison_print_csv_runs(out, &comparison, NULL);
  comparison_print_csv(out, &comparison);
  comparison_free(&comparison);
  fclose(out);
  free(text);
  if (status.code) fuzz_fail(status.text);
}

static void try_record(Record *record, const char *path) {
  char digest[33];
  Run run;
  Model model = {0};
  Details details;
  Status status = run_digest(digest, record, path);
  if (status.code && status.code != STATUS_DATA) fuzz_fail(status.text);
  status = run_from_record(&run, record, path);
  if (!status.code) status = details_make(&details, 1);
  if (!status.code) status = details_add(&details, 0, &run, record);
  if (status.code) fuzz_fail(status.text);
  try_comparison(&run, &details);
  details_free(&details);
  run_free(&run);
  status = model_load(&model, record, path);
  if (status.code && (status.code != STATUS_DATA || !strstr(status.text, path)))
    fuzz_fail(status.text);
  model_free(&model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  uint8_t *copy = malloc(n + 1);
  memcpy(copy, data, n);
  if (n >= HEADER_BYTES) seal(copy, n);
  const char *path = fuzz_file(copy, n);
  free(copy);
  Record record;
  Status status = result_read_exactly(&record, path);
  fuzz_expect(status, STATUS_DATA, STATUS_DATA, path);
  if (!status.code) {
    Follow follow = {.path = (char *)(uintptr_t)path};
    try_record(&record, path);
    follow_look(&follow, 1e9);
    follow.path = NULL;
    follow_free(&follow);
  }
  record_free(&record);
  return 0;
}
