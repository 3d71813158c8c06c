#!/usr/bin/env bash
# A study and its comparison as jobs of Slurm: see --help.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=jobs/setup.sh
. "$here/setup.sh"

usage() {
  cat <<'HELP'
Usage: jobs/submit-study.sh STUDY [--dry-run] [--cancel] [SBATCH-OPTION...]

Submits the runs of a study that are still to be done as one array of jobs, and after it a job that
compares all result files, also if some runs have failed. STUDY is a study (NAME.yaml), or a list with
the arguments of one normlab train a line. Options go to sbatch:

  jobs/submit-study.sh STUDY --ntasks=4 --cpus-per-task=2 --time=02:00:00 --partition=NAME

  --dry-run         says what would be done
  --cancel          cancels what is queued with another configuration, and queues it anew
  NORMLAB_AT_ONCE   tasks of the array that may run at the same time (all)
  NORMLAB_PROGRAM and the other variables of jobs/slurm.sh reach the jobs, whatever --export says.

What the jobs train is frozen now, and what is queued already is not queued again: see normlab study
--help, of which this is "normlab study STUDY submit". Prints the numbers of the jobs, the comparison's
last. To be called in the folder that STUDY's paths are relative to.
HELP
}

if [ $# = 0 ]; then die 2 "no STUDY; see --help"; fi
if [ "$1" = --help ] || [ "$1" = -h ]; then
  usage
  exit 0
fi
study=$1
shift
NORMLAB=${NORMLAB_PROGRAM:-$NORMLAB}
if [ ! -x "$NORMLAB" ]; then die 2 "$NORMLAB: no such program; build it, or set NORMLAB_PROGRAM"; fi
if ! command -v sbatch >/dev/null; then die 2 "no sbatch here; jobs/local.sh runs a study without"; fi
NORMLAB_ROOT=$ROOT exec "$NORMLAB" study "$study" submit "$@"
