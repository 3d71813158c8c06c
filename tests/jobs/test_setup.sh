#!/usr/bin/env bash
# The list of packages, and what is counted as a core.
set -euo pipefail
# shellcheck source=tests/jobs/check.sh
. "$(dirname "${BASH_SOURCE[0]}")/check.sh"
# shellcheck source=jobs/setup.sh
. "$ROOT/jobs/setup.sh"

check_status 0 check_present command:bash
check_status 1 check_present command:no-such-command-anywhere
check_status 0 check_present header:stdio.h
check_status 1 check_present header:no/such/header.h
check_status 0 check_present pkg-config:no-such-package,cmocka
check_status 1 check_present pkg-config:no-such-package
check_status 2 eval '(check_present unheard-of:x)'

# Each line of the list has a known check; what built this is not missing.
check_status 0 packages_missing build run test page check fetch
check_status 0 packages_missing build test
check_equal "$(cat "$SCRATCH/out")" ""

# A list with something that is nowhere.
PACKAGES=$SCRATCH/packages.txt
cat >"$PACKAGES" <<'LIST'
# need package check what for
build  one  command:no-such-command  the first
build  two  command:bash             the second
test   six  command:no-such-command  the sixth
LIST
check_status 0 packages_missing build
check_equal "$(cat "$SCRATCH/out")" "one the first"
is_debian() { return 1; }
check_status 0 packages_install build test
check_contains "$SCRATCH/err" "  one the first"
check_contains "$SCRATCH/err" "  six the sixth"

n=$(OMP_NUM_THREADS=1000 allowed_processors)
if [ "$n" -lt 1 ] || [ "$n" -ge 1000 ]; then fail "$n processors"; fi
cores=$(allowed_cores)
if [ "$cores" -lt 1 ] || [ "$cores" -gt "$n" ]; then fail "$cores cores of $n processors"; fi
if command -v taskset >/dev/null; then check_equal "$(taskset -c "$(taskset -pc $$ |
  sed 's/.*: \([0-9]*\).*/\1/')" bash -c ". '$ROOT/jobs/setup.sh'; allowed_cores")" 1; fi
echo "all checks passed"
