#!/usr/bin/env bash
# From a bare Debian to a comparison of four normalizations: see --help.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=jobs/setup.sh
. "$here/setup.sh"
# shellcheck source=jobs/mnist.sh
. "$here/mnist.sh"

NORMS=(batch layer group:2 instance)
# s6 trains on batches of 128 samples, which are 8 blocks of 16: more ranks have narrower blocks, and gain little.
MAX_RANKS=8

usage() {
  cat <<'HELP'
Usage: jobs/quickstart.sh [--epochs N] [--out DIR]

Installs what is missing (Debian and its kin; as root or with sudo), builds normlab, finds MNIST, trains
configs/s6.yaml with batch, layer, group and instance norm on all cores, and compares the four, as text and,
where gnuplot is, as a page for a browser.

  --epochs N   epochs of each training (3)
  --out DIR    folder of the result files quickstart-NORM.h5 and of the page quickstart.html (results),
               which are called quickstart-synthetic on synthetic digits; those are overwritten
  --help       this text

Data: the folder $NORMLAB_DATA if set; otherwise MNIST from ${XDG_CACHE_HOME:-~/.cache}/normlab/mnist, to
which it is downloaded and verified once; otherwise, or if NORMLAB_DATA is synthetic, synthetic digits.
Exit status: 0 done; 2 packages missing, or usage; otherwise that of the step that failed.
HELP
}

epochs=3
out=$ROOT/results
while [ $# -gt 0 ]; do
  case $1 in
  --help | -h)
    usage
    exit 0
    ;;
  --epochs | --out)
    if [ $# -lt 2 ]; then die 2 "$1 wants a value; see --help"; fi
    if [ "$1" = --epochs ]; then epochs=$2; else out=$(realpath -m -- "$2"); fi
    shift
    ;;
  *) die 2 "$1: no such option; see --help" ;;
  esac
  shift
done
if ! [[ $epochs =~ ^[1-9][0-9]{0,3}$ ]]; then die 2 "--epochs $epochs: wants a number from 1 to 9999"; fi

# A folder that was named wrongly is better known now than after minutes of installing.
needs=(build run page)
if [ -n "${NORMLAB_DATA:-}" ]; then
  if [ "$NORMLAB_DATA" != synthetic ]; then NORMLAB_DATA=$(realpath -m -- "$NORMLAB_DATA"); fi
  export NORMLAB_DATA
  data=$(mnist_find)
else
  needs+=(fetch)
fi
packages_install "${needs[@]}"
if [ -n "$(packages_missing build run)" ]; then die 2 "cannot build or run without these packages"; fi
if [ -z "${NORMLAB_DATA:-}" ]; then data=$(mnist_find); fi

# A build folder that is there keeps its options.
options=()
if [ ! -e "$ROOT/.build/release/CMakeCache.txt" ]; then options=(-DBUILD_TESTING=OFF); fi
build release "${options[@]}"

cd "$ROOT"
mpi_environment
ranks=$(allowed_cores)
if [ "$ranks" -gt "$MAX_RANKS" ]; then ranks=$MAX_RANKS; fi
mpirun_options 1
launch=(mpirun -n "$ranks" "${options[@]}")
export OMP_NUM_THREADS=1

name=quickstart
if [ "$data" = synthetic ]; then name=quickstart-synthetic; fi
arguments=(--epochs "$epochs" --overwrite --data "$data")

# train NORM FILE
train() {
  # mpirun may hang after a failure.
  timeout --foreground -k 5 $((120 + 300 * epochs)) "${launch[@]}" "$NORMLAB" train \
    configs/s6.yaml --norm "$1" "${arguments[@]}" --out "$2" </dev/null
}

mkdir -p "$out" || die 3 "$out: cannot be made"
files=()
for norm in "${NORMS[@]}"; do
  file=$out/$name-${norm//:/-}.h5
  files+=("$file")
  say ""
  say "Training configs/s6.yaml with $norm norm, $epochs epochs, $ranks ranks"
  status=0
  train "$norm" "$file" || status=$?
  if [ "$status" != 0 ]; then die "$status" "training with $norm norm failed"; fi
done

page=()
if command -v gnuplot >/dev/null; then page=(--html "$out/$name.html"); fi

say ""
"$NORMLAB" compare "${page[@]}" "${files[@]}"
echo
echo "Result files (HDF5):"
printf '  %s\n' "${files[@]}"
if [ ${#page[@]} != 0 ]; then printf 'The comparison as a page:\n  %s\n' "$out/$name.html"; fi
