#include "base/log.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "commands/command.h"
#include "data/dataset.h"
#include "data/idx.h"
#include "data/picture_image.h"
#include "nn/kinds.h"
#include "nn/pass.h"
#include "report/csv_write.h"
#include "report/table.h"
#include "store/file.h"
#include "train/model.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Options {
  Changes changes;
  const char *config;
  InputSize input;
  Statistics statistics; /* N_STATISTICS: those of evaluate.statistics */
  PictureFit fit;        /* N_PICTURE_FITS: as the data set says */
  int json, csv;
} Options;

static const Option OPTIONS[] = {
    {"config", "CONFIG", "Builds the network of this configuration.", TO_TEXT(Options, config)},
    {"input", "CxHxW", "Its images are of this size; 1x28x28 by default.",
     TO_INPUT(Options, input)},
    {"statistics", "WAY",
     "Takes these statistics in norms that cross samples: running, population or batch; what the "
     "run "
     "was evaluated with by default. With batch the images are their own batch.",
     TO_STATISTICS(Options, statistics)},
    {"fit", "WAY",
     "Makes images of pictures so: crop (the middle), pad (all, on black), stretch (to other "
     "proportions) or digit (as handwriting in MNIST). By default crop, or for predict as the data "
     "set says that the network was trained on.",
     TO_FIT(Options, fit)},
    {"json", NULL,
     "Prints file, class, its name and all probabilities of each image, for programs.",
     TO_FLAG(Options, json)},
    {"csv", NULL, "Prints a line an image: file, class, its name and all probabilities.",
     TO_FLAG(Options, csv)},
    OPTIONS_OF_CHANGES(Options, changes),
    {0}};

enum { MAX_SHOWN = 3, MAX_IMAGES = 1 << 24, IMAGE_NAME = 512 };

/* The images asked for. */
typedef struct Images {
  uint8_t *pixels; /* [n][c][h][w] */
  int n, capacity;
  struct Source {
    const char *name;
    int entry; /* of an IDX file, -1 for a picture */
  } * source;
} Images;

static Status reserve(Images *images, int n_more, size_t size) {
  if (n_more > MAX_IMAGES - images->n)
    return status_error(STATUS_USAGE, "more than %d images", MAX_IMAGES);
  int n = images->n + n_more;
  if (n <= images->capacity) return status_ok();
  int capacity = n + n / 2 + 16;
  uint8_t *pixels = realloc(images->pixels, (size_t)capacity * size);
  if (pixels) images->pixels = pixels;
  struct Source *source = realloc(images->source, (size_t)capacity * sizeof *source);
  if (source) images->source = source;
  if (!pixels || !source) return status_error(STATUS_MEMORY, "no memory for %d images", n);
  images->capacity = capacity;
  return status_ok();
}

static Status add_picture(Images *images, const Model *model, const char *path) {
  size_t size = (size_t)model->c * (size_t)model->h * (size_t)model->w;
  TRY(reserve(images, 1, size));
  TRY(picture_image(images->pixels + (size_t)images->n * size, model->c, model->h, model->w,
                    model->fit, path));
  images->source[images->n++] = (struct Source){path, -1};
  return status_ok();
}

static int is_picture(const char *path) {
  unsigned char magic[4] = {0};
  FILE *file = fopen(path, "rb");
  size_t n = file ? fread(magic, 1, sizeof magic, file) : 0;
  if (file) fclose(file);
  return n == 4 && (memcmp(magic, "\x89PNG", 4) == 0 || memcmp(magic, "\xff\xd8\xff", 3) == 0);
}

static int is_idx(const char *path) {
  unsigned char magic[2] = {0};
  FILE *file = fopen(path, "rb");
  size_t n = file ? fread(magic, 1, sizeof magic, file) : 0;
  if (file) fclose(file);
  return n == 2 && ((magic[0] == 0 && magic[1] == 0) || (magic[0] == 0x1f && magic[1] == 0x8b));
}

