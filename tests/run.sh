#!/usr/bin/env bash
# Builds everything and runs all tests: see --help.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=jobs/setup.sh
. "$here/../jobs/setup.sh"

TEST_SECONDS=600
# Tests that need no ranks and take little time: enough to bring a wrong address to light.
SANITIZED=(-LE 'mpi|slow|script' -E 'kill|calls|ranks')

usage() {
  cat <<'HELP'
Usage: tests/run.sh [--sanitize] [CTEST-OPTION...]

Installs what the tests need (Debian and its kin; as root or with sudo), builds .build/release and runs all
tests. Other options go to ctest: tests/run.sh -R norm.

  --sanitize   first a selection of the tests with the address and undefined-behaviour sanitizers, in
               .build/sanitize; on if CI=true, which also makes warnings errors
  --help       this text

NORMLAB_DATA: folder of MNIST; tests on it are skipped without it.
Exit status: 0 all passed; 2 packages missing, or usage; otherwise that of the step that failed.
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

packages_install build run test page check
if [ -n "$(packages_missing build test)" ]; then die 2 "cannot build without these packages"; fi

mpi_environment
export CTEST_OUTPUT_ON_FAILURE=1
cd "$ROOT"
if [ "$sanitize" = 1 ]; then
  build sanitize -DBUILD_TESTING=ON
  ctest --preset sanitize --timeout "$TEST_SECONDS" --no-tests=error "${SANITIZED[@]}" </dev/null
fi
build release "${options[@]}"
ctest --preset release -j "$(nproc)" --timeout "$TEST_SECONDS" --no-tests=error "${ctest_options[@]}" </dev/null
