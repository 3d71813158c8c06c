#!/usr/bin/env bash
# How many ranks a job has, by what Slurm says in its environment.
set -euo pipefail
# shellcheck source=tests/jobs/check.sh
. "$(dirname "${BASH_SOURCE[0]}")/check.sh"

# tasks VARIABLE=VALUE...: the number, and what is said of it.
tasks() {
  # shellcheck disable=SC2016 # for the shell that is started
  env -i PATH="$PATH" ROOT="$ROOT" "$@" bash -euo pipefail -c '
    . "$ROOT/jobs/setup.sh"
    . "$ROOT/jobs/slurm.sh"
    job_tasks
    echo "$tasks $SLURM_NTASKS"' 2>"$SCRATCH/err"
}

# expect NUMBER WARNINGS VARIABLE=VALUE...
expect() {
  local n=$1 n_warnings=$2
  shift 2
  check_equal "$* $(tasks "$@")" "$* $n $n"
  check_equal "$* $(grep -c warning "$SCRATCH/err")" "$* $n_warnings"
}

expect 1 0 SLURM_NNODES=1
expect 1 0 SLURM_NNODES=1 SLURM_TASKS_PER_NODE=8 # processors, of --exclusive
expect 2 0 SLURM_NNODES=2 'SLURM_TASKS_PER_NODE=8(x2)'
expect 3 0 SLURM_NTASKS=3 SLURM_NPROCS=3 SLURM_NNODES=1 SLURM_TASKS_PER_NODE=3
expect 3 0 SLURM_NPROCS=3 SLURM_NNODES=2 SLURM_TASKS_PER_NODE=2,1
expect 4 0 SLURM_NTASKS=4 SLURM_NTASKS_PER_NODE=4 SLURM_TASKS_PER_NODE=4 SLURM_NNODES=1
expect 4 0 SLURM_NTASKS_PER_NODE=4 SLURM_TASKS_PER_NODE=4 SLURM_NNODES=1
expect 8 0 SLURM_NTASKS_PER_NODE=4 'SLURM_TASKS_PER_NODE=4(x2)' SLURM_NNODES=2
expect 11 0 SLURM_NTASKS_PER_NODE=4 'SLURM_TASKS_PER_NODE=4(x2),3' SLURM_NNODES=3
expect 11 0 SLURM_NTASKS=11 SLURM_NTASKS_PER_NODE=4 'SLURM_TASKS_PER_NODE=4(x2),3' SLURM_NNODES=3
expect 8 0 SLURM_NTASKS_PER_NODE=4 SLURM_NNODES=2
expect 8 0 SLURM_NTASKS_PER_NODE=4 SLURM_TASKS_PER_NODE=many SLURM_NNODES=2
expect 1 1 SLURM_NTASKS=1 SLURM_NPROCS=1 SLURM_NTASKS_PER_NODE=4 SLURM_TASKS_PER_NODE=4 SLURM_NNODES=1
check_contains "$SCRATCH/err" "1 ranks by --ntasks, where --ntasks-per-node would give 4"
for wrong in 0 -1 many; do
  status=0
  tasks SLURM_NTASKS="$wrong" >"$SCRATCH/out" || status=$?
  check_equal "$wrong $status" "$wrong 2"
  check_contains "$SCRATCH/err" "\"$wrong\" tasks; give --ntasks"
done

# No script asks for a number of its own, which would be taken before --ntasks-per-node.
if grep -n '^#SBATCH.*ntasks' "$ROOT"/jobs/*.sbatch; then fail "a number of tasks in a script"; fi
echo "all checks passed"
