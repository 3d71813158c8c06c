#!/usr/bin/env bash
# tests/run.sh of a small project: what is skipped is told at the end, and is a failure if CI=true.
set -euo pipefail
# shellcheck source=tests/jobs/check.sh
. "$(dirname "${BASH_SOURCE[0]}")/check.sh"

project=$SCRATCH/project
mkdir -p "$project/jobs" "$project/tests"
cp "$ROOT/jobs/setup.sh" "$project/jobs"
cp "$ROOT/tests/run.sh" "$ROOT/tests/skips.sh" "$project/tests"
cp "$ROOT/CMakePresets.json" "$project"
echo "build bash command:bash a shell" >"$project/jobs/packages.txt"

# begin: a project with one test, which passes.
begin() {
  cat >"$project/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(small LANGUAGES NONE)
enable_testing()
function(small_test name text status)
  add_test(NAME ${name} COMMAND sh -c "printf '${text}'; exit ${status}")
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77)
endfunction()
small_test(passes "fine\\n" 0)
CMAKE
}

# run_tests STATUS CI
run_tests() { CI=$2 check_status "$1" bash "$project/tests/run.sh"; }

begin
run_tests 0 true
if grep -qi "skipped\|left out" "$SCRATCH/err"; then fail "nothing was skipped"; fi

# What the machine or its data do not have is named.
cat >>"$project/CMakeLists.txt" <<'CMAKE'
small_test(narrow "NORMLAB_ISA=avx512: a note\\nleft out: no AVX-512\\nleft out: no AVX-512\\n" 0)
small_test(data "left out: NORMLAB_DATA is not set\\n" 77)
CMAKE
run_tests 0 true
check_contains "$SCRATCH/err" "Left out on this machine:
  data: NORMLAB_DATA is not set
  narrow: no AVX-512"
check_equal "$(grep -c "narrow: no AVX-512" "$SCRATCH/err")" 1
if grep -q "^Skipped" "$SCRATCH/err"; then fail "nothing was skipped"; fi

# What can be installed is a failure, if CI=true: of a whole test, of a part of one, without a reason.
check_skip() { # TEXT STATUS WHAT-IS-TOLD
  begin
  echo "small_test(one \"$1\" $2)" >>"$project/CMakeLists.txt"
  run_tests 0 false
  check_contains "$SCRATCH/err" "Skipped:
  one: $3"
  run_tests 1 true
  check_contains "$SCRATCH/err" "Skipped:
  one: $3"
  check_contains "$SCRATCH/err" "error: 1 skipped"
}
check_skip 'skipped: no <torch> & such\\n' 77 'no <torch> & such'
check_skip 'first\\nskipped: h5dump is missing\\nlast\\n' 0 "h5dump is missing"
check_skip 'nothing\\n' 77 "no reason given"

# A failure stays one.
cat >>"$project/CMakeLists.txt" <<'CMAKE'
small_test(two "skipped: a part\\n" 1)
set_tests_properties(two PROPERTIES LABELS slow)
CMAKE
run_tests 8 true
check_contains "$SCRATCH/err" "two: a part"
echo "all checks passed"
