# shellcheck shell=bash disable=SC2034,SC2154 # variables are those of slurm.sh
# What is otherwise under PBS (OpenPBS, PBS Pro, Torque) than under Slurm. To be sourced after slurm.sh,
# whose variables for modules, paths and options it follows. Ranks are the lines of $PBS_NODEFILE
# (mpiprocs), threads $OMP_NUM_THREADS (ompthreads); mpirun starts them. Beside slurm.sh's variables:
#
#   NORMLAB_QSUB_OPTIONS    of the job that goes on, in place of this one's resources and queue

NORMLAB_LAUNCHER=mpirun
# Names that slurm.sh knows them by, for this script alone: the program takes them for Slurm's.
# Jobs that go on where one has stopped count as starts of the first of them.
SLURM_JOB_ID=${NORMLAB_GOES_ON:-$PBS_JOBID}
SLURM_RESTART_COUNT=${NORMLAB_GOES_ON:+1}
SLURM_CPUS_PER_TASK=${OMP_NUM_THREADS:-1}

job_name() {
  echo "$PBS_JOBID"
}

# Whatever cannot be known, a job that has this script is running.
job_field() {
  if [ "$1" = JobState ]; then echo RUNNING; fi
}

job_label() {
  :
}

# pbs_resource NAME: that the job was given; empty if it is not known.
pbs_resource() {
  qstat -f "$PBS_JOBID" 2>/dev/null | sed -n "s/^ *Resource_List\\.$1 = *//p" | head -n 1 || true
}

# The walltime counts from now on, as this is called at once.
job_end_time() {
  unset SLURM_JOB_END_TIME
  if ! [[ $(pbs_resource walltime) =~ ^([0-9]+):([0-9]+):([0-9]+)$ ]]; then return 0; fi
  SLURM_JOB_END_TIME=$(($(date +%s) + 3600 * 10#${BASH_REMATCH[1]} + 60 * 10#${BASH_REMATCH[2]} +
    10#${BASH_REMATCH[3]}))
  export SLURM_JOB_END_TIME
}

job_tasks() {
  tasks=1
  if [ -r "${PBS_NODEFILE:-}" ]; then tasks=$(wc -l <"$PBS_NODEFILE"); fi
  if [ -r "${PBS_NODEFILE:-}" ] && [ "$(sort -u "$PBS_NODEFILE" | wc -l)" -gt 1 ]; then
    hosts=(--machinefile "$PBS_NODEFILE")
  fi
}

# No job may requeue itself: the next one goes on. After qdel none does.
job_again() {
  local wanted=() name value
  if [ "${terminated:-0}" = 1 ]; then
    say "Ended by a signal; submitted again, it goes on where it stopped."
    return 0
  fi
  if [ -n "${NORMLAB_QSUB_OPTIONS:-}" ]; then
    read -ra wanted <<<"$NORMLAB_QSUB_OPTIONS"
  else
    for name in select nodes place walltime; do
      value=$(pbs_resource "$name")
      if [ -n "$value" ]; then wanted+=(-l "$name=$value"); fi
    done
    if [ -n "${PBS_QUEUE:-}" ]; then wanted+=(-q "$PBS_QUEUE"); fi
  fi
  say "Submitting the job that goes on, as this one ended with status $status"
  if NORMLAB_GOES_ON=$SLURM_JOB_ID qsub -V "${wanted[@]}" "$ROOT/jobs/train.pbs"; then exit 0; fi
  say "PBS does not take it; submitted again, it goes on where it stopped."
}
