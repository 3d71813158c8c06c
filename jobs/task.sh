#!/usr/bin/env bash
# One rank of a job: task.sh COMMAND... Pins its threads, each to a core, if the launcher has given
# the rank cores of its own; where ranks share them, all would be pinned to the same first ones.
set -euo pipefail
trap '' USR1 # a warning that comes before the program can take it must not end it

threads=${OMP_NUM_THREADS:-1}
allowed=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)
if [ "$allowed" -ge "$threads" ] &&
  { [ "$allowed" -lt "${NORMLAB_NODE_CPUS:-0}" ] || [ "${SLURM_NTASKS:-0}" = 1 ]; }; then
  export OMP_PROC_BIND=close OMP_PLACES=cores
fi
exec "$@"
