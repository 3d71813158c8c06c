#include "base/memory.h"
#include "commands/command.h"
#include "data/digits.h"
#include "data/folder.h"
#include "data/format.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_IMAGES = 10000000 };

typedef struct Options {
  int n_train, n_test, gzip, overwrite;
  uint64_t seed;
} Options;

static const Action ACTIONS[] = {
    {"check",
     "Reads the data folder DIR as training would, and prints what is in it: sizes, images of each "
     "class, mean and deviation, and whether it is a published data set.",
     0},
    {"synthesize",
     "Draws synthetic digits into the four files of a folder DIR in the format of MNIST, which is "
     "made if need be.",
     0},
    {0}};

static const Option OPTIONS[] = {
    {"train", "N", "Draws so many images to train with, 60000 by default.",
     TO_COUNT(Options, n_train, MAX_IMAGES), .only = "synthesize"},
    {"test", "N", "Draws so many images to test with, 10000 by default.",
     TO_COUNT(Options, n_test, MAX_IMAGES), .only = "synthesize"},
    {"seed", "N", "Another seed draws other images; 1 by default.", TO_WHOLE(Options, seed),
     .only = "synthesize"},
    {"gzip", NULL, "Compresses the files.", TO_FLAG(Options, gzip), .only = "synthesize"},
    {"overwrite", NULL, "Replaces files that are there.", TO_FLAG(Options, overwrite),
     .only = "synthesize"},
    {0}};

static Status synthesize(const Options *options, const char *folder) {
  uint8_t *memory;
  size_t plane = DIGITS_SIDE * DIGITS_SIDE, n = (size_t)options->n_train + (size_t)options->n_test;
  TRY(memory_allocate(&memory, n, plane + 1, "synthetic digits"));
  const int n_images[] = {options->n_train, options->n_test};
  uint8_t *items[FOLDER_FILES], *place = memory;
  IdxShape shape[FOLDER_FILES];
  for (int set = 0; set < 2; set++) {
    int images = set ? TEST_IMAGES : TRAIN_IMAGES, labels = images + 1;
    shape[images] = (IdxShape){3, n_images[set], DIGITS_SIDE, DIGITS_SIDE};
    shape[labels] = (IdxShape){1, n_images[set], 1, 1};
    items[images] = place;
    items[labels] = place + idx_bytes(shape[images]);
    place = items[labels] + idx_bytes(shape[labels]);
    digits_draw(items[images], items[labels], set ? DIGITS_TEST_FIRST : 0, n_images[set],
                options->seed);
  }
  Status status =
      folder_write(folder, shape, (const uint8_t *const *)items, options->gzip, options->overwrite);
  free(memory);
  if (status.code == STATUS_OK)
    printf("%s: %d + %d synthetic digits, seed %llu\n", folder, options->n_train, options->n_test,
           (unsigned long long)options->seed);
  return status;
}

static Status check(const char *folder) {
  const DataFormat *format;
  TRY(data_format_find(&format, folder));
  if (!format->describe)
    return status_error(STATUS_USAGE,
                        "data check %s: %s are drawn, not read; a folder of that name is given as "
                        "./%s",
                        folder, format->title, folder);
  return format->describe(folder);
}

static Status run(void *options, const Words *words) {
  if (words->n == 0)
    return status_error(STATUS_USAGE,
                        "data: expected check DIR or synthesize DIR; see normlab data "
                        "--help");
  if (words->n != 2 || !*words->word[1])
    return status_error(STATUS_USAGE, "data %s: expected one folder; see normlab data --help",
                        words->action);
  const char *folder = words->word[1];
  return strcmp(words->action, "check") == 0 ? check(folder) : synthesize(options, folder);
}

const Command COMMAND_data = {
    .name = "data",
    .summary = "check a data folder, or draw synthetic digits",
    .usage = "check DIR\n"
             "synthesize DIR [--train N] [--test N] [--seed N] [--gzip] [--overwrite]",
    .about = "Checks a folder of images, or fills one with synthetic digits.",
    .actions = ACTIONS,
    .options = OPTIONS,
    .more_notes = data_format_about,
    .exits = (const ExitLine[]){{STATUS_USAGE, NULL},
                                {STATUS_FILE, NULL},
                                {STATUS_DATA, NULL},
                                {STATUS_MEMORY, NULL},
                                {0}},
    .options_bytes = sizeof(Options),
    .defaults = &(const Options){.n_train = DIGITS_TRAIN, .n_test = DIGITS_TEST, .seed = 1},
    .start = START_WITHOUT_MPI,
    .run = run};
