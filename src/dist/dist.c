#include "dist/dist.h"

#include "base/log.h"
#include "base/memory.h"
#include "dist/launcher.h"
#include "dist/siblings.h"
#include "internal.h"
#include <limits.h>
#include <omp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

MPI_Comm dist_node = MPI_COMM_NULL, dist_leaders = MPI_COMM_NULL;
static int world_rank, world_size = 1, node_size = 1, n_nodes = 1;
static char *begins; /* [world_size]: dist_node_begins(); NULL: one node */

/* Messages are cut so that counts fit MPI's int. */
enum { CHUNK = 1 << 28, TAG = 1 };

void dist_host_name(char *name, size_t bytes) {
  if (gethostname(name, bytes) != 0) snprintf(name, bytes, "unknown");
  name[bytes - 1] = 0;
}

static int is_running(void) {
  int started = 0, ended = 0;
  MPI_Initialized(&started);
  MPI_Finalized(&ended);
  return started && !ended;
}

void dist_check(int error, const char *call) {
  if (error == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = "";
  char host[64];
  int length;
  if (is_running()) MPI_Error_string(error, text, &length);
  dist_host_name(host, sizeof host);
  fprintf(stderr, "normlab: error: MPI on rank %d of %s: %s: %s\n", launcher_read().rank, host,
          call, *text ? text : "it does not start");
  dist_abort(STATUS_FAILED);
}

int dist_is_launched(void) {
  const Launcher launcher = launcher_read();
  return launcher.serves_mpi && launcher.size != 1;
}

/* Processes that were started together and that know nothing of each other would all do the same.
 */
static Status alone_error(const Launcher *launcher) {
  char size[64] = "several processes", given[64] = "";
  if (launcher->size > 0) {
    snprintf(size, sizeof size, "%d processes", launcher->size);
    snprintf(given, sizeof given, " (%s=%d)", launcher->size_variable, launcher->size);
  }
  log_quiet(launcher->rank != 0); /* one message will do */
  return status_error(STATUS_USAGE,
                      "%s started %s%s, but each is alone, as it and the MPI that this program is "
                      "built with, %.60s, do not know each other; %s",
                      launcher->name, size, given, dist_version(), launcher->advice);
}

static int is_left_alone(const Launcher *launcher) {
  return launcher->size > 1 || launcher->rank > 0;
}

/* Of $NORMLAB_START_SECONDS. */
static Status start_limit(double *seconds) {
  const char *text = getenv("NORMLAB_START_SECONDS");
  *seconds = 300;
  if (!text) return status_ok();
  char *end;
  *seconds = strtod(text, &end);
  if (end > text && *end == '\0' && *seconds >= 0) return status_ok();
  return status_error(STATUS_USAGE, "NORMLAB_START_SECONDS=%.40s: expected seconds; 0: no limit",
                      text);
}

/* Collective. Which ranks are on another node than the one before. */
static void find_nodes(void) {
  if (!begins) return;
  int first = world_rank, before = -1;
  CALL(MPI_Bcast(&first, 1, MPI_INT, 0, dist_node));
  CALL(MPI_Sendrecv(&first, 1, MPI_INT, (world_rank + 1) % world_size, TAG, &before, 1, MPI_INT,
                    (world_rank + world_size - 1) % world_size, TAG, MPI_COMM_WORLD,
                    MPI_STATUS_IGNORE));
  const char mine = before != first;
  CALL(MPI_Allgather(&mine, 1, MPI_CHAR, begins, 1, MPI_CHAR, MPI_COMM_WORLD));
}

Status dist_start(int *argc, char ***argv) {
  double seconds;
  const Status limit = start_limit(&seconds);
  const Launcher launcher = launcher_read();
  dist_limit(seconds);
  if (!launcher.serves_mpi) {
    if (is_left_alone(&launcher)) return alone_error(&launcher);
    /* Without a daemon of Open MPI's, which it would start otherwise: that takes a third of a
     * second, and fails now and then where many start at once. */
    setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    /* Nor with a folder in /tmp, of which all such processes would use the same one: those that
     * start while another one ends, and takes it away, failed. */
    setenv("OMPI_MCA_orte_create_session_dirs", "0", 0);
    /* Nor does a process that is alone want a network: UCX takes a fifth of a second to find them.
     */
    setenv("OMPI_MCA_pml", "ob1", 0);
  }
  /* One rank needs no MPI; and of the programs of a shell that a launcher has started, only the
   * first could start it. */
  if (launcher.name && launcher.size == 1) return limit;
  messages_place();
  messages_set_limits();
  int provided = MPI_THREAD_SINGLE;
  siblings_watch();
  CALL(MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided));
  CALL(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN));
  CALL(MPI_Comm_rank(MPI_COMM_WORLD, &world_rank));
  CALL(MPI_Comm_size(MPI_COMM_WORLD, &world_size));
  CALL(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, world_rank, MPI_INFO_NULL,
                           &dist_node));
  int node_rank;
  CALL(MPI_Comm_rank(dist_node, &node_rank));
  CALL(MPI_Comm_size(dist_node, &node_size));
  CALL(MPI_Comm_split(MPI_COMM_WORLD, node_rank == 0 ? 0 : MPI_UNDEFINED, world_rank,
                      &dist_leaders));
  int is_first = node_rank == 0;
  CALL(MPI_Allreduce(&is_first, &n_nodes, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD));
  siblings_unwatch();
  log_quiet(world_rank != 0);
  Status local = limit;
  if (local.code == STATUS_OK && world_size == 1 && is_left_alone(&launcher))
    local = alone_error(&launcher);
  if (provided < MPI_THREAD_FUNNELED)
    local = status_error(STATUS_USAGE, "this MPI library does not support threads; use one that "
                                       "provides MPI_THREAD_FUNNELED");
  if (n_nodes > 1 && local.code == STATUS_OK)
    local = memory_allocate(&begins, (size_t)world_size, 1, "ranks");
  TRY(dist_agree(local));
  find_nodes();
  return status_ok();
}

