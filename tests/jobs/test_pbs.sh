#!/usr/bin/env bash
# A job under PBS: how it starts its ranks, and when another one goes on.
set -euo pipefail
# shellcheck source=tests/jobs/check.sh
. "$(dirname "${BASH_SOURCE[0]}")/check.sh"

mkdir -p "$SCRATCH/bin" "$SCRATCH/a project"
cp -r "$ROOT/jobs" "$SCRATCH/a project"
cat >"$SCRATCH/bin/mpirun" <<'STUB'
#!/usr/bin/env bash
if [ "$*" = --version ]; then
  echo "mpirun (Open MPI) 4.1.4"
  exit
fi
printf '<%s>' "$@" >>log
echo " $OMP_NUM_THREADS threads, end $((SLURM_JOB_END_TIME - $(date +%s))), ${SLURM_JOB_ID:-no} job" >>log
if [ "$ENDS" = term ]; then
  kill -TERM "$PPID"
  sleep 1
  exit 75
fi
exit "$ENDS"
STUB
cat >"$SCRATCH/bin/qstat" <<'STUB'
#!/usr/bin/env bash
printf '    Resource_List.select = 1:ncpus=4:mpiprocs=2\n    Resource_List.walltime = 01:08:09\n'
STUB
cat >"$SCRATCH/bin/qsub" <<'STUB'
#!/usr/bin/env bash
printf '<%s>' qsub "$NORMLAB_GOES_ON" "$@" >>log
echo >>log
STUB
cat >"$SCRATCH/program" <<'STUB'
#!/usr/bin/env bash
case "$*" in *' --print-out') echo out.h5 ;; *) exit 3 ;; esac
STUB
chmod +x "$SCRATCH/bin/"* "$SCRATCH/program"
export PATH=$SCRATCH/bin:$PATH PBS_O_WORKDIR="$SCRATCH/a project" PBS_NODEFILE=$SCRATCH/nodes
export NORMLAB_PROGRAM=$SCRATCH/program PBS_QUEUE=long OMP_NUM_THREADS=2
unset NORMLAB_ROOT NORMLAB_GOES_ON NORMLAB_LAUNCH_OPTIONS NORMLAB_QSUB_OPTIONS SLURM_JOB_ID
cd "$SCRATCH/a project"

# job STATUS JOB ENDS: its log is new.
job() {
  rm -f log
  PBS_JOBID=$2 ENDS=$3 NORMLAB_ARGUMENTS="a.yaml --norm over(n,h,w)" check_status "$1" \
    bash jobs/train.pbs
}

started="<--map-by><slot:PE=2><--bind-to><core><$PBS_O_WORKDIR/jobs/task.sh><$SCRATCH/program><train>\
<a.yaml><--norm><over(n,h,w)><--resume> 2 threads, end 4089, no job"
again="<-V><-l><select=1:ncpus=4:mpiprocs=2><-l><walltime=01:08:09><-q><long>\
<$PBS_O_WORKDIR/jobs/train.pbs>"
# A second may pass between the two looks at the clock.
expect_log() {
  check_equal "$(sed 's/end 408[678]/end 4089/' log)" "$1"
}

printf 'node1\nnode1\n' >"$PBS_NODEFILE"
job 0 7.pbs 0
expect_log "<-n><2>$started"
job 2 7.pbs 2
expect_log "<-n><2>$started"
job 0 7.pbs 75
expect_log "<-n><2>$started"$'\n'"<qsub><7.pbs>$again"
job 75 7.pbs term
expect_log "<-n><2>$started"
printf 'node1\nnode2\n' >"$PBS_NODEFILE"
NORMLAB_LAUNCH_OPTIONS='-x A' job 0 7.pbs 0
check_contains log "<-n><2><--machinefile><$PBS_NODEFILE><-x><A><"
NORMLAB_QSUB_OPTIONS='-q short' job 0 7.pbs 75
check_contains log "<qsub><7.pbs><-V><-q><short><$PBS_O_WORKDIR/jobs/train.pbs>"

# The jobs that go on are starts of one job, which gives up without progress.
rm -f out.h5.tries
job 0 7.pbs 75
for i in 8 9 10 11; do NORMLAB_GOES_ON=7.pbs job 0 $i.pbs 75; done
NORMLAB_GOES_ON=7.pbs job 75 12.pbs 75
check_contains "$SCRATCH/err" "out.h5: no progress in 5 starts; giving up"

check_status 2 env PBS_JOBID=1 bash jobs/train.pbs
check_contains "$SCRATCH/err" "no arguments"
check_status 2 env PBS_JOBID=1 PBS_O_WORKDIR=/ bash jobs/train.pbs
check_contains "$SCRATCH/err" "/ is not the folder of the project"
echo "all checks passed"
