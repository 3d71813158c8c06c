#!/usr/bin/env bash
# The same bits for 1, 2, 3 and 4 ranks of 1, 2 or 3 threads, ranks without samples among them.
#   test_ranks.sh PROGRAM MPIRUN
set -u
program=$1 mpirun=$2
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

run() { # RANKS THREADS
  if ! timeout -k 5 200 "$mpirun" --oversubscribe --bind-to none -n "$1" "$program" "$2" \
    >"$folder/$1-$2" 2>"$folder/errors"; then
    echo "$1 ranks x $2 threads failed:"
    cat "$folder/errors"
    exit 1
  fi
}

run 1 1
lines=$(grep -c batch "$folder/1-1")
if [ "$lines" -lt 45 ] || [ "$(tail -n 1 "$folder/1-1")" != "$lines runs" ]; then
  echo "$lines lines: a run has not ended"
  exit 1
fi
for layout in "1 3" "2 1" "2 2" "3 1" "4 1" "4 2"; do
  read -r ranks threads <<<"$layout"
  run "$ranks" "$threads"
  if ! cmp -s "$folder/1-1" "$folder/$ranks-$threads"; then
    echo "$ranks ranks x $threads threads differ from 1 x 1:"
    diff "$folder/1-1" "$folder/$ranks-$threads"
    exit 1
  fi
done
cat "$folder/1-1"
