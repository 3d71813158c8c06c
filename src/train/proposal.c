#include "train/proposal.h"

#include "kernels/block.h"
#include "launch.h"
#include <stdio.h>
#include <string.h>

/* Of the work of one thread alone, what each thread of a proposed layout does at least. */
#define LEAST_EFFICIENCY 0.75

double proposal_rounds(PassLayout layout, int batch) {
  return pass_rounds((batch + layout.n_ranks - 1) / layout.n_ranks, layout.n_threads);
}

static PassLayout layout_of(int n_workers, int n_domains, int n_threads) {
  if (n_threads > 0)
    return (PassLayout){n_workers > n_threads ? n_workers / n_threads : 1, n_threads};
  int n_ranks = n_domains < n_workers ? n_domains : n_workers;
  while (n_workers % n_ranks != 0) n_ranks--;
  return (PassLayout){n_ranks, n_workers / n_ranks};
}

PassLayout proposal_make(int n_cores, int n_domains, int batch, int n_threads) {
  const double alone = proposal_rounds((PassLayout){1, 1}, batch);
  PassLayout best = layout_of(1, n_domains, n_threads);
  double least = proposal_rounds(best, batch);
  for (int n = 2; n <= n_cores; n++) {
    const PassLayout layout = layout_of(n, n_domains, n_threads);
    const double rounds = proposal_rounds(layout, batch);
    const int n_workers = layout.n_ranks * layout.n_threads;
    if (rounds >= least || alone < LEAST_EFFICIENCY * n_workers * rounds) continue;
    best = layout;
    least = rounds;
  }
  return best;
}

/* A list such as "0-1,4". */
int proposal_domains(void) {
  char text[256] = "";
  int n = 0, first, last, length;
  FILE *file = fopen("/sys/devices/system/node/has_cpu", "r");
  if (!file) return 1;
  if (!fgets(text, sizeof text, file)) text[0] = '\0';
  fclose(file);
  for (const char *at = text; sscanf(at, "%d%n", &first, &length) == 1; at += *at == ',') {
    at += length;
    last = first;
    if (*at == '-' && sscanf(at, "-%d%n", &last, &length) == 1) at += length;
    n += last - first + 1;
  }
  return n > 0 ? n : 1;
}

double proposal_busy(PassLayout layout, int batch) {
  return batch / (LANES * proposal_rounds(layout, batch) * layout.n_ranks * layout.n_threads);
}

/* The options that a start is not to have, and whether a word of its own follows them. */
static const struct {
  const char *name;
  int takes_word;
} LEFT_OUT[] = {{"--check", 0}, {"--measure", 1}, {"--threads", 1}};

/* Returns how many words at this place are to be left out. */
static int left_out(const char *word, size_t length) {
  for (size_t i = 0; i < sizeof LEFT_OUT / sizeof *LEFT_OUT; i++) {
    const size_t n = strlen(LEFT_OUT[i].name);
    if (strncmp(word, LEFT_OUT[i].name, n) != 0) continue;
    if (length == n) return 1 + LEFT_OUT[i].takes_word;
    if (word[n] == '=') return 1;
  }
  return 0;
}

void proposal_command(char *text, size_t bytes, PassLayout layout, const char *typed) {
  launch_command(text, bytes, layout.n_ranks, layout.n_threads);
  size_t used = strlen(text);
  for (const char *word = typed; *word && used < bytes;) {
    const size_t length = strcspn(word, " ");
    const char *next = word + length + strspn(word + length, " ");
    const int n_out = left_out(word, length);
    if (n_out == 0) used += (size_t)snprintf(text + used, bytes - used, " %.*s", (int)length, word);
    if (n_out == 2) next += strcspn(next, " ");
    word = next + strspn(next, " ");
  }
}
