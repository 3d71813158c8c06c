#include "trace.h"

#include "base/memory.h"
#include "dist/dist.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME = 4096 };

struct Trace {
  Pass *pass;
  const char *file;
  int n_steps, n_threads; /* steps that are still to be recorded; threads of this rank */
  int64_t *mine;          /* spans of each thread */
  Span *own;              /* this rank's, one thread after another */
  double origin;

  /* Rank 0, of all ranks. */
  int64_t *sizes; /* [rank]{threads, most spans of a thread} */
  size_t *counts; /* bytes, for dist_gather */
  int64_t *n;     /* spans, by rank and thread */
  Span *spans;
};

static int is_root(void) {
  return dist_rank() == 0;
}

/* Beside the file, so that renaming it is one act. */
static Status temporary(char *name, const char *file) {
  if (snprintf(name, NAME, "%s.tmp.%ld", file, (long)getpid()) >= NAME)
    return status_error(STATUS_USAGE, "--trace %.40s...: longer than %d characters", file,
                        NAME - 20);
  return status_ok();
}

static Status check_file(const char *file) {
  char name[NAME];
  struct stat about;
  TRY(temporary(name, file));
  if (stat(file, &about) == 0 && !S_ISREG(about.st_mode)) /* renaming would replace a device */
    return status_error(STATUS_FILE, "--trace: %s is %s; a file is expected", file,
                        S_ISDIR(about.st_mode) ? "a folder" : "no regular file");
  FILE *out = fopen(name, "w");
  if (!out) return status_errno(STATUS_FILE, errno, "--trace: cannot write %s", file);
  fclose(out);
  unlink(name);
  return status_ok();
}

/* Rank 0: room for what all ranks can have recorded. */
static Status make_root(Trace *trace) {
  size_t n_threads = 0, n_spans = 0;
  for (int r = 0; r < dist_size(); r++) {
    n_threads += (size_t)trace->sizes[2 * r];
    n_spans += (size_t)(trace->sizes[2 * r] * trace->sizes[2 * r + 1]);
  }
  TRY(memory_allocate(&trace->n, n_threads, sizeof *trace->n, "trace"));
  return memory_allocate(&trace->spans, n_spans, sizeof *trace->spans, "trace");
}

static Status make_own(Trace *trace, int n_steps, const char *file) {
  TRY(is_root() ? check_file(file) : status_ok());
  TRY(profile_make(trace->pass, n_steps));
  trace->n_threads = pass_threads(trace->pass);
  size_t n = (size_t)trace->n_threads * profile_capacity(trace->pass), n_ranks = dist_size();
  TRY(memory_allocate(&trace->mine, (size_t)trace->n_threads, sizeof *trace->mine, "trace"));
  TRY(memory_allocate(&trace->own, n, sizeof *trace->own, "trace"));
  if (!is_root()) return status_ok();
  TRY(memory_allocate(&trace->sizes, 2 * n_ranks, sizeof *trace->sizes, "trace"));
  return memory_allocate(&trace->counts, n_ranks, sizeof *trace->counts, "trace");
}

void trace_free(Trace *trace) {
  if (!trace) return;
  void *owned[] = {trace->mine, trace->own, trace->sizes, trace->counts, trace->n, trace->spans};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
  free(trace);
}

Status trace_start(Trace **place, const char *file, int n_steps, Pass *pass) {
  *place = NULL;
  if (!file) return status_ok();
  Trace *trace;
  TRY(dist_agree(memory_allocate(&trace, 1, sizeof *trace, "trace")));
  *trace = (Trace){.pass = pass, .file = file, .n_steps = n_steps};
  Status status = dist_agree(make_own(trace, n_steps, file));
  if (status.code == STATUS_OK) {
    int64_t sizes[2] = {trace->n_threads, (int64_t)profile_capacity(pass)};
    for (int r = 0; is_root() && r < dist_size(); r++) trace->counts[r] = sizeof sizes;
    dist_gather(sizes, sizeof sizes, trace->sizes, trace->counts);
    status = dist_agree(is_root() ? make_root(trace) : status_ok());
  }
  if (status.code != STATUS_OK) {
    trace_free(trace);
    return status;
  }
  *place = trace;
  dist_barrier();
  trace->origin = pass_clock();
  profile_switch(pass, 1);
  return status_ok();
}

void trace_step(Trace *trace) {
  if (trace && trace->n_steps > 0 && --trace->n_steps == 0) profile_switch(trace->pass, 0);
}

