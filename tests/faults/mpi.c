/* Preloaded into the program: lets one of its calls of MPI fail, by the profiling interface.
 * Counted are the calls of the program and of HDF5 on a rank, from the first one on.
 *
 *   FAULTS_AT    number of the call that fails
 *   FAULTS_RANK  only in this rank
 *   FAULTS_DO    refuse: returns an error and does nothing else (default); handle: the same, but
 *                asks the error handler of MPI_COMM_WORLD first; late: does it, then returns an
 *                error; kill, exit: ends the process there, by SIGKILL or with status 0
 *   FAULTS_LOG   a line a call: number and function */
#include <fcntl.h>
#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long target;
static const char *act = "refuse";
static int log_descriptor = -1, is_counted;

__attribute__((constructor)) static void start(void) {
  const char *rank = getenv("FAULTS_RANK"), *mine = getenv("OMPI_COMM_WORLD_RANK");
  if (!mine) mine = getenv("PMIX_RANK");
  const char *at = getenv("FAULTS_AT"), *path = getenv("FAULTS_LOG");
  is_counted = !rank || (mine && strcmp(rank, mine) == 0);
  if (!is_counted) return;
  target = at ? atol(at) : 0;
  if (getenv("FAULTS_DO")) act = getenv("FAULTS_DO");
  if (path) log_descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

/* Whether this call is the one that fails. */
static int fails(const char *function) {
  static long n_calls;
  char line[80];
  if (!is_counted) return 0;
  const int n = snprintf(line, sizeof line, "%ld\t%s\n", ++n_calls, function);
  if (log_descriptor >= 0 && write(log_descriptor, line, (size_t)n) != n) abort();
  if (n_calls != target) return 0;
  if (strcmp(act, "kill") == 0) raise(SIGKILL);
  if (strcmp(act, "exit") == 0) _exit(0);
  int running = 0;
  PMPI_Initialized(&running);
  if (strcmp(act, "handle") == 0 && running)
    PMPI_Comm_call_errhandler(MPI_COMM_WORLD, MPI_ERR_OTHER);
  return 1;
}

#define CALL(function, parameters, arguments)                                                      \
  int function parameters {                                                                        \
    if (!fails(#function)) return P##function arguments;                                           \
    if (strcmp(act, "late") == 0) (void)P##function arguments;                                     \
    return MPI_ERR_OTHER;                                                                          \
  }

CALL(MPI_Init, (int *argc, char ***argv), (argc, argv))
CALL(MPI_Init_thread, (int *argc, char ***argv, int required, int *provided),
     (argc, argv, required, provided))
CALL(MPI_Initialized, (int *flag), (flag))
CALL(MPI_Finalized, (int *flag), (flag))
CALL(MPI_Finalize, (void), ())
CALL(MPI_Abort, (MPI_Comm comm, int code), (comm, code))
CALL(MPI_Error_string, (int code, char *text, int *n), (code, text, n))
CALL(MPI_Get_library_version, (char *text, int *n), (text, n))
CALL(MPI_Comm_set_errhandler, (MPI_Comm comm, MPI_Errhandler handler), (comm, handler))
CALL(MPI_Comm_rank, (MPI_Comm comm, int *rank), (comm, rank))
CALL(MPI_Comm_size, (MPI_Comm comm, int *size), (comm, size))
CALL(MPI_Comm_split_type, (MPI_Comm comm, int type, int key, MPI_Info info, MPI_Comm *out),
     (comm, type, key, info, out))
CALL(MPI_Comm_split, (MPI_Comm comm, int color, int key, MPI_Comm *out), (comm, color, key, out))
CALL(MPI_Comm_dup, (MPI_Comm comm, MPI_Comm *out), (comm, out))
CALL(MPI_Comm_free, (MPI_Comm * comm), (comm))
CALL(MPI_Barrier, (MPI_Comm comm), (comm))
CALL(MPI_Bcast, (void *data, int n, MPI_Datatype type, int root, MPI_Comm comm),
     (data, n, type, root, comm))
CALL(MPI_Allreduce, (const void *in, void *out, int n, MPI_Datatype type, MPI_Op op, MPI_Comm comm),
     (in, out, n, type, op, comm))
CALL(MPI_Reduce,
     (const void *in, void *out, int n, MPI_Datatype type, MPI_Op op, int root, MPI_Comm comm),
     (in, out, n, type, op, root, comm))
CALL(MPI_Gather,
     (const void *in, int n_in, MPI_Datatype in_type, void *out, int n, MPI_Datatype type, int root,
      MPI_Comm comm),
     (in, n_in, in_type, out, n, type, root, comm))
CALL(MPI_Allgather,
     (const void *in, int n_in, MPI_Datatype in_type, void *out, int n, MPI_Datatype type,
      MPI_Comm comm),
     (in, n_in, in_type, out, n, type, comm))
CALL(MPI_Send, (const void *data, int n, MPI_Datatype type, int to, int tag, MPI_Comm comm),
     (data, n, type, to, tag, comm))
CALL(MPI_Recv,
     (void *data, int n, MPI_Datatype type, int from, int tag, MPI_Comm comm, MPI_Status *status),
     (data, n, type, from, tag, comm, status))
