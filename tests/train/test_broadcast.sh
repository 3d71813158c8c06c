#!/usr/bin/env bash
# Rank 0's position and learner on 1, 2, 3 and 4 ranks, for each optimizer, with and without an
# average of the weights.
#   test_broadcast.sh PROGRAM MPIRUN
set -u
program=$1 mpirun=$2
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
failed=0
for pair in "network.norm batch" "network.norm layer" "optimizer.type adam" "optimizer.type adamw" \
  "training.ema 0.9"; do
  read -ra change <<<"$pair"
  alone=$(timeout -k 5 200 "$program" "${change[@]}")
  if [[ $alone != "loss 0x"* ]]; then
    echo "$pair alone: $alone"
    failed=1
  fi
  for ranks in 2 3 4; do
    if ! found=$(timeout -k 5 200 "$mpirun" --oversubscribe --bind-to none -n $ranks \
      "$program" "${change[@]}" 2>&1) || [ "$found" != "$alone" ]; then
      printf '%s on %s ranks: expected %s, got\n%s\n' "$pair" $ranks "$alone" "$found"
      failed=1
    fi
  done
done
exit $failed
