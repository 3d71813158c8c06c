#include "base/log.h"
#include "base/memory.h"
#include "base/memory_left.h"
#include "base/text_buffer.h"
#include "dist/dist.h"
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { CHUNK = 1 << 28 };

/* What the others of a node need to find what its first rank has made. */
typedef struct Ticket {
  int is_made;
  char path[64];
  dev_t device;
  ino_t file;
} Ticket;

/* How the first rank of a node makes memory that the others can open by a path: a function that
 * returns a descriptor, or -1 with errno. */
typedef struct Way {
  const char *name;
  int (*create)(Ticket *ticket);
  int takes_room; /* in the folder of that name, of which messages need some, too */
} Way;

/* Needs no room in /dev/shm, which is small in containers. */
static int create_in_memory(Ticket *ticket) {
  const int file = memfd_create("normlab", MFD_CLOEXEC);
  snprintf(ticket->path, sizeof ticket->path, "/proc/%ld/fd/%d", (long)getpid(), file);
  return file;
}

/* For ranks that cannot look into each other, as those of containers of their own. */
static int create_in_folder(Ticket *ticket) {
  snprintf(ticket->path, sizeof ticket->path, MESSAGES_FOLDER "/normlab-XXXXXX");
  return mkostemp(ticket->path, O_CLOEXEC);
}

static const Way WAYS[] = {{"memfd", create_in_memory, 0}, {MESSAGES_FOLDER, create_in_folder, 1}};
enum { N_WAYS = sizeof WAYS / sizeof *WAYS };

/* error: 0, or of errno. */
static Status failure(const Way *way, const char *why, int error) {
  char size[40] = "";
  struct statvfs info;
  if (way->takes_room && statvfs(way->name, &info) == 0)
    snprintf(size, sizeof size, " of %.1f MB",
             1e-6 * (double)info.f_blocks * (double)info.f_frsize);
  if (error) return status_errno(STATUS_MEMORY, error, "%s%s: %s", way->name, size, why);
  return status_error(STATUS_MEMORY, "%s%s: %s", way->name, size, why);
}

static Status map(SharedMemory *memory, const Way *way, int file, int protection) {
  void *data = mmap(NULL, memory->bytes, protection, MAP_SHARED, file, 0);
  if (data == MAP_FAILED) return failure(way, "mmap", errno);
  memory->data = data;
  memory->is_shared = 1;
  return status_ok();
}

/* All of it is reserved now: what is not there would end the process when it is first used. */
static Status reserve(const Way *way, int file, size_t bytes) {
  int error;
  do error = posix_fallocate(file, 0, (off_t)bytes);
  while (error == EINTR);
  if (error) return failure(way, "posix_fallocate", error);
  if (!way->takes_room || messages_fit(way->name, dist_node_size())) return status_ok();
  return failure(way, "no room beside the messages of the ranks", 0);
}

/* On the first rank of a node; *file is for the caller to close. */
static Status make(SharedMemory *memory, Ticket *ticket, int *file, const Way *way) {
  *file = way->create(ticket);
  if (*file < 0) return failure(way, "cannot be made", errno);
  struct stat info;
  TRY(reserve(way, *file, memory->bytes));
  if (fstat(*file, &info) != 0) return failure(way, "fstat", errno);
  ticket->device = info.st_dev;
  ticket->file = info.st_ino;
  TRY(map(memory, way, *file, PROT_READ | PROT_WRITE));
  ticket->is_made = 1;
  return status_ok();
}