void dist_end(void) {
  if (!is_running()) return;
  if (dist_leaders != MPI_COMM_NULL) CALL(MPI_Comm_free(&dist_leaders));
  if (dist_node != MPI_COMM_NULL) CALL(MPI_Comm_free(&dist_node));
  CALL(MPI_Finalize());
  free(begins);
  begins = NULL;
}

static volatile sig_atomic_t abort_status;

static void on_alarm(int number) {
  (void)number;
  _exit(abort_status);
}

void dist_abort(int exit_status) {
  enum { SECONDS = 5 };
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_alarm;
  abort_status = exit_status;
  sigaction(SIGALRM, &action, NULL);
  alarm(SECONDS); /* MPI_Abort may hang */
  if (is_running()) MPI_Abort(MPI_COMM_WORLD, exit_status);
  _exit(exit_status);
}

void dist_touch_library(void) {
  int provided;
  (void)MPI_T_init_thread(MPI_THREAD_SINGLE, &provided); /* never ended, which would unload them */
}

int dist_rank(void) {
  return world_rank;
}

int dist_size(void) {
  return world_size;
}

int dist_node_size(void) {
  return node_size;
}

int dist_nodes(void) {
  return n_nodes;
}

int dist_node_begins(int r) {
  return begins && begins[r];
}

const char *dist_version(void) {
  static char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  CALL(MPI_Get_library_version(text, &length));
  text[strcspn(text, ",\n")] = 0;
  return text;
}

Status dist_agree(Status local) {
  if (world_size == 1) return local;
  int mine = local.code == STATUS_OK ? INT_MAX : world_rank, first;
  CALL(MPI_Allreduce(&mine, &first, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD));
  if (first == INT_MAX) return status_ok();
  if (first == world_rank && world_rank != 0) {
    char host[64];
    dist_host_name(host, sizeof host);
    size_t used = strlen(local.text);
    snprintf(local.text + used, sizeof local.text - used, " (on rank %d of %s)", world_rank, host);
  }
  CALL(MPI_Bcast(&local, (int)sizeof local, MPI_BYTE, first, MPI_COMM_WORLD));
  return local;
}

void dist_broadcast(void *data, size_t bytes) {
  if (world_size == 1) return;
  for (size_t done = 0; done < bytes; done += CHUNK) {
    size_t part = bytes - done < CHUNK ? bytes - done : CHUNK;
    CALL(MPI_Bcast((char *)data + done, (int)part, MPI_BYTE, 0, MPI_COMM_WORLD));
  }
}

void dist_spread(const double *values, size_t n, double *minimum, double *mean, double *maximum) {
  if (world_size == 1) {
    double *all[] = {minimum, mean, maximum};
    for (int k = 0; k < 3; k++) memcpy(all[k], values, n * sizeof *values);
    return;
  }
  CALL(MPI_Allreduce(values, minimum, (int)n, MPI_DOUBLE, MPI_MIN, MPI_COMM_WORLD));
  CALL(MPI_Allreduce(values, mean, (int)n, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD));
  CALL(MPI_Allreduce(values, maximum, (int)n, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD));
  for (size_t i = 0; i < n; i++) mean[i] /= world_size;
}