/* Collective. To rank 0: the numbers of spans, then the spans, with times since the origin. */
static void gather(Trace *trace) {
  size_t n_own = 0;
  for (int t = 0; t < trace->n_threads; t++) {
    size_t n;
    const Span *span = profile_spans(trace->pass, t, &n);
    trace->mine[t] = (int64_t)n;
    for (size_t i = 0; i < n; i++, n_own++) {
      trace->own[n_own] = span[i];
      trace->own[n_own].begin -= trace->origin;
      trace->own[n_own].end -= trace->origin;
    }
  }
  for (int r = 0; is_root() && r < dist_size(); r++)
    trace->counts[r] = (size_t)trace->sizes[2 * r] * sizeof *trace->n;
  dist_gather(trace->mine, (size_t)trace->n_threads * sizeof *trace->mine, trace->n, trace->counts);
  const int64_t *n = trace->n;
  for (int r = 0; is_root() && r < dist_size(); r++) {
    int64_t sum = 0;
    for (int t = 0; t < trace->sizes[2 * r]; t++) sum += *n++;
    trace->counts[r] = (size_t)sum * sizeof *trace->spans;
  }
  dist_gather(trace->own, n_own * sizeof *trace->own, trace->spans, trace->counts);
}

/* Nanoseconds as whole numbers, so that neighbours and what is inside another do not overlap; as
 * microseconds. */
static double ticks(double seconds) {
  return 1e-3 * (double)llround(1e9 * seconds);
}

static void print_span(FILE *out, const Trace *trace, const Span *span, int rank, int thread) {
  char name[112];
  const char *activity = ACTIVITY_NAMES[span->activity];
  ProfileRow row = {.layer = -1};
  if (span->row != NO_ROW) row = profile_row(trace->pass, span->row);
  if (span->row == NO_ROW)
    snprintf(name, sizeof name, "%s", activity);
  else
    snprintf(name, sizeof name, "%d %s", row.layer, row.name);
  fprintf(out,
          ",\n{\"ph\": \"X\", \"pid\": %d, \"tid\": %d, \"ts\": %.3f, \"dur\": %.3f, "
          "\"name\": \"%s\", \"cat\": \"%s\", \"args\": {\"phase\": \"%s\", \"step\": %lld",
          rank, thread, ticks(span->begin), ticks(span->end) - ticks(span->begin), name, activity,
          activity, (long long)span->step);
  if (span->row != NO_ROW) fprintf(out, ", \"layer\": %d", row.layer);
  if (span->bytes) fprintf(out, ", \"bytes\": %lld", (long long)span->bytes);
  fputs("}}", out);
}

/* Around what thread 0 did in each step. Evaluation and writing belong to none. */
static void print_steps(FILE *out, const Span *span, int64_t n, int rank) {
  for (int64_t i = 0, end; i < n; i = end) {
    end = i + 1;
    if (span[i].activity > ACTIVITY_UPDATE) continue;
    while (end < n && span[end].step == span[i].step && span[end].activity <= ACTIVITY_UPDATE)
      end++;
    fprintf(out,
            ",\n{\"ph\": \"X\", \"pid\": %d, \"tid\": 0, \"ts\": %.3f, \"dur\": %.3f, "
            "\"name\": \"step %lld\", \"cat\": \"step\", \"args\": {\"step\": %lld}}",
            rank, ticks(span[i].begin), ticks(span[end - 1].end) - ticks(span[i].begin),
            (long long)span[i].step, (long long)span[i].step);
  }
}

static void print(FILE *out, const Trace *trace) {
  const int64_t *n = trace->n;
  const Span *span = trace->spans;
  fputs("{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n", out);
  for (int r = 0; r < dist_size(); r++) {
    fprintf(out,
            "%s{\"ph\": \"M\", \"pid\": %d, \"tid\": 0, \"name\": \"process_name\", \"args\": "
            "{\"name\": \"rank %d\"}}",
            r ? ",\n" : "", r, r);
    for (int t = 0; t < trace->sizes[2 * r]; t++, n++) {
      fprintf(out,
              ",\n{\"ph\": \"M\", \"pid\": %d, \"tid\": %d, \"name\": \"thread_name\", \"args\": "
              "{\"name\": \"thread %d\"}}",
              r, t, t);
      if (t == 0) print_steps(out, span, *n, r);
      for (int64_t i = 0; i < *n; i++) print_span(out, trace, span++, r, t);
    }
  }
  fputs("\n]}\n", out);
}

/* Rank 0. The file is whole at any time. */
static Status write_file(const Trace *trace) {
  char name[NAME];
  TRY(temporary(name, trace->file));
  FILE *out = fopen(name, "w");
  if (!out) return status_errno(STATUS_FILE, errno, "--trace: cannot write %s", trace->file);
  print(out, trace);
  int failed = ferror(out), error = errno;
  if (fclose(out) != 0) failed = 1, error = errno;
  if (!failed && rename(name, trace->file) != 0) failed = 1, error = errno;
  if (!failed) return status_ok();
  unlink(name);
  return status_errno(STATUS_FILE, error, "--trace: cannot write %s", trace->file);
}

Status trace_finish(Trace *trace, Status status) {
  if (!trace) return status;
  gather(trace);
  Status written = dist_agree(is_root() ? write_file(trace) : status_ok());
  return status.code == STATUS_OK ? written : status;
}