/* On the others. A path may be that of something else for a process in other namespaces. */
static Status join(SharedMemory *memory, const Ticket *ticket, const Way *way, ShareUse use) {
  const int writes = use == SHARE_WRITTEN_BY_ALL;
  const int file = open(ticket->path, (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  if (file < 0) return failure(way, ticket->path, errno);
  struct stat info;
  Status status = status_ok();
  if (fstat(file, &info) != 0 || info.st_dev != ticket->device || info.st_ino != ticket->file)
    status = failure(way, ticket->path, ENOENT);
  else
    status = map(memory, way, file, writes ? PROT_READ | PROT_WRITE : PROT_READ);
  close(file);
  return status;
}

/* Collective. All ranks return the same: nothing is used before all have it. */
static Status share(SharedMemory *memory, const Way *way, ShareUse use) {
  int node_rank, file = -1;
  CALL(MPI_Comm_rank(dist_node, &node_rank));
  Ticket ticket = {0};
  Status status = node_rank == 0 ? make(memory, &ticket, &file, way) : status_ok();
  CALL(MPI_Bcast(&ticket, (int)sizeof ticket, MPI_BYTE, 0, dist_node));
  if (node_rank != 0 && ticket.is_made) status = join(memory, &ticket, way, use);
  status = dist_agree(status);
  if (file >= 0) {
    close(file);
    if (way->takes_room) unlink(ticket.path);
  }
  if (status.code != STATUS_OK) {
    const size_t bytes = memory->bytes;
    dist_share_free(memory);
    memory->bytes = bytes;
  }
  return status;
}

static int largest_node(void) {
  int largest, own = dist_node_size();
  if (dist_size() == 1) return 1;
  CALL(MPI_Allreduce(&own, &largest, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD));
  return largest;
}

/* Whether a node has memory for n copies: without it the kernel would end a rank. */
static Status check_room(const char *what, size_t bytes, int n) {
  const size_t left = memory_left(), wanted = bytes * (size_t)n;
  if (wanted <= left) return status_ok();
  return status_error(STATUS_MEMORY,
                      "%s: no memory for %.1f MB on a node: its machine, or the control group of "
                      "this container or job, has %.1f MB left",
                      what, 1e-6 * (double)wanted, 1e-6 * (double)left);
}

static void warn(const char *what, const char *why, double megabytes, int n_ranks) {
  log_warning(
      "%s: ranks of a node cannot share it (%s): each has its own copy of %.1f MB, so up to "
      "%.1f MB a node; a larger %s helps (docker run --shm-size), or fewer ranks with more "
      "threads",
      what, why, megabytes, megabytes * n_ranks, MESSAGES_FOLDER);
}

Status dist_share(SharedMemory *memory, size_t bytes, ShareUse use, const char *what) {
  *memory = (SharedMemory){.bytes = bytes};
  const int largest = largest_node();
  const char *name = what ? what : "shared memory";
  TRY(dist_agree(check_room(name, bytes, 1)));
  if (largest > 1) {
    TextBuffer why = {.used = 0};
    for (int i = 0; i < N_WAYS; i++) {
      const Status status = share(memory, &WAYS[i], use);
      if (status.code == STATUS_OK) return status;
      text_add(&why, "%s%s", i ? "; " : "", status.text);
    }
    if (what) warn(what, why.text, 1e-6 * (double)bytes, largest);
    TRY(dist_agree(check_room(name, bytes, dist_node_size())));
  }
  return dist_agree(memory_allocate(&memory->data, bytes, 1, name));
}

void dist_share_publish(SharedMemory *memory) {
  if (!memory->is_shared) {
    dist_broadcast(memory->data, memory->bytes);
    return;
  }
  if (dist_leaders != MPI_COMM_NULL)
    for (size_t done = 0; done < memory->bytes; done += CHUNK) {
      size_t part = memory->bytes - done < CHUNK ? memory->bytes - done : CHUNK;
      CALL(MPI_Bcast((char *)memory->data + done, (int)part, MPI_BYTE, 0, dist_leaders));
    }
  atomic_thread_fence(memory_order_seq_cst);
  dist_barrier();
  atomic_thread_fence(memory_order_seq_cst);
}

void dist_share_free(SharedMemory *memory) {
  if (memory->is_shared)
    munmap(memory->data, memory->bytes);
  else
    free(memory->data);
  *memory = (SharedMemory){0};
}