int dist_largest(double value, double *largest, double *others, char *host, size_t bytes) {
  struct {
    double value;
    int rank;
  } own = {value, world_rank}, most = own;
  double sum[2] = {value > 0 ? value : 0, value > 0}, all[2] = {sum[0], sum[1]};
  dist_host_name(host, bytes);
  if (world_size > 1) {
    CALL(MPI_Allreduce(&own, &most, 1, MPI_DOUBLE_INT, MPI_MAXLOC, MPI_COMM_WORLD));
    CALL(MPI_Allreduce(sum, all, 2, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD));
    CALL(MPI_Bcast(host, (int)bytes, MPI_CHAR, most.rank, MPI_COMM_WORLD));
  }
  *largest = most.value;
  *others = all[1] > 1 ? (all[0] - most.value) / (all[1] - 1) : 0;
  return most.rank;
}

void dist_gather(const void *data, size_t bytes, void *out, const size_t *counts) {
  if (world_rank != 0) {
    for (size_t done = 0; done < bytes; done += CHUNK) {
      size_t part = bytes - done < CHUNK ? bytes - done : CHUNK;
      CALL(MPI_Send((const char *)data + done, (int)part, MPI_BYTE, 0, TAG, MPI_COMM_WORLD));
    }
    return;
  }
  char *place = out;
  memcpy(place, data, bytes);
  place += counts[0];
  for (int source = 1; source < world_size; source++) {
    for (size_t done = 0; done < counts[source]; done += CHUNK) {
      size_t part = counts[source] - done < CHUNK ? counts[source] - done : CHUNK;
      CALL(MPI_Recv(place + done, (int)part, MPI_BYTE, source, TAG, MPI_COMM_WORLD,
                    MPI_STATUS_IGNORE));
    }
    place += counts[source];
  }
}

void dist_barrier(void) {
  if (world_size == 1) return;
  CALL(MPI_Barrier(MPI_COMM_WORLD));
}

void dist_hosts(char *text, size_t bytes) {
  enum { NAME = 64 };
  char mine[NAME];
  dist_host_name(mine, sizeof mine);
  if (world_size == 1) {
    snprintf(text, bytes, "%s x 1", mine);
    return;
  }
  char *all = world_rank == 0 ? malloc((size_t)world_size * NAME) : NULL;
  text[0] = 0;
  int ready = world_rank != 0 || all != NULL;
  CALL(MPI_Bcast(&ready, 1, MPI_INT, 0, MPI_COMM_WORLD));
  if (!ready) return;
  CALL(MPI_Gather(mine, NAME, MPI_CHAR, all, NAME, MPI_CHAR, 0, MPI_COMM_WORLD));
  if (world_rank != 0) return;
  size_t used = 0;
  for (int i = 0, run; i < world_size && used < bytes; i += run) {
    for (run = 1; i + run < world_size && !strcmp(all + i * NAME, all + (i + run) * NAME);) run++;
    int n = snprintf(text + used, bytes - used, "%s%s x %d", i ? ", " : "", all + i * NAME, run);
    if (n > 0) used += (size_t)n;
  }
  free(all);
}

/* Where OpenMP has bound threads to places (OMP_PROC_BIND), this one's mask is its own place. */
static void allowed_cores(cpu_set_t *cores) {
  CPU_ZERO(cores);
  for (int place = 0; place < omp_get_num_places(); place++) {
    int ids[CPU_SETSIZE], n = omp_get_place_num_procs(place);
    if (n > CPU_SETSIZE) continue;
    omp_get_place_proc_ids(place, ids);
    for (int i = 0; i < n; i++) CPU_SET(ids[i], cores);
  }
  if (CPU_COUNT(cores) == 0 && sched_getaffinity(0, sizeof *cores, cores) != 0) CPU_SET(0, cores);
}

int dist_cores(int *n_fair_threads) {
  cpu_set_t mine, node;
  allowed_cores(&mine);
  if (world_size == 1) return *n_fair_threads = CPU_COUNT(&mine);
  CALL(MPI_Allreduce(&mine, &node, (int)sizeof mine, MPI_BYTE, MPI_BOR, dist_node));
  int own = CPU_COUNT(&mine), all;
  CALL(MPI_Allreduce(&own, &all, 1, MPI_INT, MPI_SUM, dist_node));
  int n_cores = CPU_COUNT(&node), fair = own * n_cores / all;
  *n_fair_threads = fair > 1 ? fair : 1;
  return n_cores;
}