/* Splits FILE:A-B in place; first = 0 and last = -1 (all) without it. */
static Status split_range(char *path, int *first, int *last) {
  *first = 0, *last = -1;
  char *colon = strrchr(path, ':');
  if (!colon || is_idx(path)) return status_ok();
  char rest;
  int n = sscanf(colon + 1, "%d-%d%c", first, last, &rest);
  if (n == 1 && !strchr(colon + 1, '-')) *last = *first;
  if (n < 1 || n > 2 || *first < 0 || *last < *first)
    return status_error(STATUS_USAGE, "%s: expected FILE, FILE:7 or FILE:0-9", path);
  *colon = 0;
  return status_ok();
}

static Status copy_entries(Images *images, const Model *model, const char *path, IdxFile *file,
                           int first, int last) {
  IdxShape shape = idx_shape(file);
  size_t size = (size_t)model->c * (size_t)model->h * (size_t)model->w;
  if (model->c != 1 || shape.h != model->h || shape.w != model->w)
    return status_error(STATUS_DATA, "%s: images of 1 x %d x %d; the network takes %d x %d x %d",
                        path, shape.h, shape.w, model->c, model->h, model->w);
  if (last < 0) last = shape.n - 1;
  if (last >= shape.n)
    return status_error(STATUS_USAGE, "%s: entry %d asked for; it has 0 to %d", path, last,
                        shape.n - 1);
  TRY(reserve(images, last - first + 1, size));
  uint8_t *items;
  TRY(memory_allocate(&items, idx_bytes(shape), 1, path));
  Status status = idx_read(file, items);
  for (int i = first; i <= last && status.code == STATUS_OK; i++) {
    memcpy(images->pixels + (size_t)images->n * size, items + (size_t)i * size, size);
    images->source[images->n++] = (struct Source){path, i};
  }
  free(items);
  return status;
}

static Status add_idx(Images *images, const Model *model, char *path) {
  int first, last;
  TRY(split_range(path, &first, &last));
  IdxFile *file;
  TRY(idx_open_images(&file, path));
  Status status = copy_entries(images, model, path, file, first, last);
  idx_close(file);
  return status;
}

static Status add_image(Images *images, const Model *model, char *path) {
  size_t length = strlen(path);
  int named_png = length > 4 && strcmp(path + length - 4, ".png") == 0;
  if (named_png || is_picture(path)) return add_picture(images, model, path);
  return add_idx(images, model, path);
}

static void image_name(char name[IMAGE_NAME], const Images *images, int i) {
  if (images->source[i].entry < 0)
    snprintf(name, IMAGE_NAME, "%s", images->source[i].name);
  else
    snprintf(name, IMAGE_NAME, "%s:%d", images->source[i].name, images->source[i].entry);
}

/* The first of the largest. */
static int class_of(const float *probability, int n_classes) {
  int best = 0;
  for (int c = 1; c < n_classes; c++)
    if (probability[c] > probability[best]) best = c;
  return best;
}

typedef void PrintImage(FILE *out, const char *name, const float *probability, int n_classes,
                        const ClassNames *names);

static void print_text(FILE *out, const char *name, const float *probability, int n_classes,
                       const ClassNames *names) {
  int shown[MAX_SHOWN];
  char label[CLASS_LABEL];
  fprintf(out, "%s:", name);
  for (int k = 0; k < MAX_SHOWN && k < n_classes; k++) {
    int best = -1;
    for (int c = 0; c < n_classes; c++) {
      int is_new = 1;
      for (int j = 0; j < k; j++) is_new &= shown[j] != c;
      if (is_new && (best < 0 || probability[c] > probability[best])) best = c;
    }
    shown[k] = best;
    fprintf(out,
            k == 0   ? "  %s  %.4f"
            : k == 1 ? "  (then %s %.4f"
                     : ", %s %.4f",
            class_label(label, names, best), (double)probability[best]);
  }
  fputs(n_classes > 1 ? ")\n" : "\n", out);
}

