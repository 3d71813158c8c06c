#!/usr/bin/env bash
# The list of packages, and what is counted as a core.
set -euo pipefail
# shellcheck source=tests/jobs/check.sh
. "$(dirname "${BASH_SOURCE[0]}")/check.sh"
# shellcheck source=jobs/setup.sh
. "$ROOT/jobs/setup.sh"

check_status 0 check_present command:bash
check_status 1 check_present command:no-such-command-anywhere
mkdir "$SCRATCH/old"
printf '#!/bin/sh\necho "cmake version 3.18.4"\n' >"$SCRATCH/old/cmake"
chmod +x "$SCRATCH/old/cmake"
# shellcheck disable=SC2016 # for eval
for version in 1:3.20 0:3.18 0:3.9; do
  check_status "${version%:*}" eval 'PATH=$SCRATCH/old:$PATH check_present "cmake:${version#*:}"'
done
check_status 0 check_present header:stdio.h
check_status 1 check_present header:no/such/header.h
check_status 0 check_present pkg-config:no-such-package,cmocka
check_status 1 check_present pkg-config:no-such-package
check_status 2 eval '(check_present unheard-of:x)'

# Each line of the list has a known check; what built this is not missing.
check_status 0 packages_missing build run test page check fetch
check_status 0 packages_missing build test
check_equal "$(cat "$SCRATCH/out")" ""

# Every library has its names in other systems.
while read -r need package _; do
  case $need in build | run) grep -q "^$package " "$PACKAGE_NAMES" || fail "$package: no other names" ;; esac
done <"$PACKAGES"
if ! awk '!/^#/ && NF != 6 { exit 1 }' "$PACKAGE_NAMES"; then fail "package-names.txt: not 6 columns"; fi
mkdir "$SCRATCH/systems"
printf '#!/bin/sh\n' | tee "$SCRATCH/systems/dnf" >"$SCRATCH/systems/spack"
chmod +x "$SCRATCH"/systems/*
# shellcheck disable=SC2016 # for eval
check_status 0 eval 'PATH=$SCRATCH/systems:$PATH packages_elsewhere libgsl-dev libc6-dev zlib1g-dev'
check_contains "$SCRATCH/err" "With dnf: dnf install gsl-devel glibc-devel zlib-devel"
check_contains "$SCRATCH/err" "With spack: spack install gsl zlib"

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

# Machines that are not this one: a quota of the container, twins that share a core.
mkdir "$SCRATCH/bin"
# shellcheck disable=SC2016 # for the script
printf '#!/bin/sh\necho "$PROCESSORS"\n' >"$SCRATCH/bin/nproc"
chmod +x "$SCRATCH/bin/nproc"
PATH=$SCRATCH/bin:$PATH
CPU_QUOTA=$SCRATCH/cpu.max CPU_ALLOWED=$SCRATCH/status CPU_FOLDER=$SCRATCH/cpu
for ((cpu = 0; cpu < 16; cpu++)); do
  mkdir -p "$CPU_FOLDER/cpu$cpu/topology"
  echo "$((cpu % 8)),$((cpu % 8 + 8))" >"$CPU_FOLDER/cpu$cpu/topology/thread_siblings_list"
done

# expect PROCESSORS CORES NPROC ALLOWED QUOTA
expect() {
  export PROCESSORS=$3
  printf 'Name:\tbash\nCpus_allowed:\tffff\nCpus_allowed_list:\t%s\nMems_allowed_list:\t0\n' "$4" \
    >"$CPU_ALLOWED"
  rm -f "$CPU_QUOTA"
  if [ -n "$5" ]; then echo "$5" >"$CPU_QUOTA"; fi
  check_equal "$(allowed_processors) processors, $*" "$1 processors, $*"
  check_equal "$(allowed_cores) cores, $*" "$2 cores, $*"
}
expect 16 8 16 0-15 ""
expect 16 8 16 0-15 "max 100000"
expect 3 3 16 0-15 "300000 100000"
expect 3 3 16 0-15 "250000 100000"
expect 1 1 16 0-15 "10000 100000"
expect 12 8 16 0-15 "1200000 100000"
expect 2 2 16 0-15 "100000 50000"
expect 16 8 16 0-15 "9900000 100000"
expect 4 4 4 0-3 ""
expect 4 4 4 4-7 "max 100000"
expect 4 2 4 1,3,9,11 ""
expect 4 2 4 2-3,10-11 ""
expect 2 1 2 7,15 "max 100000"
expect 5 4 5 0,3-5,13 ""
expect 3 3 5 0,3-5,13 "300000 100000"
rm -r "$CPU_FOLDER" # where the system does not tell, each processor is a core
expect 4 4 4 2-3,10-11 ""
rm "$CPU_ALLOWED"
check_equal "$(allowed_cores 2>"$SCRATCH/err")" 4
echo "all checks passed"
