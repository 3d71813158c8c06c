#!/usr/bin/env bash
# The command lines of the scripts: help, and mistakes before anything is installed or built.
set -euo pipefail
# shellcheck source=tests/jobs/check.sh
. "$(dirname "${BASH_SOURCE[0]}")/check.sh"

check_status 0 "$ROOT/jobs/quickstart.sh" --help
check_contains "$SCRATCH/out" "Usage: jobs/quickstart.sh"
check_status 2 "$ROOT/jobs/quickstart.sh" --unknown
check_contains "$SCRATCH/err" "--unknown"
check_status 2 "$ROOT/jobs/quickstart.sh" --out
check_status 2 "$ROOT/jobs/quickstart.sh" --epochs 0
check_status 2 "$ROOT/jobs/quickstart.sh" --epochs two
check_status 0 "$ROOT/tests/run.sh" --help
check_contains "$SCRATCH/out" "Usage: tests/run.sh"
NORMLAB_DATA=$SCRATCH/nowhere check_status 3 "$ROOT/jobs/quickstart.sh"
check_contains "$SCRATCH/err" "no such folder"
echo "all checks passed"
