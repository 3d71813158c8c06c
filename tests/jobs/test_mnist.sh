#!/usr/bin/env bash
# Finding, fetching and verifying the data, with small files and mirrors in folders.
set -euo pipefail
# shellcheck source=tests/jobs/check.sh
. "$(dirname "${BASH_SOURCE[0]}")/check.sh"
# shellcheck source=jobs/setup.sh
. "$ROOT/jobs/setup.sh"
# shellcheck source=jobs/mnist.sh
. "$ROOT/jobs/mnist.sh"

check_equal "${#MNIST_FILES[@]}" 4
NAMES=(t10k-labels-idx1-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte train-images-idx3-ubyte)

# The real files, where they are at hand, have the check sums of the script.
if [ -n "${NORMLAB_DATA:-}" ] && [ -f "$NORMLAB_DATA/train-images-idx3-ubyte.gz" ]; then
  for entry in "${MNIST_FILES[@]}"; do
    read -r sha name <<<"$entry"
    mnist_good "$NORMLAB_DATA/$name.gz" "$sha" || fail "$name has another check sum"
  done
fi

# Stand-ins on a good mirror, and other content under the same names on a bad one.
mkdir -p "$SCRATCH/good" "$SCRATCH/bad" "$SCRATCH/plain/mnist"
MNIST_FILES=()
for name in "${NAMES[@]}"; do
  echo "content of $name" >"$SCRATCH/plain/mnist/$name"
  gzip -c "$SCRATCH/plain/mnist/$name" >"$SCRATCH/good/$name.gz"
  echo "not $name" | gzip -c >"$SCRATCH/bad/$name.gz"
  MNIST_FILES+=("$(sha256sum <"$SCRATCH/plain/mnist/$name" | cut -d' ' -f1) $name")
done
export XDG_CACHE_HOME=$SCRATCH/cache
cache=$SCRATCH/cache/normlab/mnist
unset NORMLAB_DATA

# $NORMLAB_DATA comes first, and what is wrong with it is an error.
NORMLAB_DATA=$SCRATCH/good check_status 0 mnist_find
check_equal "$(cat "$SCRATCH/out")" "$SCRATCH/good"
NORMLAB_DATA=$SCRATCH/plain check_status 0 mnist_find
find_in() (NORMLAB_DATA=$1 mnist_find)
check_status 3 find_in "$SCRATCH/nowhere"
check_contains "$SCRATCH/err" "no such folder"
check_status 3 find_in "$SCRATCH"
check_contains "$SCRATCH/err" "not all there"
NORMLAB_DATA=synthetic check_status 0 mnist_find
check_equal "$(cat "$SCRATCH/out")" synthetic
[ ! -e "$cache" ] || fail "the cache was touched in spite of NORMLAB_DATA"

# Without a mirror: synthetic digits, with a notice, and nothing left behind.
MNIST_MIRRORS=("file://$SCRATCH/nowhere/")
check_status 0 mnist_find
check_equal "$(cat "$SCRATCH/out")" synthetic
check_contains "$SCRATCH/err" "synthetic digits"
check_equal "$(ls "$cache")" ""

if ! command -v curl >/dev/null; then
  echo "skipped: curl is missing"
  exit 77
fi

# A mirror with other content is passed over.
MNIST_MIRRORS=("file://$SCRATCH/bad/" "file://$SCRATCH/good/")
check_status 0 mnist_find
check_equal "$(cat "$SCRATCH/out")" "$cache"
check_contains "$SCRATCH/err" "is not the published file"
for name in "${NAMES[@]}"; do cmp "$cache/$name.gz" "$SCRATCH/good/$name.gz"; done
check_equal "$(find "$cache" -type f | wc -l)" 4

# What is there and good is used without a network; what is damaged is fetched again.
MNIST_MIRRORS=("file://$SCRATCH/nowhere/")
check_status 0 mnist_find
check_equal "$(cat "$SCRATCH/out")" "$cache"
truncate -s 20 "$cache/${NAMES[2]}.gz"
check_status 0 mnist_find
check_equal "$(cat "$SCRATCH/out")" synthetic
MNIST_MIRRORS=("file://$SCRATCH/good/")
check_status 0 mnist_find
check_equal "$(cat "$SCRATCH/out")" "$cache"

# A mirror that does not answer: 192.0.2.0/24 belongs to nobody.
rm -r "$cache"
MNIST_MIRRORS=(http://192.0.2.1/ http://192.0.2.2/ http://192.0.2.3/)
SECONDS=0
check_status 0 mnist_find
check_equal "$(cat "$SCRATCH/out")" synthetic
[ "$SECONDS" -le 20 ] || fail "gave up only after $SECONDS s"
echo "all checks passed"
