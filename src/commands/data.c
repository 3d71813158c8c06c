#include "base/memory.h"
#include "commands/command.h"
#include "data/corrupted.h"
#include "data/dataset.h"
#include "data/digits.h"
#include "data/folder.h"
#include "data/format.h"
#include "data/imported.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_IMAGES = 10000000 };

typedef struct Options {
  int n_train, n_test, gzip, overwrite, list, severity;
  uint64_t seed;
  const char *kind, *name;
  InputSize input;
  double share;
  PictureFit fit;
} Options;

static const Action ACTIONS[] = {
    {"check",
     "Reads the data folder DIR as training would, and prints what is in it: sizes, images of each "
     "class, mean and deviation, and whether it is a published data set.",
     0},
    {"import",
     "Makes a data folder OUT of the PNG and JPEG files in FOLDER, which has a folder for each "
     "class, or folders train and test with these. What is of another size is scaled as "
     "--fit says, averaged over areas where it shrinks, bilinear where it grows; transparency is "
     "laid on white, and pictures of cameras are turned upright. The split and the order are drawn "
     "from the "
     "names in their order.",
     0},
    {"export",
     "Writes the images of DIR into OUT as PNG files, in folders train and test with a folder for "
     "each class, of which import makes the same images again.",
     0},
    {"synthesize",
     "Draws synthetic digits into the four files of a folder DIR in the format of MNIST, which is "
     "made if need be.",
     0},
    {"corrupt",
     "Writes the data set of the folder DIR into a folder OUT, in the same format, with corrupted "
     "images in its test set; or, of several kinds or severities, into a folder OUT/KIND-SEVERITY "
     "for each. The train set is that of DIR, as hard links where the file system has them. "
     "corruption.txt there says what was done, and results name it with the data set.",
     0},
    {0}};

static void kinds_accepted(char *text, size_t bytes) {
  size_t used = (size_t)snprintf(text, bytes, "all");
  for (int i = 0; CORRUPTIONS[i] && used < bytes; i++)
    used += (size_t)snprintf(text + used, bytes - used, ", %s", CORRUPTIONS[i]->name);
}

