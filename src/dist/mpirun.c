#include "dist/mpirun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N_NAMES = 3, N_OPTIONS = 3 };

typedef struct Row {
  const char *library;            /* is in the library's name */
  const char *names[N_NAMES];     /* of the launcher: that of this kind of MPI alone comes first */
  const char *unbound[N_OPTIONS]; /* for ranks that share cores, and may be more than these */
  const char *bound;              /* for so many cores a rank */
} Row;

/* The first row whose library it is counts; the last one is for all others. */
static const Row ROWS[] = {
    {"Open MPI",
     {"mpirun.openmpi", "mpirun"},
     {"--oversubscribe", "--bind-to", "none"},
     " --map-by slot:PE=%d --bind-to core"},
    {"CRAY MPICH", {"mpiexec"}, {"--cpu-bind", "none"}, " --cpu-bind depth --depth %d"},
    {"Intel", {"mpirun"}, {"-genv", "I_MPI_PIN", "0"}, " -genv I_MPI_PIN_DOMAIN %d"},
    {"MVAPICH2", {"mpirun"}, {"-genv", "MV2_ENABLE_AFFINITY", "0"}, " -bind-to core:%d"},
    {"MVAPICH", {"mpirun"}, {"-bind-to", "none"}, " -bind-to core:%d"},
    {"MPICH", {"mpirun.mpich", "mpirun"}, {"-bind-to", "none"}, " -bind-to core:%d"},
    {"", {"mpirun"}, {NULL}, NULL},
};

static const Row *row_of(const char *library) {
  const Row *row = ROWS;
  while (!strstr(library, row->library)) row++;
  return row;
}

static const char *usual_name(const Row *row) {
  return row->names[1] ? row->names[1] : row->names[0];
}

/* Writes the path of the first launcher of the row in $PATH; returns whether there is one. */
static int find(char *path, size_t bytes, const Row *row) {
  const char *folder = getenv("PATH");
  while (folder && *folder) {
    const size_t length = strcspn(folder, ":");
    for (int i = 0; i < N_NAMES && row->names[i]; i++) {
      const int n = snprintf(path, bytes, "%.*s/%s", (int)length, folder, row->names[i]);
      if (length > 0 && n > 0 && (size_t)n < bytes && access(path, X_OK) == 0) return 1;
    }
    folder += length + (folder[length] == ':');
  }
  return 0;
}

void mpirun_make(Mpirun *mpirun, const char *library, int n_ranks) {
  const Row *row = row_of(library);
  if (!find(mpirun->program, sizeof mpirun->program, row))
    snprintf(mpirun->program, sizeof mpirun->program, "%s", usual_name(row));
  snprintf(mpirun->number, sizeof mpirun->number, "%d", n_ranks);
  mpirun->n_words = 0;
  mpirun->words[mpirun->n_words++] = mpirun->program;
  mpirun->words[mpirun->n_words++] = "-n";
  mpirun->words[mpirun->n_words++] = mpirun->number;
  for (int i = 0; i < N_OPTIONS && row->unbound[i]; i++)
    mpirun->words[mpirun->n_words++] = row->unbound[i];
}

void mpirun_command(char *text, size_t bytes, const char *library, int n_ranks, int n_threads) {
  const Row *row = row_of(library);
  char options[64] = "";
  if (row->bound) snprintf(options, sizeof options, row->bound, n_threads);
  snprintf(text, bytes, "%s -n %d%s", usual_name(row), n_ranks, options);
}
