/* What a process that reads a file may do: crash, never end, take all memory, hand over nonsense.
 */
#include "apart.h"
#include "base/random.h"
#include "fixture.h"
#include "transfer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const Contents NOTHING = {.condition = CONTENTS_GOOD, .n = 1 << 20};

static Status fill(Record *record, const char *file, const Contents *contents) {
  (void)file, (void)contents;
  fill_record(record, 7);
  return status_ok();
}

static Status crash(Record *record, const char *file, const Contents *contents) {
  (void)contents;
  expect_ok(record_put_text(record, "/a", file, "a"));
  abort();
}

static Status leave(Record *record, const char *file, const Contents *contents) {
  (void)record, (void)file, (void)contents;
  _exit(3);
}

static Status go_on(Record *record, const char *file, const Contents *contents) {
  (void)record, (void)file;
  for (volatile size_t i = 0; i < contents->n; i = (i + 1) % contents->n) {
  }
  return status_ok();
}

static Status take_all(Record *record, const char *file, const Contents *contents) {
  (void)record, (void)contents;
  for (size_t i = 0; i < 4096; i++) {
    char *memory = malloc(1 << 20);
    if (!memory) return status_error(STATUS_DATA, "%s: %zu MB were enough", file, i);
    memset(memory, 1, 1 << 20);
  }
  return status_ok();
}

static void expect_apart(ReadBytes *read_bytes, StatusCode code, const char *text) {
  Record record;
  record_init(&record);
  expect_failure(read_apart(&record, "x.h5", &NOTHING, read_bytes), code, text);
  assert_int_equal(record.n, 0);
}

static void test_apart(void **state) {
  (void)state;
  Record record;
  record_init(&record);
  expect_ok(read_apart(&record, "x.h5", &NOTHING, fill));
  assert_int_equal(expect_record(&record, 7), 7);
  record_free(&record);
  expect_apart(crash, STATUS_DATA, "x.h5: damaged: HDF5 fails on it (Aborted)");
  expect_apart(leave, STATUS_DATA, "x.h5: damaged: HDF5 fails on it (it ended)");
  expect_apart(go_on, STATUS_DATA, "x.h5: damaged: HDF5 fails on it (it takes too long)");
}

static void test_memory(void **state) {
  (void)state;
#if defined __SANITIZE_ADDRESS__
  print_message("left out: the address sanitizer reserves more than any limit\n");
  skip();
#endif
  expect_apart(take_all, STATUS_DATA, "MB were enough");
}

/* A bug of the reading process may hand over anything. */
static void test_nonsense(void **state) {
  (void)state;
  enum { ROOM = 1 << 16, TRIES = 3000 };
  Record record;
  Status good = status_ok();
  char *memory = calloc(1, ROOM), *other = malloc(ROOM);
  RandomStream random = random_stream(1, RANDOM_RESAMPLE, 0);
  fill_record(&record, 7);
  transfer_write(memory, ROOM, &good, &record);
  transfer_write(other, 1500, &good, &record); /* too small for it */
  record_free(&record);
  expect_failure(transfer_read(&record, "x.h5", other, 1500), STATUS_DATA, "far larger");
  memset(other, 0, ROOM);
  expect_failure(transfer_read(&record, "x.h5", other, ROOM), STATUS_DATA, "x.h5: damaged");
  for (int i = 0; i < TRIES; i++) {
    memcpy(other, memory, ROOM);
    for (uint32_t k = random_below(&random, 3) + 1; k > 0; k--)
      other[random_below(&random, 4096)] = (char)random_below(&random, 256);
    Status status = transfer_read(&record, "x.h5", other, ROOM);
    if (status.code) assert_int_equal(record.n, 0);
    record_free(&record);
  }
  free(memory);
  free(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_apart), cmocka_unit_test(test_memory),
                                     cmocka_unit_test(test_nonsense)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
