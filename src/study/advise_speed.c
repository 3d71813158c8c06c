#include "advise_parts.h"
#include "call.h"
#include "dist/dist.h"
#include "dist/mpirun.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MOST_WORDS = 32, SECONDS = 600 };

/* The launcher as it is proposed to people, which binds ranks; one rank needs none. */
static Status add_launcher(char **words, int *n, Pool *pool, PassLayout layout) {
  char command[256], *kept;
  if (layout.n_ranks == 1) return status_ok();
  mpirun_command(command, sizeof command, dist_version(), layout.n_ranks, layout.n_threads);
  TRY(pool_text(pool, &kept, "%s", command));
  for (char *word = strtok(kept, " "); word && *n < MOST_WORDS / 2; word = strtok(NULL, " "))
    words[(*n)++] = word;
  return status_ok();
}

static Status call_bench(char **output, Pool *pool, const char *file, const Estimate *e,
                         PassLayout layout) {
  static const char MARK[] = "normlab: error: ";
  char *words[MOST_WORDS] = {NULL}, *input, *threads, *program = realpath("/proc/self/exe", NULL);
  int n = 0, exit_status;
  TRY(pool_keep(pool, program));
  TRY(pool_text(pool, &input, "%dx%dx%d", e->c, e->h, e->w));
  TRY(pool_text(pool, &threads, "%d", layout.n_threads));
  TRY(add_launcher(words, &n, pool, layout));
  char *const bench[] = {program,   "bench", (char *)file, "--json",
                         "--input", input,   "--threads",  threads};
  for (size_t i = 0; i < sizeof bench / sizeof *bench; i++) words[n++] = bench[i];
  TRY(call_run(output, &exit_status, pool,
               &(Call){.words = words, .seconds = SECONDS, .with_errors = 1}));
  if (exit_status == 0) return status_ok();
  char *message = strstr(*output, MARK);
  message = message ? message + sizeof MARK - 1 : *output + strspn(*output, "-\n ");
  message[strcspn(message, "\n")] = '\0';
  return status_error(exit_status < 128 ? (StatusCode)exit_status : STATUS_FAILED,
                      "%d rank%s x %d thread%s cannot be measured: %.800s", layout.n_ranks,
                      plural(layout.n_ranks), layout.n_threads, plural(layout.n_threads), message);
}

static Status measure(double *images_per_second, Pool *pool, const char *file, const Estimate *e,
                      PassLayout layout) {
  static const char KEY[] = "\"images_per_second\": ";
  char *output;
  TRY(call_bench(&output, pool, file, e, layout));
  const char *place = strstr(output, KEY);
  *images_per_second = place ? strtod(place + sizeof KEY - 1, NULL) : 0;
  if (*images_per_second > 0) return status_ok();
  return status_error(STATUS_FAILED, "bench: says what is not understood: %.200s", output);
}

/* The configuration is a file in memory, so that none is left behind. */
Status speed_measure(double *images_per_second, Pool *pool, const Config *config,
                     const Estimate *estimate, PassLayout layout) {
  char *text = NULL, path[64];
  TRY(config_text(&text, config));
  const int file = memfd_create("normlab-advise.yaml", MFD_CLOEXEC);
  const size_t n = strlen(text);
  Status status = status_ok();
  if (file < 0 || write(file, text, n) != (ssize_t)n)
    status = status_errno(STATUS_FILE, errno, "advise: the configuration for bench");
  free(text);
  snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long)getpid(), file);
  if (status.code == STATUS_OK) status = measure(images_per_second, pool, path, estimate, layout);
  if (file >= 0) close(file);
  return status;
}
