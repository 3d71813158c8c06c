# shellcheck shell=bash
# What jobs under Slurm share. To be sourced after setup.sh, under set -euo pipefail. The environment:
#
#   NORMLAB_PROGRAM         the program (.build/release/normlab of the project)
#   NORMLAB_MODULES         modules to load, NORMLAB_SETUP a script to source, before anything else
#   NORMLAB_LAUNCHER        srun (default) or mpirun
#   NORMLAB_MPI             what srun --mpi is told (pmix)
#   NORMLAB_LAUNCH_OPTIONS  in place of the launcher's options for binding
#   SLURM_PMIX_FENCE        how srun lets ranks of several nodes wait for each other (ring)
#   NORMLAB_TRIES           starts of a job without progress after which it gives up (5); those whose
#                           ranks died before the first step follow one another at once
#
# Ranks and threads are those of sbatch: --ntasks, or --ntasks-per-node and --nodes, or one a node; and
# --cpus-per-task.

NORMLAB=${NORMLAB_PROGRAM:-$NORMLAB}
# Exit statuses of the program after which another start goes on: nothing went on, and stopped.
STALLED=7
STOPPED=75

job_environment() {
  local modules=()
  if [ -n "${NORMLAB_MODULES:-}" ]; then
    read -ra modules <<<"$NORMLAB_MODULES"
    set +u # the functions of module systems look at unset variables
    # shellcheck source=/dev/null
    if ! type module >/dev/null 2>&1 && [ -r "${MODULESHOME:-}/init/bash" ]; then
      . "$MODULESHOME/init/bash"
    fi
    module load "${modules[@]}" || die 2 "NORMLAB_MODULES=$NORMLAB_MODULES: cannot be loaded"
    set -u
  fi
  if [ -n "${NORMLAB_SETUP:-}" ]; then
    set +u
    # shellcheck source=/dev/null
    . "$NORMLAB_SETUP"
    set -u
  fi
  if [ ! -x "$NORMLAB" ]; then
    die 2 "$NORMLAB: no such program; build it, or set NORMLAB_PROGRAM"
  fi
  if [ "$(id -u)" = 0 ]; then mpi_environment; fi
  export OMP_NUM_THREADS=${SLURM_CPUS_PER_TASK:-1} OPENBLAS_NUM_THREADS=1
  # Cores of this node's part of the job, for task.sh.
  NORMLAB_NODE_CPUS=$(allowed_processors)
  export NORMLAB_NODE_CPUS
}

# An array's number alone would mean all its tasks.
job_name() {
  if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
    echo "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
  else
    echo "$SLURM_JOB_ID"
  fi
}

# job_field NAME: of what Slurm knows of this job; empty if Slurm does not answer.
job_field() {
  scontrol show job -o "$(job_name)" 2>/dev/null |
    tr ' ' '\n' | sed -n "s/^$1=//p" | head -n 1 || true
}

