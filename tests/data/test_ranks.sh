#!/usr/bin/env bash
# A data set on 1, 2 and 3 ranks, and failures of rank 0 before and after memory is shared.
#   test_ranks.sh PROGRAM MPIRUN
set -u
program=$1 mpirun=$2
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

run() {
  local ranks=$1
  shift
  timeout -k 5 200 "$mpirun" --oversubscribe -n "$ranks" "$program" "$@"
}

# expect STATUS RANKS ARGUMENTS...
expect() {
  local status=$1 ranks=$2 output rc
  shift 2
  output=$(run "$ranks" "$@" 2>&1)
  rc=$?
  if [ "$rc" != "$status" ]; then
    printf '%s ranks, %s: expected status %s, got %s:\n%s\n' "$ranks" "$*" "$status" "$rc" "$output"
    failed=1
  fi
}

"$program" data synthesize "$folder/good" --train 333 --test 41 >/dev/null || failed=1
"$program" data synthesize "$folder/late" --train 333 --test 41 --gzip >/dev/null || failed=1
truncate -s -1 "$folder/late/t10k-labels-idx1-ubyte.gz"
hash=""
for ranks in 1 2 3; do
  expect 0 $ranks load "$folder/good" 0
  expect 0 $ranks hold "$folder/good" 0 101
  expect 0 $ranks load "$folder/none" 3 "No such file"
  expect 0 $ranks load "$folder/late" 4 "t10k-labels-idx1-ubyte.gz: byte"
  expect 3 $ranks data check "$folder/none"
  expect 2 $ranks data check
  expect 0 $ranks data synthesize "$folder/by-$ranks" --train 50 --test 10
  line=$(run $ranks load "$folder/good" 0)
  [ $ranks = 1 ] && hash=$line
  if [ -z "$line" ] || [ "$line" != "$hash" ]; then
    echo "$ranks ranks: $line, not $hash"
    failed=1
  fi
  cmp "$folder"/by-{1,$ranks}/train-images-idx3-ubyte || failed=1
done
expect 0 2 load synthetic 0
exit $failed
