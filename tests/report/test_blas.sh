#!/usr/bin/env bash
# test_blas.sh NORMLAB: matrix products are OpenBLAS's, though GSL brings a BLAS of its own.
# Exit status: 0 passed, 1 failed, 77 skipped (no glibc, or another loader).
set -euo pipefail
bound=$(LD_BIND_NOW=1 LD_DEBUG=bindings "$1" --version 2>&1 | grep -w cblas_sgemm) || {
  echo "left out: no glibc, or another loader"
  exit 77
}
printf '%s\n' "$bound"
if grep -q gslcblas <<<"$bound"; then exit 1; fi
