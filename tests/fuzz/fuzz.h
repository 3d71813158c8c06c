#ifndef NORMLAB_TESTS_FUZZ_H
#define NORMLAB_TESTS_FUZZ_H
/* A reader and any bytes: it takes or refuses them with a message, and nothing else happens. One
 * file here a reader, for libFuzzer as for replay.c, which needs no other compiler. */
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

/* One input. Ends the process by fuzz_fail if the reader did what it must not. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What a reader may say: success, or one of two codes with a text that names FILE. */
void fuzz_expect(Status status, StatusCode code, StatusCode other, const char *file);
/* Ends the process with a text. */
void fuzz_fail(const char *text) __attribute__((noreturn));

/* Name of a file with these bytes, in memory, until the next call. */
const char *fuzz_file(const void *data, size_t n);

/* Inputs that were taken and refused so far. */
extern long fuzz_n_taken, fuzz_n_refused;

/* For replay.c; without one of its own a reader has those that change nothing. */
void fuzz_prepare(uint8_t *data, size_t n);             /* makes a kept input valid */
void fuzz_take_as_valid(const uint8_t *data, size_t n); /* tells that this one is */
size_t fuzz_fit(uint8_t *data, size_t n); /* makes the lengths in a changed input look right */

#endif
