#include "commands/start.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/threads.h"
#include "dist/dist.h"
#include "dist/launcher.h"
#include "kernels/isa.h"
#include "train/agreement.h"
#include <stdio.h>

int start_is_first(void) {
  return launcher_read().rank == 0;
}

static StatusCode tell(Status status) {
  if (status.code == STATUS_STOPPED)
    log_note("%s", status.text);
  else if (status.text[0])
    log_error("%s", status.text);
  return status.code;
}

static StatusCode run_alone(Status status, const Task *task) {
  if (!start_is_first()) return STATUS_OK;
  if (status.code == STATUS_OK) status = isa_select();
  if (status.code == STATUS_OK) status = task->run(task->context);
  return tell(status);
}

/* Open MPI crashes where it lacks address space, and its libraries take most of this. */
static const size_t MPI_ROOM = (size_t)72 << 20;

/* Collective. */
static StatusCode run_with_mpi(Start start, Status reading, const Task *task) {
  Status status = threads_settle_stack();
  if (status.code == STATUS_OK) status = memory_room(MPI_ROOM, "a start of MPI");
  if (status.code == STATUS_OK) status = dist_start(NULL, NULL);
  if (status.code != STATUS_OK) return tell(status);
  status = agreement_on_program(task->name, isa_select());
  if (start != START_WATCHED) dist_limit(0);
  if (status.code == STATUS_OK) status = task->agree(task->context, reading);
  if (status.code == STATUS_OK) status = task->run(task->context);
  tell(status);
  (void)fflush(stdout); /* whose errors main() looks for */
  dist_end();
  return status.code;
}

StatusCode start_task(Start start, Status reading, const Task *task) {
  /* What was started alone tells without MPI that its command line cannot be read. */
  const int is_alone =
      start >= START_WITHOUT_MPI || (reading.code != STATUS_OK && !dist_is_launched());
  return is_alone ? run_alone(reading, task) : run_with_mpi(start, reading, task);
}
