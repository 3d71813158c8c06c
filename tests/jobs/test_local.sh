#!/usr/bin/env bash
# How jobs/local.sh starts a run, on machines that are not this one: ranks, threads, cores, and kills.
set -euo pipefail
# shellcheck source=tests/jobs/check.sh
. "$(dirname "${BASH_SOURCE[0]}")/check.sh"

cp -r "$ROOT/jobs" "$SCRATCH/jobs"
# shellcheck disable=SC2016 # for the script
echo 'allowed_cores() { echo "$CORES"; }' >>"$SCRATCH/jobs/setup.sh"
mkdir "$SCRATCH/launchers"
cat >"$SCRATCH/launchers/mpirun" <<'STUB'
#!/usr/bin/env bash
if [ "$*" = --version ]; then
  echo "mpirun ($MPI) 4.1.4"
  exit
fi
printf '<%s>' mpirun "$@" >>log
echo >>log
while [ "$1" != "$NORMLAB_PROGRAM" ]; do shift; done
exec "$@"
STUB
export NORMLAB_PROGRAM=$SCRATCH/program
cat >"$NORMLAB_PROGRAM" <<'STUB'
#!/usr/bin/env bash
case "$*" in
*' --print-out')
  while [ "$1" != --out ]; do shift; done
  echo "$2"
  ;;
compare*) echo compare >>log ;;
*)
  echo "threads $OMP_NUM_THREADS, of BLAS $OPENBLAS_NUM_THREADS" >>log
  case " $* " in
  *' --seed 1 '*) exit "$STATUS" ;;
  esac
  ;;
esac
STUB
chmod +x "$NORMLAB_PROGRAM" "$SCRATCH/launchers/mpirun"
export PATH=$SCRATCH/launchers:$PATH OMP_NUM_THREADS=99 OPENBLAS_NUM_THREADS=99
cd "$SCRATCH"
printf 'a.yaml --seed %s --out %s.h5\n' 1 a 2 b >list

# local_jobs STATUS CORES MPI OPTION...: a study of two runs, the first of which ends with $STATUS.
local_jobs() {
  local status=$1
  rm -f log
  CORES=$2 MPI=$3 STATUS=${STATUS:-0} check_status "$status" "$SCRATCH/jobs/local.sh" list "${@:4}"
}

# expect_launch LAUNCHER THREADS CORES MPI OPTION...: the words before the program's, and OpenMP's threads.
expect_launch() {
  local launcher=$1 threads=$2 run
  shift 2
  local_jobs 0 "$@"
  run="threads $threads, of BLAS 1"
  if [ -n "$launcher" ]; then
    check_equal "$(sed -n "s/<$(sed 's/[/.]/\\&/g' <<<"$NORMLAB_PROGRAM")>.*//p" log | sort -u)" "$launcher"
    check_equal "$(grep -c '^<mpirun>' log)" 2
  elif grep -q mpirun log; then
    fail "one rank under mpirun: $(cat log)"
  fi
  check_equal "$(grep '^threads' log | sort -u)" "$run"
  check_equal "$(grep -c '^threads' log)" 2
  check_equal "$(tail -n 1 log)" compare
}

# As many ranks as there are cores for, each with its own.
bound() { echo "<mpirun><-n><$1><--map-by><slot:PE=$2><--bind-to><core>"; }
expect_launch "$(bound 6 1)" 1 6 "Open MPI"
expect_launch "$(bound 3 2)" 2 6 "Open MPI" --threads 2
expect_launch "$(bound 3 2)" 2 7 "Open MPI" --threads 2
expect_launch "" 4 6 "Open MPI" --threads 4
expect_launch "" 8 6 "Open MPI" --threads 8
expect_launch "" 6 6 "Open MPI" --threads 6
expect_launch "" 1 1 "Open MPI"

# As many as were asked for: bound if there are the cores.
expect_launch "$(bound 2 3)" 3 6 "Open MPI" --ranks 2 --threads 3
unbound="<--oversubscribe><--bind-to><none>"
expect_launch "<mpirun><-n><2>$unbound" 4 6 "Open MPI" --ranks 2 --threads 4
expect_launch "<mpirun><-n><4>$unbound" 1 2 "Open MPI" --ranks 4
expect_launch "" 1 6 "Open MPI" --ranks 1
expect_launch "<mpirun><-n><2>" 1 6 "another MPI" --ranks 2
expect_launch "<mpirun><-n><4>" 1 2 "another MPI" --ranks 4

# What is killed, or saves, ends the list; what fails does not.
for status in 137 143 130 75; do
  STATUS=$status local_jobs 75 6 "Open MPI" --ranks 1
  check_contains "$SCRATCH/err" "interrupted; jobs/local.sh list goes on"
  check_equal "$(cat log)" "threads 1, of BLAS 1"
done
for status in 1 128; do
  STATUS=$status local_jobs "$status" 6 "Open MPI" --ranks 1
  check_equal "$(wc -l <log)" 3
done
echo "all checks passed"
