#!/usr/bin/env bash
# Makes golden result files of the format that PROGRAM writes: make.sh PROGRAM FOLDER.
# Files that are there are never made anew: what they are worth is that an earlier program wrote them.
set -euo pipefail
program=$(realpath "$1")
folder=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ ! -e "$folder" ] || { echo "$folder: exists" >&2; exit 1; }
mkdir -p "$folder"
folder=$(realpath "$folder")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
ln -s "$program" normlab
cp "$here"/*.yaml .
# The portable instruction set gives the same bits on all processors.
export PATH=$PWD:$PATH NORMLAB_ISA=portable OMP_NUM_THREADS=1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

normlab data synthesize digits --train 64 --test 20 --seed 5

# make NAME STATUS CONFIG OPTIONS...: NAME.h5 by a run that must end with this status.
make() {
  local name=$1 expected=$2 status=0
  shift 2
  normlab train "$@" --data "${data:-digits}" --out "$name.h5" >&2 || status=$?
  [ "$status" = "$expected" ] || { echo "$name: status $status" >&2; exit 1; }
}

for norm in batch layer group:2; do
  for seed in 1 2; do
    make "${norm/:/-}-s$seed" 0 tiny.yaml --norm "$norm" --seed "$seed"
  done
done
for norm in batch:7 layer:chw layer:w group:c/2 instance none; do
  name=${norm/:/}
  make "${name/\//}" 0 tiny.yaml --norm "$norm"
done
make mixed-adam 0 mixed.yaml
adamw=(--set 'optimizer={type: adamw, lr: 0.03}' --set training.ema=0.9
       --set 'schedule={type: one-cycle}' --norm group:2)
make adamw-ema 0 tiny.yaml "${adamw[@]}"
# The same run, ended by its limit after two steps each time: within the second epoch.
for _ in 1 2 3; do
  make stopped 75 tiny.yaml "${adamw[@]}" --time-limit 0.0001s --resume
done
make diverged 5 tiny.yaml --norm none --set optimizer.lr=1e30
make validation 0 tiny.yaml --set data.validation=16
make init 0 tiny.yaml --init batch-s1.h5 --seed 2
cp -r digits named
printf 'class: %s\n' null eins zwei drei vier fünf sechs sieben acht neun > named/names.txt
data=named make names 0 tiny.yaml --set optimizer.lr=0.02
timeout -k 5 60 mpirun --oversubscribe --bind-to none -n 2 normlab train tiny.yaml --data digits \
  --seed 4 --set conv.backend=gemm --out ranks.h5
mv -- *.h5 "$folder"