# job_label FILE: gives a task of a submission the name of its result, for squeue, and for its output
# beside the one that is numbered.
job_label() {
  local name=${1##*/} log
  name=${name%.h5}
  case $ROOT in */submissions/*) ;; *) return 0 ;; esac
  if [ -z "${SLURM_ARRAY_TASK_ID:-}" ]; then return 0; fi
  scontrol update JobId="$(job_name)" JobName="$name" >/dev/null 2>&1 || true
  log=$(job_field StdOut)
  if [ -f "$log" ] && [ ! -e "$ROOT/$name.out" ]; then ln -s "$log" "$ROOT/$name.out" || true; fi
}

# For the program's time limit. Not what the environment says: sbatch hands on that of a job it was
# called in.
job_end_time() {
  local end
  end=$(job_field EndTime)
  unset SLURM_JOB_END_TIME
  if [ -n "$end" ] && end=$(date -d "$end" +%s 2>/dev/null); then export SLURM_JOB_END_TIME=$end; fi
}

# tasks_sum TEXT: of Slurm's counts by node, "4(x2),3"; nothing if they are not understood.
tasks_sum() {
  local part sum=0
  if [ -z "$1" ]; then return 0; fi
  for part in ${1//,/ }; do
    if ! [[ $part =~ ^([0-9]+)(\(x([0-9]+)\))?$ ]]; then return 0; fi
    sum=$((sum + BASH_REMATCH[1] * ${BASH_REMATCH[3]:-1}))
  done
  echo "$sum"
}

# Sets tasks to the number of ranks. Without --ntasks and --ntasks-per-node, Slurm's counts by node
# are those of processors.
job_tasks() {
  local places=''
  tasks=${SLURM_NTASKS:-${SLURM_NPROCS:-}}
  if [ -n "${SLURM_NTASKS_PER_NODE:-}" ]; then
    places=$(tasks_sum "${SLURM_TASKS_PER_NODE:-}")
    if [ -z "$places" ]; then places=$((${SLURM_NTASKS_PER_NODE%%[!0-9]*} * ${SLURM_NNODES:-1})); fi
  fi
  if [ -z "$tasks" ]; then tasks=${places:-${SLURM_NNODES:-1}}; fi
  if ! [[ $tasks =~ ^[1-9][0-9]*$ ]]; then die 2 "Slurm asks for \"$tasks\" tasks; give --ntasks"; fi
  if [ -n "$places" ] && [ "$places" != "$tasks" ]; then
    say "warning: $tasks ranks by --ntasks, where --ntasks-per-node would give $places; leave one out"
  fi
  export SLURM_NTASKS=$tasks
}

# Sets the array launch to what starts the ranks.
job_launcher() {
  local tasks threads=$OMP_NUM_THREADS options=() hosts=()
  job_tasks
  # What sbatch was told by --export is for this script; the ranks need what it has set.
  export SLURM_EXPORT_ENV=ALL
  read -ra options <<<"${NORMLAB_LAUNCH_OPTIONS:-}"
  case ${NORMLAB_LAUNCHER:-srun} in
  srun)
    # Slurm's default lets ranks of fewer nodes than TreeWidth go on before all have come, and Open
    # MPI dies in MPI_Init of a message that comes too early.
    export SLURM_PMIX_FENCE=${SLURM_PMIX_FENCE:-ring}
    if [ "${#options[@]}" = 0 ]; then options=(--cpu-bind=cores); fi
    launch=(srun --mpi="${NORMLAB_MPI:-pmix}" -K1 --ntasks="$tasks" --cpus-per-task="$threads"
      "${options[@]}")
    ;;
  mpirun)
    if [ "${#options[@]}" = 0 ]; then mpirun_options "$threads"; fi
    launch=(mpirun -n "$tasks" "${hosts[@]}" "${options[@]}")
    ;;
  *) die 2 "NORMLAB_LAUNCHER=$NORMLAB_LAUNCHER: wants srun or mpirun" ;;
  esac
  launch+=("$ROOT/jobs/task.sh")
}

# job_count_try FILE AGAIN: gives up where the job has been started again and again without progress.
# AGAIN: 1 if this script has started it before. Sets tries to the number of such starts.
job_count_try() {
  local file=$1.tries job='' last='' digest=''
  tries=0
  if [ -e "$1" ]; then digest=$("$NORMLAB" digest "$1" 2>/dev/null | cut -d ' ' -f 1) || true; fi
  if [ "${SLURM_RESTART_COUNT:-0}" != 0 ] || [ "$2" = 1 ]; then
    read -r job last tries 2>/dev/null <"$file" || true
  fi
  if [ "$job" != "$SLURM_JOB_ID" ] || [ "$last" != "${digest:-none}" ]; then tries=0; fi
  tries=$((tries + 1))
  if [ "$tries" -gt "${NORMLAB_TRIES:-5}" ]; then
    rm -f "$file"
    die "$STOPPED" "$1: no progress in $((tries - 1)) starts; giving up"
  fi
  mkdir -p "$(dirname "$1")"
  echo "$SLURM_JOB_ID ${digest:-none} $tries" >"$file"
}

# job_file_state FILE: another text after each time that a run has written it, or made it.
job_file_state() {
  stat -L -c '%i %z' "$1" 2>/dev/null || echo none
}

# job_died_at_start FILE STATE: whether the ranks have died (by a signal, or as MPI failed) before the
# run has begun to write FILE, which it does before its first step, and the job may start them again.
job_died_at_start() {
  if [ "$status" != 1 ] && [ "$status" -le 128 ]; then return 1; fi
  if [ "$(job_file_state "$1")" != "$2" ] || [ "$(job_field JobState)" != RUNNING ]; then return 1; fi
  if [ "$tries" -lt "${NORMLAB_TRIES:-5}" ]; then return 0; fi
  say "The ranks died before the first step in each of $tries starts; giving up"
  return 1
}

# job_run COMMAND...: in the background, as a trap would wait for the end of a command in the
# foreground. Sets status. TERM reaches ranks by themselves under srun; mpirun would kill them.
job_run() {
  local interrupted=1 again
  # A warning must not end the launcher before it is ready for it.
  (
    trap '' USR1
    exec "$@"
  ) &
  launcher=$!
  trap 'warned=1; interrupted=1; kill -USR1 "$launcher" 2>/dev/null || true' USR1
  if [ "${NORMLAB_LAUNCHER:-srun}" = mpirun ]; then
    trap 'terminated=1; interrupted=1; kill -USR1 "$launcher" 2>/dev/null || true' TERM
  else
    trap 'interrupted=1' TERM
  fi
  status=0
  while [ "$interrupted" = 1 ]; do
    interrupted=0
    again=0
    wait "$launcher" || again=$?
    if [ "$again" != 127 ]; then status=$again; fi # 127: its status has been taken before
  done
}

# After a stop: this job again, unless Slurm has decided already. A job that is cancelled is no
# longer running for Slurm before its processes hear of it.
job_again() {
  local state
  state=$(job_field JobState)
  case $state in
  RUNNING | TIMEOUT)
    say "Requeueing $(job_name), start $((${SLURM_RESTART_COUNT:-0} + 1)) ended with status $status"
    if scontrol requeue "$(job_name)"; then exit 0; fi
    say "Slurm does not requeue it; submitted again, it goes on where it stopped."
    ;;
  CANCELLED*) ;;
  *) # preempted, or requeued by somebody: Slurm ends this script
    sleep 600 &
    wait $! || true
    ;;
  esac
}

# job_train ARGUMENT...: normlab train, resumed if it has been started before. Ends the script.
job_train() {
  local argument out launch launcher status state tries limit=() again=0
  for argument in "$@"; do
    if [ "$argument" = --overwrite ]; then
      die 2 "--overwrite: would begin anew whenever Slurm starts the job again; remove the file"
    fi
  done
  job_environment
  job_end_time
  # A mistake in the arguments shows here, before ranks are started.
  out=$("$NORMLAB" train "$@" --print-out)
  job_label "$out"
  job_launcher
  while :; do
    # Warned already: a step or two, so that no start is without progress.
    if [ "${warned:-0}" = 1 ]; then limit=(--time-limit 1s); fi
    job_count_try "$out" "$again"
    state=$(job_file_state "$out")
    job_run "${launch[@]}" "$NORMLAB" train "$@" --resume "${limit[@]}"
    if ! job_died_at_start "$out" "$state"; then break; fi
    again=1
    say "The ranks died before the first step, with status $status: start $((tries + 1))"
  done
  if [ "$status" = "$STOPPED" ] || [ "$status" = "$STALLED" ]; then
    job_again
  else
    rm -f "$out.tries"
  fi
  exit "$status"
}
