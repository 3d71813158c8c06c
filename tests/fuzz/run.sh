#!/usr/bin/env bash
# Lets libFuzzer look for inputs that a reader cannot stand: see --help.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=jobs/setup.sh
. "$here/../../jobs/setup.sh"

usage() {
  cat <<'HELP'
Usage: tests/fuzz/run.sh [SECONDS] [READER...]

Builds the readers with clang, libFuzzer and the sanitizers in .build/fuzz and gives each (all by default)
SECONDS (60). What it finds on its way goes to .build/fuzz/found/READER; an input that crashes a reader, or
takes 20 s, to .build/fuzz/failed-READER-*: fix it and keep the input in tests/fuzz/corpus/READER.

Exit status: 0 nothing was found; 1 something was; 2 packages missing, or usage.
HELP
}

case ${1:-} in --help | -h)
  usage
  exit 0
  ;;
esac
seconds=${1:-60}
[[ $seconds =~ ^[0-9]+$ ]] || die 2 "$seconds: expected seconds; see --help"
[ $# = 0 ] || shift
packages_install build fuzz
if [ -n "$(packages_missing build test fuzz)" ]; then die 2 "cannot build without these packages"; fi

cd "$ROOT"
cmake --preset fuzz -DBUILD_TESTING=ON >/dev/null
cmake --build --preset fuzz
readers=("$@")
if [ $# = 0 ]; then for folder in tests/fuzz/corpus/*/; do readers+=("$(basename "$folder")"); done; fi
status=0
for reader in "${readers[@]}"; do
  [ -d "tests/fuzz/corpus/$reader" ] || die 2 "$reader: no such reader"
  folders=(".build/fuzz/found/$reader" "tests/fuzz/corpus/$reader")
  if [ "$reader" = config ]; then folders+=(configs); fi
  mkdir -p "${folders[0]}"
  log=.build/fuzz/$reader.log
  # HDF5 leaks where it refuses a damaged file.
  leaks=1
  if [ "$reader" = weights ]; then leaks=0; fi
  if ! ASAN_OPTIONS=detect_leaks=$leaks ".build/fuzz/tests/fuzz/fuzz_$reader" \
    -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 \
    -artifact_prefix=".build/fuzz/failed-$reader-" "${folders[@]}" >"$log" 2>&1; then
    say "$reader: see $log"
    status=1
  fi
  printf '%s: %s\n' "$reader" "$(grep -a '^Done' "$log" || echo failed)"
done
exit $status