static const Option OPTIONS[] = {
    {"train", "N", "Draws so many images to train with, 60000 by default.",
     TO_COUNT(Options, n_train, MAX_IMAGES), .only = "synthesize"},
    {"test", "N", "Draws so many images to test with, 10000 by default.",
     TO_COUNT(Options, n_test, MAX_IMAGES), .only = "synthesize"},
    {"seed", "N",
     "Another seed draws other images, splits them or corrupts them otherwise; 1 by default.",
     TO_WHOLE(Options, seed), .only = "import, synthesize and corrupt"},
    {"input", "CxHxW",
     "Makes images of this size, gray with one channel; by default of 32 x 32 pixels, with three "
     "channels if any picture has colour.",
     TO_INPUT(Options, input), .only = "import"},
    {"share", "SHARE",
     "Takes this share of each class to test, 0.2 by default; where the folders are train and "
     "test they say it.",
     TO_SHARE(Options, share), .only = "import"},
    {"fit", "WAY",
     "Makes images of pictures so: crop (the middle), pad (all, on black), stretch (to other "
     "proportions) or digit (as handwriting in MNIST). By default crop, or for predict as the data "
     "set says that the network was trained on.",
     TO_FIT(Options, fit), .only = "import"},
    {"name", "NAME", "Calls the data set so in results; by default by the name of FOLDER.",
     TO_TEXT(Options, name), .only = "import"},
    {"gzip", NULL, "Compresses the files.", TO_FLAG(Options, gzip), .only = "synthesize"},
    {"overwrite", NULL, "Replaces files that are there.", TO_FLAG(Options, overwrite),
     .only = "synthesize and corrupt"},
    {"kind", "KIND", "Corrupts in this way, or in all, one after another.", TO_TEXT(Options, kind),
     .accepted = kinds_accepted, .only = "corrupt"},
    {"severity", "S", "Corrupts at this severity, 1 to 5; without it at each that the kind has.",
     TO_COUNT(Options, severity, CORRUPTION_SEVERITIES), .only = "corrupt"},
    {"list", NULL, "Prints what each kind does, and what its severities are, and ends.",
     TO_FLAG(Options, list), .only = "corrupt"},
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

/* What corruption.txt says, once the files are known to be those that it describes. */
static Status print_corruption(const char *folder) {
  OpenDataSet open;
  CorruptedNote note = {0};
  Status status = dataset_open(&open, folder);
  if (status.code == STATUS_OK) status = corrupted_read(&note, open.set.source);
  dataset_close(&open);
  if (status.code == STATUS_OK && note.is_there)
    printf("Its test set is corrupted: %s, severity %d, seed %" PRIu64 ". The original is %s, hash "
           "%016" PRIx64 ".\n",
           note.kind, note.severity, note.seed, note.original, note.original_hash);
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
  TRY(format->describe(folder));
  return print_corruption(folder);
}

static void print_levels(const CorruptionLevels *levels, const Corruption *kind, const char *of) {
  if (!levels->source) return;
  printf("  %s", of);
  for (int s = 0; s < kind->n_severities && kind->parameters; s++) {
    int n = CORRUPTION_VALUES;
    while (n > 1 && levels->value[s][n - 1] == 0) n--;
    for (int i = 0; i < n; i++) printf("%s%g", i ? ", " : s ? "; " : "", levels->value[s][i]);
  }
  printf("%s(%s)\n", kind->parameters ? " " : "", levels->source);
}

static void print_kinds(void) {
  for (int i = 0; CORRUPTIONS[i]; i++) {
    const Corruption *kind = CORRUPTIONS[i];
    printf("%s%s\n  %s\n", i ? "\n" : "", kind->name, kind->about);
    if (kind->parameters)
      printf("  severities 1 to %d: %s\n", kind->n_severities, kind->parameters);
    int is_one = !kind->colour.source;
    print_levels(&kind->gray, kind, is_one ? "" : "gray: ");
    print_levels(&kind->colour, kind, "colour: ");
  }
  printf("\nMNIST-C: Mu and Gilmer 2019; where no data of a kind were published, its code has it, "
         "with "
         "the\nnumbers of ImageNet-C. CIFAR-10-C, ImageNet-C: Hendrycks and Dietterich 2019.\n");
}

/* choice: room for all severities of all kinds. */
static Status choose(CorruptionChoice *choice, int *n, const Options *options) {
  const Corruption *only = NULL;
  const int is_all = strcmp(options->kind, "all") == 0;
  *n = 0;
  if (!is_all) TRY(corruption_find(&only, options->kind));
  if (only && options->severity > only->n_severities)
    return status_error(STATUS_USAGE, "data corrupt: --severity %d: %s has one severity, 1",
                        options->severity, only->name);
  for (int i = 0; CORRUPTIONS[i]; i++)
    for (int s = 1; s <= CORRUPTIONS[i]->n_severities; s++)
      if ((is_all || CORRUPTIONS[i] == only) && (!options->severity || options->severity == s))
        choice[(*n)++] = (CorruptionChoice){CORRUPTIONS[i], s, options->seed};
  return status_ok();
}

static Status corrupt(const Options *options, const char *from, const char *to) {
  int n_kinds = 0, n;
  CorruptionChoice *choice;
  if (!options->kind)
    return status_error(STATUS_USAGE,
                        "data corrupt: expected --kind KIND, or --kind all; the kinds "
                        "are told by normlab data corrupt --list");
  while (CORRUPTIONS[n_kinds]) n_kinds++;
  TRY(memory_allocate(&choice, (size_t)n_kinds * CORRUPTION_SEVERITIES, sizeof *choice, "kinds"));
  Status status = choose(choice, &n, options);
  const int is_one = options->severity && strcmp(options->kind, "all") != 0;
  if (status.code == STATUS_OK)
    status = corrupt_folder(&(CorruptPlan){.from = from,
                                           .to = to,
                                           .choice = choice,
                                           .n = n,
                                           .is_inside = !is_one,
                                           .overwrite = options->overwrite});
  free(choice);
  return status;
}

static Status run_corrupt(const Options *options, const Words *words) {
  if (options->list && words->n == 1) {
    print_kinds();
    return status_ok();
  }
  if (options->list || words->n != 3 || !*words->word[1] || !*words->word[2])
    return status_error(STATUS_USAGE,
                        "data corrupt: expected two folders, DIR and OUT, or --list alone; see "
                        "normlab data --help");
  return corrupt(options, words->word[1], words->word[2]);
}

static Status import(const Options *options, const Words *words) {
  if (words->n != 3 || !*words->word[1] || !*words->word[2])
    return status_error(STATUS_USAGE,
                        "data import: expected two folders, FOLDER and OUT; see normlab data "
                        "--help");
  const InputSize size = options->input;
  return import_folder(&(ImportPlan){.from = words->word[1],
                                     .to = words->word[2],
                                     .name = options->name,
                                     .shape = size.c ? (ImageShape){size.c, size.h, size.w}
                                                     : (ImageShape){0, 32, 32},
                                     .fit = options->fit,
                                     .test_share = options->share,
                                     .seed = options->seed});
}

static Status export(const Words *words) {
  const DataFormat *format;
  if (words->n != 3 || !*words->word[1] || !*words->word[2])
    return status_error(STATUS_USAGE,
                        "data export: expected two folders, DIR and OUT; see normlab data --help");
  TRY(data_format_find(&format, words->word[1]));
  if (!format->files)
    return status_error(STATUS_USAGE,
                        "data export %s: %s are drawn, not read: write them to a folder first, by "
                        "normlab data synthesize DIR",
                        words->word[1], format->title);
  return export_folder(words->word[1], words->word[2]);
}

static Status run(void *options, const Words *words) {
  if (words->n == 0)
    return status_error(STATUS_USAGE, "data: expected check DIR, import FOLDER OUT, export DIR "
                                      "OUT, synthesize DIR or corrupt DIR "
                                      "OUT; see normlab data --help");
  if (strcmp(words->action, "corrupt") == 0) return run_corrupt(options, words);
  if (strcmp(words->action, "import") == 0) return import(options, words);
  if (strcmp(words->action, "export") == 0) return export(words);
  if (words->n != 2 || !*words->word[1])
    return status_error(STATUS_USAGE, "data %s: expected one folder; see normlab data --help",
                        words->action);
  const char *folder = words->word[1];
  return strcmp(words->action, "check") == 0 ? check(folder) : synthesize(options, folder);
}

const Command COMMAND_data = {
    .name = "data",
    .summary = "own images, checks of data, synthetic digits, corrupted test sets",
    .usage =
        "check DIR\n"
        "import FOLDER OUT [--input CxHxW] [--fit WAY] [--share SHARE] [--seed N] [--name NAME]\n"
        "export DIR OUT\n"
        "synthesize DIR [--train N] [--test N] [--seed N] [--gzip] [--overwrite]\n"
        "corrupt DIR OUT --kind KIND [--severity S] [--seed N] [--overwrite]\n"
        "corrupt --list",
    .about =
        "Checks a folder of images, makes one of own pictures, fills one with synthetic digits, "
        "or makes one whose test set is corrupted, to measure the robustness of a trained network.",
    .actions = ACTIONS,
    .options = OPTIONS,
    .more_notes = data_format_about,
    .exits = (const ExitLine[]){{STATUS_USAGE, NULL},
                                {STATUS_FILE, NULL},
                                {STATUS_DATA, NULL},
                                {STATUS_MEMORY, NULL},
                                {0}},
    .options_bytes = sizeof(Options),
    .defaults = &(const Options){.n_train = DIGITS_TRAIN,
                                 .n_test = DIGITS_TEST,
                                 .seed = 1,
                                 .share = 0.2,
                                 .fit = FIT_CROP},
    .start = START_WITHOUT_MPI,
    .run = run};
