# shellcheck shell=bash
# For tests of scripts: a scratch folder in $SCRATCH, and checks. To be sourced.
# shellcheck disable=SC2034 # used by those who source this
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT

fail() {
  echo "failed (line ${BASH_LINENO[1]}): $*"
  if [ -s "$SCRATCH/err" ]; then cat "$SCRATCH/err"; fi
  exit 1
}

# check_status STATUS COMMAND...: its output goes to $SCRATCH/out and $SCRATCH/err.
check_status() {
  local wanted=$1 status=0
  shift
  "$@" >"$SCRATCH/out" 2>"$SCRATCH/err" </dev/null || status=$?
  if [ "$status" != "$wanted" ]; then fail "$*: status $status, not $wanted"; fi
}

check_equal() {
  if [ "$1" != "$2" ]; then fail "\"$1\" is not \"$2\""; fi
}

check_contains() { # FILE TEXT
  if ! grep -qF -- "$2" "$1"; then fail "$1 does not contain \"$2\": $(cat "$1")"; fi
}
