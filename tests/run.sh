#!/usr/bin/env bash
# Builds everything and runs all tests: see --help.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=jobs/setup.sh
. "$here/../jobs/setup.sh"
# shellcheck source=tests/skips.sh
. "$here/skips.sh"

TEST_SECONDS=600
# One more than cores, as jobs in a queue mostly wait.
n_jobs=$(($(nproc) + 1))
# Tests that need no ranks and take little time: enough to bring a wrong address to light.
SANITIZED=(-LE 'mpi|slow|script' -E 'kill|calls|ranks|nn_gradient')

usage() {
  cat <<'HELP'
Usage: tests/run.sh [--sanitize] [CTEST-OPTION...]

Installs what the tests need (Debian and its kin; as root or with sudo), builds .build/release and runs all
tests. Other options go to ctest: tests/run.sh -R norm.

  --sanitize   first a selection of the tests with the address and undefined-behaviour sanitizers, in
               .build/sanitize; on if CI=true, which also makes warnings errors
  --help       this text

What was skipped is told at the end. If CI=true, a test that was skipped because something is missing
that can be installed makes this fail; what was left out for this machine or its data does not.

NORMLAB_DATA: folder of MNIST; tests on it are left out without it.
Exit status: 0 all passed; 1 tests were skipped, if CI=true; 2 packages missing, or usage; otherwise that
of the step that failed.
HELP
}

sanitize=0
options=(-DBUILD_TESTING=ON)
if [ "${CI:-}" = true ]; then
  sanitize=1
  options+=(-DNORMLAB_WERROR=ON)
fi
ctest_options=()
for argument in "$@"; do
  case $argument in
  --help | -h)
    usage
    exit 0
    ;;
  --sanitize) sanitize=1 ;;
  *) ctest_options+=("$argument") ;;
  esac
done

packages_install build run test page check fetch
if [ -n "$(packages_missing build test)" ]; then die 2 "cannot build without these packages"; fi

mpi_environment
export CTEST_OUTPUT_ON_FAILURE=1
cd "$ROOT"
if [ "$sanitize" = 1 ]; then
  build sanitize -DBUILD_TESTING=ON
  ctest --preset sanitize -j "$n_jobs" --timeout "$TEST_SECONDS" --no-tests=error "${SANITIZED[@]}" </dev/null
fi
build release "${options[@]}"
report=$ROOT/.build/release/tests.xml
rm -f "$report"
status=0
ctest --preset release -j "$n_jobs" --timeout "$TEST_SECONDS" --no-tests=error --output-junit "$report" \
  --test-output-size-passed 1000000 "${ctest_options[@]}" </dev/null || status=$?
n_skipped=0
if [ -e "$report" ]; then skips_tell "$report"; fi
if [ "$status" = 0 ] && [ "$n_skipped" -gt 0 ] && [ "${CI:-}" = true ]; then
  die 1 "$n_skipped skipped; all of that can be installed, see jobs/packages.txt"
fi
exit "$status"
