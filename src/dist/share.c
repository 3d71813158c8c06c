#include "base/log.h"
#include "base/memory.h"
#include "dist/dist.h"
#include "internal.h"
#include <stdlib.h>

enum { CHUNK = 1 << 28 };

/* SharedMemory.handle is the window of a node's copy, or NULL where each rank has its own. */

static int allocate_window(SharedMemory *memory, size_t bytes, MPI_Win *window) {
  int node_rank, unit;
  CALL(MPI_Comm_rank(dist_node, &node_rank));
  MPI_Comm_set_errhandler(dist_node, MPI_ERRORS_RETURN);
  MPI_Aint size = node_rank == 0 ? (MPI_Aint)bytes : 0;
  if (MPI_Win_allocate_shared(size, 1, MPI_INFO_NULL, dist_node, &memory->data, window) !=
      MPI_SUCCESS)
    return 0;
  CALL(MPI_Win_shared_query(*window, 0, &size, &unit, &memory->data));
  return 1;
}

Status dist_share(SharedMemory *memory, size_t bytes) {
  *memory = (SharedMemory){.bytes = bytes};
  int largest = 1, node_size = dist_node_size();
  if (dist_size() > 1)
    CALL(MPI_Allreduce(&node_size, &largest, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD));
  if (largest > 1) {
    MPI_Win *window = malloc(sizeof *window);
    int good = window != NULL, all_good;
    CALL(MPI_Allreduce(&good, &all_good, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD));
    if (all_good) good = allocate_window(memory, bytes, window);
    CALL(MPI_Allreduce(&good, &all_good, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD));
    if (all_good) {
      memory->handle = window;
      return status_ok();
    }
    free(window);
    log_warning("no shared memory of %zu bytes on some node; each rank keeps its own copy of the "
                "data",
                bytes);
  }
  return dist_agree(memory_allocate(&memory->data, bytes, 1, "data set"));
}

void dist_share_publish(SharedMemory *memory) {
  if (!memory->handle) {
    dist_broadcast(memory->data, memory->bytes);
    return;
  }
  if (dist_leaders != MPI_COMM_NULL)
    for (size_t done = 0; done < memory->bytes; done += CHUNK) {
      size_t part = memory->bytes - done < CHUNK ? memory->bytes - done : CHUNK;
      CALL(MPI_Bcast((char *)memory->data + done, (int)part, MPI_BYTE, 0, dist_leaders));
    }
  CALL(MPI_Win_fence(0, *(MPI_Win *)memory->handle));
  dist_barrier();
}

void dist_share_free(SharedMemory *memory) {
  if (memory->handle) {
    CALL(MPI_Win_free(memory->handle));
    free(memory->handle);
  } else {
    free(memory->data);
  }
  *memory = (SharedMemory){0};
}
