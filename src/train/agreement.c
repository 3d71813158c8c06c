#include "train/agreement.h"

#include "base/same_file.h"
#include "base/version.h"
#include "data/dataset.h"
#include "data/format.h"
#include "dist/facts.h"
#include "kernels/gemm.h"
#include "kernels/isa.h"
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A fact about a rank's program; the value is a static text. */
typedef struct Row {
  const char *name;
  const char *(*value)(void);
  const char *advice;
} Row;

static const char *instruction_set(void) {
  return isa_name(isa_current());
}

/* Which bits the functions give may depend on the library's version and on the processor. */
static const char *functions(void) {
  enum { N = 64 };
  static char text[2 * sizeof(uint64_t) + 1];
  uint64_t sum = 0;
  for (int i = 1; i <= N; i++) {
    const volatile double x = i / 7.0;
    const double value[] = {exp(-x), log(x), cos(x), pow(0.9, x)};
    for (size_t k = 0; k < sizeof value / sizeof *value; k++) {
      uint64_t bits;
      memcpy(&bits, &value[k], sizeof bits);
      sum = 31 * sum + bits;
    }
  }
  snprintf(text, sizeof text, "%016" PRIx64, sum);
  return text;
}

#define SAME_PROGRAM "start the same program on all nodes"

static const Row PROGRAM[] = {
    {"the version of normlab", version_number, SAME_PROGRAM},
    {"the commit of normlab", version_commit, SAME_PROGRAM},
    {"the build of normlab", version_build, SAME_PROGRAM},
    {"the MPI library", dist_version, "load the same MPI on all nodes"},
    {"the instruction set", instruction_set,
     "set NORMLAB_ISA, on all ranks, to one that all processors have"},
    {"the hash of some values of exp, log, cos and pow", functions,
     "take nodes with the same C library and the same kind of processor"},
};

static const Row BACKEND[] = {
    {"the core type of conv.backend's library", gemm_core_type,
     "set OPENBLAS_CORETYPE, on all ranks, to one that all processors have"},
    {"the library of conv.backend", gemm_version, "load the same library on all nodes"},
};

static void add_rows(Facts *facts, const Row *row, size_t n) {
  for (size_t i = 0; i < n; i++)
    facts_add(facts, &(Fact){row[i].name, row[i].value(), NULL, row[i].advice});
}

static Status compare(Facts *facts, Status local) {
  Status status = dist_agree_facts(facts, local);
  facts_free(facts);
  return status;
}

Status agreement_on_program(const char *command, Status local) {
  Facts facts = {0};
  add_rows(&facts, PROGRAM, sizeof PROGRAM / sizeof *PROGRAM);
  facts_add(&facts, &(Fact){"the command", command, NULL, "give all ranks the same command"});
  return compare(&facts, local);
}

Status agreement_on_backend(Status local) {
  Facts facts = {0};
  add_rows(&facts, BACKEND, sizeof BACKEND / sizeof *BACKEND);
  return compare(&facts, local);
}

static void add_value(void *facts, const ConfigValue *value) {
  facts_add(facts,
            &(Fact){value->path, value->text, NULL, "give all ranks the same configuration"});
}

Status agreement_on_config(const Config *config, Status local) {
  Facts facts = {0};
  if (config) config_visit(config, add_value, &facts);
  return compare(&facts, local);
}

/* What a rank may see another copy of. */
typedef struct Source {
  const char *name, *advice;
  /* Writes what tells it from equal copies, without reading it. */
  Status (*identify)(char text[SAME_FILE_TEXT], const char *path);
  /* Writes a hash of the content, or what stands for it. */
  Status (*hash)(char text[SAME_FILE_TEXT], const char *path);
} Source;

/* The folder that the files are in, which may be below the given one. */
static Status identify_images(char text[SAME_FILE_TEXT], const char *path) {
  const DataFormat *format;
  DataPlace place = {0};
  TRY(data_format_find(&format, path));
  snprintf(text, SAME_FILE_TEXT, "%s", format->title);
  if (!format->files) return status_ok();
  TRY(format->find(&place, path));
  char *slash = place.file ? strrchr(place.file, '/') : NULL;
  if (slash) *slash = '\0';
  Status status = same_file_identity(text, slash ? place.file : path);
  free(place.file);
  return status;
}