static void print_json(FILE *out, const char *name, const float *probability, int n_classes,
                       const ClassNames *names) {
  const int class = class_of(probability, n_classes);
  fputs("{\"file\": ", out);
  utf8_print_json(out, name);
  fprintf(out, ", \"class\": %d, \"class_name\": ", class);
  if (class < names->n)
    utf8_print_json(out, names->name[class]);
  else
    fputs("null", out);
  fputs(", \"probabilities\": [", out);
  for (int c = 0; c < n_classes; c++) fprintf(out, "%s%.9g", c ? ", " : "", (double)probability[c]);
  fputs("]}", out);
}

static void print_csv(FILE *out, const char *name, const float *probability, int n_classes,
                      const ClassNames *names) {
  Csv csv = {.out = out};
  const int class = class_of(probability, n_classes);
  csv_put_text(&csv, name);
  csv_put_count(&csv, class);
  csv_put_text(&csv, class < names->n ? names->name[class] : "");
  for (int c = 0; c < n_classes; c++) fprintf(out, ",%.9g", (double)probability[c]);
  csv_end_line(&csv);
}

static void print_columns(FILE *out, int n_classes) {
  fputs("file,class,class_name", out);
  for (int c = 0; c < n_classes; c++) fprintf(out, ",probability_%d", c);
  fputc('\n', out);
}

static Status print_all(const Options *options, const Images *images, const float *probability,
                        int n_classes, const ClassNames *names) {
  PrintImage *print = options->json ? print_json : options->csv ? print_csv : print_text;
  if (options->csv) print_columns(stdout, n_classes);
  if (options->json) fputs("[", stdout);
  for (int i = 0; i < images->n; i++) {
    const float *one = probability + (size_t)i * (size_t)n_classes;
    char name[IMAGE_NAME];
    image_name(name, images, i);
    if (options->json) fputs(i ? ",\n " : "", stdout);
    print(stdout, name, one, n_classes, names);
  }
  if (options->json) fputs("]\n", stdout);
  return output_flush(stdout, "standard output");
}

static Status check_statistics(const Model *model, Statistics statistics, int n, const char *file) {
  const Network *network = &model->network;
  if (!network->crosses_samples || statistics == STATISTICS_RUNNING) return status_ok();
  if (statistics == STATISTICS_POPULATION && !network->has_population)
    return status_error(STATUS_DATA,
                        "%s: holds no statistics of all training images: only a finished run of "
                        "format 4 or newer does; normlab evaluate takes them anew",
                        file);
  if (statistics == STATISTICS_POPULATION) return status_ok();
  TRY(network_check_evaluation(network, n));
  if (n < model->batch)
    log_note("%d images are a batch of their own; it was trained with batches of %d", n,
             model->batch);
  return status_ok();
}

/* Probabilities [n][n_classes]. */
static Status check_finite(const Images *images, const float *probability, size_t n_classes,
                           const char *file) {
  char name[IMAGE_NAME];
  for (size_t i = 0; i < (size_t)images->n * n_classes; i++) {
    if (isfinite(probability[i])) continue;
    image_name(name, images, (int)(i / n_classes));
    return status_error(STATUS_NUMBERS,
                        "%s: its network gives no probabilities for %s: what it computes is not "
                        "finite or too large",
                        file, name);
  }
  return status_ok();
}

static Status classify(Model *model, const Options *options, const Images *images,
                       Statistics statistics, const char *file) {
  size_t n = (size_t)images->n, n_classes = (size_t)model->network.n_classes;
  float table[MAX_INPUT_CHANNELS * 256];
  dataset_table(table, model->mean, model->deviation, model->c);
  EvaluationResult result = {0};
  Pass *pass = NULL;
  uint8_t *labels = NULL;
  Status status = memory_allocate(&labels, n, 1, "labels");
  if (status.code == STATUS_OK)
    status = memory_allocate(&result.prediction, n, sizeof(int32_t), "predictions");
  if (status.code == STATUS_OK)
    status = memory_allocate(&result.probability, n * n_classes, sizeof(float), "predictions");
  if (status.code == STATUS_OK)
    status = memory_allocate(&result.sample_loss, n, sizeof(double), "predictions");
  if (status.code == STATUS_OK) status = pass_make(&pass, &model->network, model->batch, 1);
  ImageSet set = {images->n, model->c, model->h, model->w, images->pixels, labels};
  if (status.code == STATUS_OK) status = pass_evaluate(pass, &set, table, statistics, &result);
  if (status.code == STATUS_OK) status = check_finite(images, result.probability, n_classes, file);
  if (status.code == STATUS_OK)
    status = print_all(options, images, result.probability, (int)n_classes, &model->classes);
  pass_free(pass);
  free(labels);
  free(result.prediction);
  free(result.probability);
  free(result.sample_loss);
  return status;
}

