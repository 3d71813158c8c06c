#include "advise_parts.h"
#include "call.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECONDS = 60 };
static const char *const HIDDEN[] = {"SINFO_", NULL};

static int has_sbatch(Pool *pool) {
  char *output;
  int exit_status;
  const Call call = {
      .words = (char *[]){"sbatch", "--version", NULL}, .seconds = SECONDS, .with_errors = 1};
  return call_run(&output, &exit_status, pool, &call).code == STATUS_OK && exit_status == 0;
}

/* A line is "NODES|SOCKETS|CORES|THREADS", for nodes that are alike. A job may be given any of
 * them, so the smallest count. */
static Status take_lines(Machine *machine, char *text, const char *partition) {
  int nodes, sockets, cores, threads, n_cores = 0, n_nodes = 0;
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    if (sscanf(line, "%d|%d|%d|%d", &nodes, &sockets, &cores, &threads) != 4)
      return status_error(STATUS_FAILED, "sinfo: says what is not understood: %.200s", line);
    const int n = sockets * cores;
    if (n_nodes == 0 || n < n_cores) n_cores = n;
    n_nodes += nodes;
    if (threads > 1) machine->has_hyperthreads = 1;
  }
  if (n_nodes == 0 || n_cores < 1)
    return status_error(STATUS_USAGE, "advise: --partition %.100s: sinfo knows no nodes of it",
                        partition);
  if (machine->n_nodes > n_nodes)
    return status_error(STATUS_USAGE, "advise: --nodes %d: partition %.100s has %d",
                        machine->n_nodes, partition, n_nodes);
  if (machine->n_cores == 0) machine->n_cores = n_cores;
  return status_ok();
}

static Status ask_sinfo(Machine *machine, Pool *pool, const char *partition) {
  char *output, *option;
  int exit_status;
  TRY(pool_text(pool, &option, "--partition=%s", partition));
  const Call call = {
      .words = (char *[]){"sinfo", "--noheader", "--exact", option, "--format=%D|%X|%Y|%Z", NULL},
      .hide = HIDDEN,
      .seconds = SECONDS};
  TRY(call_run(&output, &exit_status, pool, &call));
  if (exit_status != 0)
    return status_error(STATUS_FAILED, "sinfo: has failed with status %d", exit_status);
  return take_lines(machine, output, partition);
}

/* Nodes of the job that this is called in; 1 outside. */
static int job_nodes(void) {
  const char *text = getenv("SLURM_JOB_ID") ? getenv("SLURM_JOB_NUM_NODES") : NULL;
  const long n = text ? strtol(text, NULL, 10) : 1;
  return n > 0 && n < 1 << 20 ? (int)n : 1;
}

Status machine_find(Machine *machine, Pool *pool, const AdviseRequest *request, int n_here) {
  *machine = (Machine){
      .n_cores = request->n_cores, .n_nodes = request->n_nodes, .partition = request->partition};
  if (request->partition) TRY(ask_sinfo(machine, pool, request->partition));
  machine->has_slurm = request->partition || has_sbatch(pool);
  if (machine->n_nodes == 0) machine->n_nodes = request->partition ? 1 : job_nodes();
  if (machine->n_cores == 0) machine->n_cores = n_here;
  machine->is_here = !request->partition && !request->n_cores && machine->n_nodes == 1;
  return status_ok();
}
