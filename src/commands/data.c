#include "base/log.h"
#include "base/memory.h"
#include "commands/command.h"
#include "data/cifar_folder.h"
#include "data/dataset.h"
#include "data/digits.h"
#include "data/folder.h"
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
     "class, mean and deviation, and whether it is the published MNIST. DIR holds "
     "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
     "t10k-labels-idx1-ubyte, each plain or gzip-compressed (.gz); where both are, the plain one "
     "is taken. Or it holds the binary version of CIFAR-10: data_batch_1.bin and so on, and "
     "test_batch.bin.",
     0},
    {"synthesize", "Draws synthetic digits into these four files of DIR, which is made if need be.",
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

/* All that check knows of the files; a file's items are NULL if it cannot be used. */
typedef struct Contents {
  FolderPaths paths;
  IdxShape shape[FOLDER_FILES];
  uint8_t *items[FOLDER_FILES];
  int is_gzip[FOLDER_FILES], is_published[FOLDER_FILES];
  Status status[FOLDER_FILES];
} Contents;

static Status read_file(Contents *contents, int i) {
  if (!contents->paths.path[i]) return status_error(STATUS_FILE, "missing");
  IdxFile *file;
  TRY(folder_open_file(&file, &contents->paths, i));
  contents->shape[i] = idx_shape(file);
  contents->is_gzip[i] = idx_is_gzip(file);
  uint8_t *items;
  Status status =
      memory_allocate(&items, idx_bytes(contents->shape[i]), 1, contents->paths.path[i]);
  if (status.code == STATUS_OK) status = idx_read(file, items);
  idx_close(file);
  if (status.code != STATUS_OK) {
    free(items);
    return status;
  }
  contents->items[i] = items;
  contents->is_published[i] = folder_is_published(i, contents->shape[i], items);
  return status;
}

static void print_file(const Contents *contents, int i) {
  char *missing = folder_path("", i, 0);
  const char *path = contents->paths.path[i] ? contents->paths.path[i] : missing;
  const char *slash = path ? strrchr(path, '/') : NULL;
  printf("%-28s", slash ? slash + 1 : "");
  free(missing);
  IdxShape shape = contents->shape[i];
  char size[32] = "";
  if (shape.n_dims == 3) snprintf(size, sizeof size, "%d x %d", shape.h, shape.w);
  if (contents->items[i])
    printf("  %-6s  %9d %-6s  %-11s  %s\n", contents->is_gzip[i] ? "gzip" : "plain", shape.n,
           shape.n_dims == 3 ? "images" : "labels", size,
           contents->is_published[i] ? "published MNIST" : "other");
  else
    printf("  %s\n", contents->paths.path[i] ? "cannot be used" : "missing");
}

static void print_classes(const ImageSet *train, const ImageSet *test, int n_classes) {
  int count[2][256] = {{0}};
  for (int i = 0; i < train->n; i++) count[0][train->labels[i]]++;
  for (int i = 0; i < test->n; i++) count[1][test->labels[i]]++;
  printf("\n%-6s %10s %10s\n", "class", "train", "test");
  for (int k = 0; k < n_classes; k++) printf("%-6d %10d %10d\n", k, count[0][k], count[1][k]);
  printf("%-6s %10d %10d\n", "all", train->n, test->n);
}

static void print_moments(const double *mean, const double *deviation, int n_channels) {
  for (int c = 0; c < n_channels; c++) printf("%s%.6f", c ? ", " : "\nmean ", mean[c]);
  for (int c = 0; c < n_channels; c++) printf("%s%.6f", c ? ", " : ", deviation ", deviation[c]);
  printf(" (pixels 0 .. 1 of the train set)\n");
}

static ImageSet image_set(const Contents *contents, int images) {
  IdxShape shape = contents->shape[images];
  return (ImageSet){.n = shape.n,
                    .c = 1,
                    .h = shape.h,
                    .w = shape.w,
                    .pixels = contents->items[images],
                    .labels = contents->items[images + 1]};
}

/* Prints all failures but the first, which is returned. */
static Status first_failure(const Contents *contents) {
  Status first = folder_complete(&contents->paths);
  for (int i = 0; i < FOLDER_FILES; i++) {
    if (!contents->paths.path[i] || contents->status[i].code == STATUS_OK) continue;
    if (first.code == STATUS_OK)
      first = contents->status[i];
    else
      log_error("%s", contents->status[i].text);
  }
  return first;
}

static Status check_idx_contents(Contents *contents, const char *folder) {
  TRY(folder_find(&contents->paths, folder));
  printf("%s\n\n", contents->paths.root);
  int n_published = 0;
  for (int i = 0; i < FOLDER_FILES; i++) {
    contents->status[i] = read_file(contents, i);
    print_file(contents, i);
    n_published += contents->is_published[i];
  }
  TRY(first_failure(contents));
  TRY(folder_check_shapes(&contents->paths, contents->shape));
  int n_classes;
  TRY(folder_check_labels(&n_classes, &contents->paths, contents->shape,
                          contents->items[TRAIN_LABELS], contents->items[TEST_LABELS]));
  ImageSet train = image_set(contents, TRAIN_IMAGES), test = image_set(contents, TEST_IMAGES);
  print_classes(&train, &test, n_classes);
  double mean[4], deviation[4];
  dataset_moments(mean, deviation, &train);
  TRY(folder_check_contrast(&contents->paths, deviation[0]));
  print_moments(mean, deviation, 1);
  printf("%s\n", n_published == FOLDER_FILES ? "This is the published MNIST."
                                             : "This is not the published MNIST.");
  return status_ok();
}

static Status check_idx(const char *folder) {
  Contents contents = {0};
  Status status = check_idx_contents(&contents, folder);
  folder_paths_free(&contents.paths);
  for (int i = 0; i < FOLDER_FILES; i++) free(contents.items[i]);
  return status;
}

/* Images of CIFAR-10 read so far. */
typedef struct CifarImages {
  ImageSet set;
  uint8_t *pixels, *labels;
} CifarImages;

static Status add_file(CifarImages *images, CifarFile *file) {
  size_t n = (size_t)images->set.n, more = (size_t)cifar_count(file);
  uint8_t *pixels = realloc(images->pixels, (n + more) * CIFAR_PIXELS);
  if (pixels) images->pixels = pixels;
  uint8_t *labels = realloc(images->labels, n + more);
  if (labels) images->labels = labels;
  if (!pixels || !labels)
    return status_error(STATUS_MEMORY, "%s: no memory for %zu images", cifar_path(file), more);
  TRY(cifar_read(file, pixels + n * CIFAR_PIXELS, labels + n));
  images->set = (ImageSet){.n = (int)(n + more),
                           .c = CIFAR_CHANNELS,
                           .h = CIFAR_SIDE,
                           .w = CIFAR_SIDE,
                           .pixels = pixels,
                           .labels = labels};
  return status_ok();
}

/* Reads a file and prints a line about it. A failure is kept if it is the first. */
static void check_cifar_file(CifarImages *images, const char *path, Status *first) {
  CifarFile *file;
  Status status = cifar_open(&file, path);
  if (status.code == STATUS_OK) status = add_file(images, file);
  printf("%-28s", strrchr(path, '/') + 1);
  if (status.code == STATUS_OK)
    printf("  %-6s  %9d images  %d x %d x %d\n", cifar_is_gzip(file) ? "gzip" : "plain",
           cifar_count(file), CIFAR_CHANNELS, CIFAR_SIDE, CIFAR_SIDE);
  else
    printf("  cannot be used\n");
  cifar_close(file);
  if (status.code == STATUS_OK) return;
  if (first->code == STATUS_OK)
    *first = status;
  else
    log_error("%s", status.text);
}

static Status check_cifar_contents(const CifarPaths *paths, CifarImages *train, CifarImages *test) {
  printf("%s\n\n", paths->root);
  Status first = cifar_complete(paths);
  for (int i = 0; i < paths->n_train; i++) check_cifar_file(train, paths->train[i], &first);
  if (paths->test) check_cifar_file(test, paths->test, &first);
  TRY(first);
  print_classes(&train->set, &test->set, CIFAR_CLASSES);
  double mean[4], deviation[4];
  dataset_moments(mean, deviation, &train->set);
  TRY(cifar_check_contrast(paths, deviation));
  print_moments(mean, deviation, CIFAR_CHANNELS);
  printf("This has the format of CIFAR-10; whether it is the published one is not known.\n");
  return status_ok();
}

static Status check_cifar(const char *folder) {
  CifarPaths paths;
  CifarImages train = {0}, test = {0};
  Status status = cifar_find(&paths, folder);
  if (status.code == STATUS_OK) status = check_cifar_contents(&paths, &train, &test);
  cifar_paths_free(&paths);
  free(train.pixels);
  free(train.labels);
  free(test.pixels);
  free(test.labels);
  return status;
}

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
  FolderKind kind;
  TRY(folder_kind(&kind, folder));
  return kind == FOLDER_CIFAR ? check_cifar(folder) : check_idx(folder);
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
    .exits = (const ExitLine[]){{STATUS_USAGE, NULL},
                                {STATUS_FILE, NULL},
                                {STATUS_DATA, NULL},
                                {STATUS_MEMORY, NULL},
                                {0}},
    .options_bytes = sizeof(Options),
    .defaults = &(const Options){.n_train = DIGITS_TRAIN, .n_test = DIGITS_TEST, .seed = 1},
    .start = START_ON_FIRST,
    .run = run};