static Status hash_images(char text[SAME_FILE_TEXT], const char *path) {
  const DataFormat *format;
  uint64_t hash;
  TRY(data_format_find(&format, path));
  snprintf(text, SAME_FILE_TEXT, "%s", format->title);
  if (!format->files) return status_ok();
  TRY(dataset_hash(&hash, path));
  dataset_hash_text(text, hash);
  return status_ok();
}

static Status identify_weights(char text[SAME_FILE_TEXT], const char *path) {
  snprintf(text, SAME_FILE_TEXT, "none");
  return path ? same_file_identity(text, path) : status_ok();
}

static Status hash_weights(char text[SAME_FILE_TEXT], const char *path) {
  snprintf(text, SAME_FILE_TEXT, "none");
  return path ? same_file_hash(text, path) : status_ok();
}

enum { IMAGES, WEIGHTS, N_SOURCES };
static const Source SOURCES[N_SOURCES] = {
    [IMAGES] =
        {"the data set",
         "give all ranks the same images, by --data or by NORMLAB_DATA (mpirun -x NORMLAB_DATA "
         "takes it to other nodes)",
         identify_images, hash_images},
    [WEIGHTS] = {"the file of --init", "give all ranks the same file", identify_weights,
                 hash_weights},
};

/* A place as all nodes would call it. */
static void absolute_path(char text[PATH_MAX], const char *path) {
  char folder[PATH_MAX];
  memset(text, 0, PATH_MAX);
  if (!path || !*path) return;
  if (realpath(path, text)) return;
  if (*path == '/' || !getcwd(folder, sizeof folder) ||
      snprintf(text, PATH_MAX, "%s/%s", folder, path) >= PATH_MAX)
    snprintf(text, PATH_MAX, "%s", path);
}

/* What a rank knows of a source. */
typedef struct View {
  char path[PATH_MAX];
  int is_readable;
  char identity[SAME_FILE_TEXT];
} View;

static View look(const Source *source, const char *path) {
  View view = {.is_readable = 0};
  absolute_path(view.path, path);
  view.is_readable = source->identify(view.identity, path).code == STATUS_OK;
  return view;
}

/* Whether a rank relies on rank 0 for what it cannot read itself. */
static int is_absent(const View *mine, const View *first) {
  return !mine->is_readable && strcmp(mine->path, first->path) == 0;
}

/* Collective. Whether all ranks see the same files. */
static int see_the_same(const View *mine, const View *first) {
  Facts facts = {0};
  for (int i = 0; i < N_SOURCES; i++) {
    const View *view = is_absent(&mine[i], &first[i]) ? &first[i] : &mine[i];
    const char *identity = view->is_readable ? view->identity : "";
    if (first[i].is_readable) facts_add(&facts, &(Fact){SOURCES[i].name, identity, NULL, NULL});
  }
  const int is_same = dist_have_same_facts(&facts);
  facts_free(&facts);
  return is_same;
}

static Status compare_contents(const Source *source, const View *mine, const char *path,
                               int has_say) {
  char hash[SAME_FILE_TEXT] = "";
  Facts facts = {0};
  if (has_say && mine->is_readable && source->hash(hash, path).code != STATUS_OK) *hash = '\0';
  /* What is readable and no file is told by its own name. */
  const char *note = *hash && access(mine->path, F_OK) != 0 ? NULL : mine->path;
  const char *value = *hash ? hash : *mine->path ? "cannot be read" : "none";
  facts_add(&facts, &(Fact){source->name, value, note, source->advice});
  Status status = dist_agree_facts(has_say ? &facts : NULL, status_ok());
  facts_free(&facts);
  return status;
}

Status agreement_on_files(const char *data, const char *init) {
  const char *path[N_SOURCES] = {[IMAGES] = data, [WEIGHTS] = init};
  View mine[N_SOURCES], first[N_SOURCES];
  if (dist_size() == 1) return status_ok();
  for (int i = 0; i < N_SOURCES; i++) mine[i] = look(&SOURCES[i], path[i]);
  memcpy(first, mine, sizeof first);
  dist_broadcast(first, sizeof first);
  if (see_the_same(mine, first)) return status_ok();
  for (int i = 0; i < N_SOURCES; i++)
    if (first[i].is_readable)
      TRY(compare_contents(&SOURCES[i], &mine[i], path[i], !is_absent(&mine[i], &first[i])));
  return status_ok();
}
