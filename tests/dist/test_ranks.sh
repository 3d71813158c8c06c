#!/usr/bin/env bash
# Every collective call of dist on 1, 2, 3 and 4 ranks; how a rank ends that waits too long, that
# aborts, or that does not know of the others.
#   test_ranks.sh PROGRAM MPIRUN
set -u
program=$1 mpirun=$2
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
failed=0

# expect STATUS WORDS COMMAND... : its exit status, and words of its output
expect() {
  local status=$1 words=$2 output rc
  shift 2
  output=$(timeout -k 5 200 "$@" 2>&1)
  rc=$?
  if [ "$rc" != "$status" ] || [[ $output != *"$words"* ]]; then
    printf '%s: expected status %s and "%s", got %s:\n%s\n' "$*" "$status" "$words" "$rc" "$output"
    failed=1
  fi
}

ranks() { # RANKS
  printf '%s\n' "$mpirun" --oversubscribe --bind-to none -n "$1" "$program"
}

for n in 1 2 3 4; do
  mapfile -t command < <(ranks $n)
  expect 0 "all right" "${command[@]}" calls
done
expect 0 "all right" "$program" calls
expect 0 "all right" "$program" alone

mapfile -t command < <(ranks 2)
expect 7 "has waited 0.5 s for others" "${command[@]}" wait
expect 7 "rank 1 of" "${command[@]}" wait
expect 0 "" "${command[@]}" hurry
expect 9 "" "${command[@]}" abort
expect 139 "" "${command[@]}" stray

expect 2 "NORMLAB_START_SECONDS=soon" env NORMLAB_START_SECONDS=soon "$program" calls
expect 2 "NORMLAB_START_SECONDS=-1" env NORMLAB_START_SECONDS=-1 "$program" calls
# Of launchers that the program's MPI does not know: all but the first are silent.
# alone NAME N VARIABLE=VALUE... : refused, with the name of the launcher and of the last variable
alone() {
  local name=$1 n=$2
  shift 2
  expect 2 "$name started $n processes (${*: -1}), but each is alone" env "$@" "$program" calls
}
alone "Slurm" 3 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=3
alone "Slurm" 3 PMIX_RANK=0 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=3
alone "mpiexec of Hydra (MPICH, Intel MPI, MVAPICH)" 4 PMI_RANK=0 PMI_SIZE=4
alone "mpirun_rsh of MVAPICH" 4 MV2_COMM_WORLD_RANK=0 MV2_COMM_WORLD_SIZE=4
alone "mpiexec of PALS" 4 PALS_RANKID=0 PMI_RANK=0 PMI_SIZE=4
expect 0 "all right" env SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1 "$program" calls
expect 0 "all right" env SLURM_PROCID=0 SLURM_NTASKS=4 "$program" calls # the script of a job
expect 0 "all right" env PMI_RANK=0 PMI_SIZE=1 SLURM_PROCID=2 SLURM_STEP_NUM_TASKS=4 \
  "$program" calls
exit $failed
