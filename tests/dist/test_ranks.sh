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

expect 2 "NORMLAB_START_SECONDS=soon" env NORMLAB_START_SECONDS=soon "$program" calls
expect 2 "NORMLAB_START_SECONDS=-1" env NORMLAB_START_SECONDS=-1 "$program" calls
expect 2 "Slurm started 3 processes, but each is alone" env SLURM_STEP_NUM_TASKS=3 "$program" calls
expect 0 "all right" env SLURM_STEP_NUM_TASKS=1 "$program" calls
exit $failed