static Status load_result(Model *model, const char *file) {
  Record record;
  int used_previous;
  TRY(result_read(&record, file, &used_previous));
  Status status = model_load(model, &record, file);
  record_free(&record);
  return status;
}

static Status load_weights(Model *model, const Options *options, const char *file) {
  InputSize input = input_size(options->input);
  Record record;
  Config *config;
  TRY(config_read(&config, &NETWORK_KINDS, options->config, options->changes.change,
                  options->changes.n));
  Status status = record_read_hdf5(&record, file);
  if (status.code != STATUS_OK) {
    config_free(config);
    return status;
  }
  status = model_load_weights(model, config, input.c, input.h, input.w, file, &record);
  record_free(&record);
  return status;
}

static Status load(Model *model, Images *images, const Options *options, const Words *words) {
  Status status = options->config ? load_weights(model, options, words->word[0])
                                  : load_result(model, words->word[0]);
  if (options->fit != N_PICTURE_FITS) model->fit = options->fit;
  for (int i = 1; i < words->n && status.code == STATUS_OK; i++)
    status = add_image(images, model, words->word[i]);
  return status;
}

static Status run(void *from, const Words *words) {
  const Options *options = from;
  Model model = {0};
  Images images = {0};
  if ((options->changes.n > 0 || options->input.c > 0) && !options->config)
    return status_error(STATUS_USAGE,
                        "predict: a result file has its network; only with --config can it be "
                        "changed");
  if (options->json && options->csv)
    return status_error(STATUS_USAGE, "predict: only one of --json and --csv at a time");
  if (words->n < 2)
    return status_error(STATUS_USAGE,
                        "predict: expected FILE and IMAGE...; see normlab predict --help");
  Status status = load(&model, &images, options, words);
  Statistics statistics = options->statistics;
  if (status.code == STATUS_OK && statistics == N_STATISTICS)
    statistics = model.config->evaluate.statistics;
  if (status.code == STATUS_OK)
    status = check_statistics(&model, statistics, images.n, words->word[0]);
  if (status.code == STATUS_OK)
    status = classify(&model, options, &images, statistics, words->word[0]);
  model_free(&model);
  free(images.pixels);
  free(images.source);
  return status;
}

const Command COMMAND_predict = {
    .name = "predict",
    .summary = "classify images with a trained network",
    .usage = "FILE IMAGE...\n"
             "FILE --config CONFIG [options] IMAGE...",
    .about =
        "Classifies images with the network of the result file FILE: class, its probability, "
        "and those of the next classes.\n"
        "IMAGE is a PNG or JPEG file of any size, or an IDX file of images, plain or gzip: FILE "
        "for all of it, FILE:7 for entry "
        "7 (from 0), FILE:0-9 for a range. A picture is prepared as the data set says that the "
        "network was trained on: for one of digits as MNIST was, where dark on light is inverted; "
        "for others as by data import.\n"
        "With --config only the weights are FILE's: any HDF5 file with a PyTorch state_dict "
        "will do, at the root or under /model, with names and shapes as the network's. CONFIG "
        "has to say data.mean and data.deviation.",
    .options = OPTIONS,
    .exits = (const ExitLine[]){{STATUS_USAGE, NULL},
                                {STATUS_FILE, NULL},
                                {STATUS_DATA, NULL},
                                {STATUS_NUMBERS, "A probability is not finite."},
                                {STATUS_MEMORY, NULL},
                                {0}},
    .options_bytes = sizeof(Options),
    .defaults = &(const Options){.statistics = N_STATISTICS, .fit = N_PICTURE_FITS},
    .start = START_WITHOUT_MPI,
    .run = run};
