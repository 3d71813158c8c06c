/* Gives a reader the inputs that are kept, and changed ones:  fuzz_READER [--mutants N] FILE...
 * FILE may be a folder. What takes longer than SECONDS ends the program. */
#include "base/random.h"
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECONDS = 60, MAX_INPUTS = 1000, ROOM = 4096 };

typedef struct Input {
  uint8_t *data;
  size_t n;
} Input;

static Input inputs[MAX_INPUTS];
static int n_inputs;

static void add_file(const char *path) {
  FILE *file = fopen(path, "rb");
  struct stat info;
  if (!file || fstat(fileno(file), &info) != 0 || n_inputs == MAX_INPUTS) fuzz_fail(path);
  Input *input = &inputs[n_inputs++];
  input->n = (size_t)info.st_size;
  input->data = malloc(input->n + ROOM);
  if (fread(input->data, 1, input->n, file) != input->n) fuzz_fail(path);
  fclose(file);
}

static int is_input(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

static void add(const char *path) {
  struct dirent **entries;
  int n = scandir(path, &entries, is_input, alphasort);
  if (n < 0) add_file(path);
  for (int i = 0; i < n; i++) {
    char *name;
    struct stat info;
    if (asprintf(&name, "%s/%s", path, entries[i]->d_name) < 0) fuzz_fail(path);
    if (stat(name, &info) == 0 && S_ISREG(info.st_mode)) add_file(name);
    free(name);
    free(entries[i]);
  }
  if (n >= 0) free(entries);
}

static size_t below(RandomStream *stream, size_t n) {
  return random_below(stream, (uint32_t)n);
}

/* Bits, bytes, numbers at the edge, cuts, holes, repetitions, and pieces of another input. */
static size_t change(uint8_t *data, size_t n, RandomStream *stream) {
  static const uint8_t EDGES[] = {0, 1, 0x7f, 0x80, 0xff};
  if (n == 0) return 0;
  size_t head = n < 600 ? n : 600; /* where the structure is more often than not */
  size_t at = below(stream, below(stream, 2) ? head : n), span = below(stream, 64) + 1;
  if (span > n - at) span = n - at;
  const Input *other = &inputs[below(stream, (size_t)n_inputs)];
  switch (below(stream, 7)) {
  case 0:
    data[at] = (uint8_t)(data[at] ^ (1 << below(stream, 8)));
    return n;
  case 1:
    data[at] = (uint8_t)below(stream, 256);
    return n;
  case 2:
    memset(data + at, EDGES[below(stream, sizeof EDGES)], span < 8 ? span : 8);
    return n;
  case 3:
    return below(stream, 4) == 0 ? at : n;
  case 4:
    memmove(data + at, data + at + span, n - at - span);
    return n - span;
  case 5:
    memmove(data + at + span, data + at, n - at);
    return n + span;
  default:
    if (other->n == 0) return n;
    if (span > other->n) span = other->n;
    memcpy(data + at, other->data + below(stream, other->n - span + 1), span);
    return n;
  }
}

static void try_input(const uint8_t *data, size_t n) {
  uint8_t *copy = malloc(n + 1); /* of this size, so that a sanitizer sees what is read beyond */
  memcpy(copy, data, n);
  alarm(SECONDS);
  (void)LLVMFuzzerTestOneInput(copy, n);
  alarm(0);
  free(copy);
}

static void try_mutants(long n_mutants) {
  for (long i = 0; i < n_mutants; i++) {
    const Input *input = &inputs[i % n_inputs];
    RandomStream stream = random_stream(1, RANDOM_RESAMPLE, (uint64_t)i);
    uint8_t *data = malloc(input->n + ROOM);
    memcpy(data, input->data, input->n);
    size_t n = input->n;
    for (size_t k = below(&stream, 4) + 1; k > 0; k--) n = change(data, n, &stream);
    if (i / n_inputs % 2) n = fuzz_fit(data, n);
    try_input(data, n);
    free(data);
  }
}

int main(int argc, char **argv) {
  long n_mutants = 0;
  int first = 1;
  if (argc > 2 && strcmp(argv[1], "--mutants") == 0) {
    n_mutants = atol(argv[2]);
    first = 3;
  }
  for (int i = first; i < argc; i++) add(argv[i]);
  if (n_inputs == 0) fuzz_fail("no input");
  for (int i = 0; i < n_inputs; i++) {
    fuzz_prepare(inputs[i].data, inputs[i].n);
    fuzz_take_as_valid(inputs[i].data, inputs[i].n);
    try_input(inputs[i].data, inputs[i].n);
  }
  if (fuzz_n_taken == 0) fuzz_fail("none of the kept inputs was taken");
  try_mutants(n_mutants);
  printf("%d inputs and %ld mutants: %ld times taken, %ld times refused\n", n_inputs, n_mutants,
         fuzz_n_taken, fuzz_n_refused);
  for (int i = 0; i < n_inputs; i++) free(inputs[i].data);
  return n_mutants > 100 && fuzz_n_refused == 0;
}
