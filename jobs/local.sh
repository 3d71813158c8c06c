#!/usr/bin/env bash
# A study and its comparison on this machine, one run after another: see --help.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=jobs/setup.sh
. "$here/setup.sh"
# shellcheck source=jobs/runs.sh
. "$here/runs.sh"

usage() {
  cat <<'HELP'
Usage: jobs/local.sh STUDY [--ranks N] [--threads N]

Runs what is still to be done of a study, one run after another, then compares all result files. STUDY is
a study (NAME.yaml), or a list with the arguments of one normlab train a line.

  --ranks N     processes of a run (as many as there are cores for)
  --threads N   threads of a process (1)
  --help        this text

Interrupted, it saves; called again, it goes on. A run that fails does not keep the others from running.
NORMLAB_PROGRAM: the program, if it is not .build/release/normlab.
Exit status: 0 done; 2 usage; 75 interrupted; otherwise that of the first run that failed.
HELP
}

study='' ranks='' threads=1
while [ $# -gt 0 ]; do
  case $1 in
  --help | -h)
    usage
    exit 0
    ;;
  --ranks | --threads)
    if ! [[ ${2:-} =~ ^[1-9][0-9]{0,4}$ ]]; then die 2 "$1 wants a number; see --help"; fi
    if [ "$1" = --ranks ]; then ranks=$2; else threads=$2; fi
    shift
    ;;
  -*) die 2 "$1: no such option; see --help" ;;
  *)
    if [ -n "$study" ]; then die 2 "$1: one STUDY at a time; see --help"; fi
    study=$1
    ;;
  esac
  shift
done
if [ -z "$study" ]; then die 2 "no STUDY; see --help"; fi
NORMLAB=${NORMLAB_PROGRAM:-$NORMLAB}
if [ ! -x "$NORMLAB" ]; then die 2 "$NORMLAB: no such program; build it, or set NORMLAB_PROGRAM"; fi
mpi_environment
export OMP_NUM_THREADS=$threads OPENBLAS_NUM_THREADS=1

cores=$(allowed_cores)
if [ -z "$ranks" ]; then ranks=$((cores > threads ? cores / threads : 1)); fi
launch=()
if [ "$ranks" -gt 1 ]; then
  launch=(mpirun -n "$ranks")
  if [ "$((ranks * threads))" -le "$cores" ]; then
    mpirun_options "$threads"
  else
    mpirun_options 0
  fi
  launch+=("${options[@]}")
fi

runs_prepare "$study"
interrupted=0
trap 'interrupted=1' INT # mpirun's status after it is that of a failure
n=$(runs_lines "$list" | wc -l)
first=0
for ((i = 1; i <= n; i++)); do
  run=()
  runs_get "$list" "$i"
  say "Run $i of $n: ${run[*]}"
  status=0
  "${launch[@]}" "$NORMLAB" train "${run[@]}" --resume </dev/null || status=$?
  if [ "$interrupted" = 1 ] || [ "$status" = 75 ] || [ "$status" -gt 128 ]; then
    die 75 "interrupted; jobs/local.sh $study goes on"
  fi
  if [ "$status" != 0 ] && [ "$first" = 0 ]; then first=$status; fi
done
status=0
"$NORMLAB" compare "${files[@]}" || status=$?
if [ "$first" = 0 ]; then first=$status; fi
exit "$first"
