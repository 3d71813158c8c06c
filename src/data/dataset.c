#include "data/dataset.h"

#include "base/log.h"
#include "base/memory.h"
#include "data/corrupted.h"
#include "data/format.h"
#include "data/idx.h"
#include "data_threads.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { ALIGNMENT = 64 };

/* The arrays as IDX files would hold them, in the order in which they are hashed; images with the
 * rows of all their channels. */
enum { TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS, N_ARRAYS };
typedef struct Shapes {
  IdxShape file[N_ARRAYS];
  int c;
} Shapes;

static size_t aligned(size_t bytes) {
  return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Where the items of a file stand in the shared memory; of N_ARRAYS: its size. */
static size_t place_of(const Shapes *shapes, int file) {
  size_t place = 0;
  for (int i = 0; i < file; i++) place += aligned(idx_bytes(shapes->file[i]));
  return place;
}

static ImageSet image_set(const Shapes *shapes, int images, const uint8_t *memory) {
  IdxShape shape = shapes->file[images];
  return (ImageSet){.n = shape.n,
                    .c = shapes->c,
                    .h = shape.h / shapes->c,
                    .w = shape.w,
                    .pixels = memory + place_of(shapes, images),
                    .labels = memory + place_of(shapes, images + 1)};
}

/* XXH3 of the uncompressed IDX files [N_ARRAYS] one after another. */
static Status hash_files(uint64_t *hash, const Shapes *shapes, const uint8_t *const *items) {
  XXH3_state_t *state = XXH3_createState();
  if (!state) return status_error(STATUS_MEMORY, "no memory to hash the data set");
  XXH3_64bits_reset(state);
  for (int i = 0; i < N_ARRAYS; i++) {
    uint8_t header[IDX_HEADER];
    idx_header(header, shapes->file[i]);
    XXH3_64bits_update(state, header, idx_header_bytes(shapes->file[i]));
    XXH3_64bits_update(state, items[i], idx_bytes(shapes->file[i]));
  }
  *hash = XXH3_64bits_digest(state);
  XXH3_freeState(state);
  return status_ok();
}

void dataset_moments(double mean[4], double deviation[4], const ImageSet *set) {
  size_t plane = (size_t)set->h * (size_t)set->w;
  for (int c = 0; c < set->c; c++) {
    uint64_t sum = 0, squares = 0; /* at most 2^34 pixels of 255^2 < 2^16 */
#pragma omp parallel for reduction(+ : sum, squares) num_threads(data_threads(set->n))
    for (int i = 0; i < set->n; i++) {
      const uint8_t *pixels = set->pixels + ((size_t)i * (size_t)set->c + (size_t)c) * plane;
      uint64_t image_sum = 0, image_squares = 0;
      for (size_t p = 0; p < plane; p++) {
        image_sum += pixels[p];
        image_squares += (uint32_t)pixels[p] * pixels[p];
      }
      sum += image_sum;
      squares += image_squares;
    }
    uint64_t n = (uint64_t)set->n * plane;
    ExactSum spread = (ExactSum)n * squares - (ExactSum)sum * sum;
    mean[c] = (double)sum / (255.0 * (double)n);
    deviation[c] = sqrt((double)spread) / (255.0 * (double)n);
  }
}

/* Of a set whose test set may be corrupted: its title, or that it is not the described one. */
static Status name_corrupted(DataSet *set, const DataFormat *format) {
  CorruptedNote note = {0};
  if (format->files) TRY(corrupted_read(&note, set->source));
  if (!note.is_there) return status_ok();
  corrupted_title(set->title, &note);
  return corrupted_check(&note, set->source, set->hash);
}

/* On rank 0: everything of the set but its memory. */
static Status fill(DataSet *set, const DataFormat *format, DataSource *source,
                   const Shapes *shapes) {
  uint8_t *memory = set->memory.data;
  DataTarget target = {.train_pixels = memory + place_of(shapes, TRAIN_IMAGES),
                       .train_labels = memory + place_of(shapes, TRAIN_LABELS),
                       .test_pixels = memory + place_of(shapes, TEST_IMAGES),
                       .test_labels = memory + place_of(shapes, TEST_LABELS)};
  Status status = format->read(&target, source);
  set->class_name = target.class_name;
  TRY(status);
  set->n_classes = target.n_classes;
  set->fit = target.fit;
  snprintf(set->source, sizeof set->source, "%s", target.source);
  snprintf(set->title, sizeof set->title, "%s", target.title);
  ImageSet train = image_set(shapes, TRAIN_IMAGES, memory);
  dataset_moments(set->mean, set->deviation, &train);
  TRY(format->check(source, set->deviation));
  const uint8_t *items[] = {target.train_pixels, target.train_labels, target.test_pixels,
                            target.test_labels};
  TRY(hash_files(&set->hash, shapes, items));
  return name_corrupted(set, format);
}

static Shapes shapes_of(const DataSource *source) {
  int n_train = source->n_train, n_test = source->n_test;
  int h = source->shape.c * source->shape.h, w = source->shape.w;
  return (Shapes){.file = {[TRAIN_IMAGES] = {3, n_train, h, w},
                           [TRAIN_LABELS] = {1, n_train, 1, 1},
                           [TEST_IMAGES] = {3, n_test, h, w},
                           [TEST_LABELS] = {1, n_test, 1, 1}},
                  .c = source->shape.c};
}

/* On rank 0. Sets *format to NULL if there is nothing to close. */
static Status open_source(const DataFormat **format, DataSource *source, Shapes *shapes,
                          const char *path) {
  const DataFormat *found;
  TRY(data_format_find(&found, path));
  TRY(found->open(source, path));
  *format = found;
  *shapes = shapes_of(source);
  return status_ok();
}

static Status load(DataSet *set, const DataFormat **format, DataSource *source, const char *path) {
  Shapes shapes = {0};
  Status status = status_ok();
  if (dist_rank() == 0) status = open_source(format, source, &shapes, path);
  TRY(dist_agree(status));
  dist_broadcast(&shapes, sizeof shapes);
  status =
      dist_share(&set->memory, place_of(&shapes, N_ARRAYS), SHARE_WRITTEN_BY_FIRST, "data set");
  if (status.code == STATUS_OK) {
    if (dist_rank() == 0) status = fill(set, *format, source, &shapes);
    status = dist_agree(status);
  }
  if (status.code != STATUS_OK) {
    dist_share_free(&set->memory);
    free(set->class_name);
    set->class_name = NULL;
    return status;
  }
  SharedMemory memory = set->memory;
  ClassName *class_name = set->class_name;
  dist_broadcast(set, sizeof *set);
  set->memory = memory;
  set->class_name = class_name;
  dist_share_publish(&set->memory);
  set->train = image_set(&shapes, TRAIN_IMAGES, memory.data);
  set->test = image_set(&shapes, TEST_IMAGES, memory.data);
  return status_ok();
}

Status dataset_load(DataSet *set, const char *folder) {
  memset(set, 0, sizeof *set);
  const DataFormat *format = NULL;
  DataSource source = {0};
  Status status = load(set, &format, &source, folder);
  if (format) format->close(&source);
  return status;
}

Status dataset_open(OpenDataSet *open, const char *folder) {
  DataSet *set = &open->set;
  Shapes shapes;
  *open = (OpenDataSet){0};
  TRY(open_source(&open->format, &open->source, &shapes, folder));
  TRY(memory_allocate(&set->memory.data, place_of(&shapes, N_ARRAYS), 1, "data set"));
  set->train = image_set(&shapes, TRAIN_IMAGES, set->memory.data);
  set->test = image_set(&shapes, TEST_IMAGES, set->memory.data);
  return fill(set, open->format, &open->source, &shapes);
}

void dataset_close(OpenDataSet *open) {
  if (open->format) open->format->close(&open->source);
  free(open->set.memory.data);
  free(open->set.class_name);
  *open = (OpenDataSet){0};
}

Status dataset_hash_with(uint64_t *hash, const OpenDataSet *open, const uint8_t *test_pixels) {
  const DataSet *set = &open->set;
  const Shapes shapes = shapes_of(&open->source);
  const uint8_t *items[] = {set->train.pixels, set->train.labels, test_pixels, set->test.labels};
  return hash_files(hash, &shapes, items);
}

Status dataset_hash(uint64_t *hash, const char *folder) {
  OpenDataSet open;
  Status status = dataset_open(&open, folder);
  *hash = open.set.hash;
  dataset_close(&open);
  return status;
}

void dataset_hash_text(char text[DATASET_HASH_TEXT], uint64_t hash) {
  snprintf(text, DATASET_HASH_TEXT, "%016" PRIx64, hash);
}

static ImageSet part_of(const ImageSet *set, int first, int n) {
  ImageSet part = *set;
  size_t size = (size_t)set->c * (size_t)set->h * (size_t)set->w;
  part.n = n;
  part.pixels += (size_t)first * size;
  part.labels += first;
  return part;
}

/* On rank 0: how the images that are left are normalized. */
static Status measure(DataSet *set) {
  dataset_moments(set->mean, set->deviation, &set->train);
  for (int c = 0; c < set->train.c; c++)
    if (!(set->deviation[c] > 0))
      return status_error(STATUS_DATA,
                          "%s: train set without its last %d images: expected images, found the "
                          "same in every pixel of channel %d",
                          set->source, set->validation.n, c);
  return status_ok();
}

Status dataset_hold_out(DataSet *set, int n) {
  int n_left = set->train.n - n;
  BUG_IF(n < 1 || n_left < 1 || set->validation.n > 0);
  set->validation = part_of(&set->train, n_left, n);
  set->train = part_of(&set->train, 0, n_left);
  TRY(dist_agree(dist_rank() == 0 ? measure(set) : status_ok()));
  dist_broadcast(set->mean, sizeof set->mean);
  dist_broadcast(set->deviation, sizeof set->deviation);
  return status_ok();
}

uint64_t dataset_images_hash(const ImageSet *set) {
  int32_t sizes[] = {set->n, set->c, set->h, set->w};
  size_t n_pixels = (size_t)set->n * (size_t)set->c * (size_t)set->h * (size_t)set->w;
  uint64_t hash = XXH3_64bits(sizes, sizeof sizes);
  hash = XXH3_64bits_withSeed(set->pixels, n_pixels, hash);
  return XXH3_64bits_withSeed(set->labels, (size_t)set->n, hash);
}

void dataset_free(DataSet *set) {
  dist_share_free(&set->memory);
  free(set->class_name);
  memset(set, 0, sizeof *set);
}

void dataset_table(float *table, const double *mean, const double *deviation, int c) {
  for (int i = 0; i < c; i++)
    for (int v = 0; v < 256; v++)
      table[i * 256 + v] = (float)((v / 255.0 - mean[i]) / deviation[i]);
}
