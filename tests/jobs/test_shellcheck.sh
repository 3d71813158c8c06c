#!/usr/bin/env bash
# All scripts of the project, clean under shellcheck.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if ! command -v shellcheck >/dev/null; then
  echo "skipped: shellcheck is missing"
  exit 77
fi
mapfile -t scripts < <(
  find jobs tests .ci -type f \( -name '*.sh' -o -name '*.sbatch' -o -name '*.pbs' -o -path '.ci/*' \) 2>/dev/null
)
# A search that finds nothing would pass.
if [ "${#scripts[@]}" -lt 5 ]; then
  echo "found only ${#scripts[@]} scripts"
  exit 1
fi
shellcheck -x "${scripts[@]}"
