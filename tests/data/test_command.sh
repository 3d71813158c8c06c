#!/usr/bin/env bash
# The subcommand data from outside: exit statuses, messages, files.
#   test_command.sh PROGRAM
set -u
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

# expect STATUS TEXT ARGUMENTS...: the command ends so and prints TEXT, with one line of error at most.
expect() {
  local status=$1 text=$2 output rc lines
  shift 2
  output=$("$program" data "$@" 2>&1)
  rc=$?
  output=$(tr -s ' ' <<<"$output")
  lines=$(grep -c 'normlab: error:' <<<"$output")
  if [ "$rc" != "$status" ] || [[ $output != *"$text"* ]] ||
    [ "$lines" != $((status == 0 ? 0 : 1)) ]; then
    printf 'data %s: expected status %s and "%s", got %s:\n%s\n' "$*" "$status" "$text" "$rc" "$output"
    failed=1
  fi
}

expect 0 "Usage: normlab data check DIR" --help
expect 0 "Usage: normlab data check DIR" check --help
expect 0 "Usage: normlab data check DIR" synthesize -h
expect 2 "expected check DIR or synthesize DIR"
expect 2 "data: chek: expected check or synthesize" chek "$folder"
expect 2 "expected one folder" check
expect 2 "expected one folder" check "$folder" "$folder"
expect 2 "expected one folder" check ""
expect 2 "unknown option --fast" synthesize "$folder" --fast
expect 2 "unknown option -x" synthesize "$folder" -x
expect 2 "takes no value" synthesize "$folder" --gzip=9
expect 2 "needs a value" synthesize "$folder" --train
expect 2 "data check: --seed is for synthesize alone" check "$folder" --seed 3
for value in 0 -1 1x "" 10000001 99999999999999999999999; do
  expect 2 "expected 1 to 10000000" synthesize "$folder" --train "$value"
done
[ -z "$(ls -A "$folder")" ] || { echo "a wrong option left files"; failed=1; }

expect 3 "No such file" check "$folder/none"
expect 3 "missing" check "$folder"
expect 0 "30 + 20 synthetic digits, seed 7" synthesize "$folder/a" --train 30 --test 20 --seed 7
expect 0 "class train test
0 3 2" check "$folder/a"
expect 0 "This is not the published MNIST." check "$folder/a"
expect 3 "--overwrite" synthesize "$folder/a" --train 30 --test 20 --gzip
expect 0 "synthetic digits" synthesize "$folder/b" --train 60 --test 20 --seed 7 --gzip
gunzip -k "$folder"/b/*.gz || failed=1
cmp -s "$folder"/{a,b}/t10k-images-idx3-ubyte || { echo "test images depend on --train"; failed=1; }
rm "$folder"/b/*-ubyte
expect 0 "gzip 60 images 28 x 28" check "$folder/b"
expect 0 "31 + 10" synthesize "$folder/b" --train 31 --test 10 --overwrite
[ "$(find "$folder/b" -type f | wc -l)" = 4 ] || { echo "old files are left"; failed=1; }
truncate -s -1 "$folder/b/train-images-idx3-ubyte"
expect 4 "cannot be used" check "$folder/b"
expect 4 "b/train-images-idx3-ubyte: byte 4: expected a file of 24320 bytes" check "$folder/b"
rm "$folder/a/t10k-labels-idx1-ubyte"
expect 3 "t10k-labels-idx1-ubyte missing" check "$folder/a"
cifar() { for label in '\1' '\7'; do
  printf '%b' "$label"
  head -c 3072 /dev/urandom
done; }
mkdir "$folder/c"
cifar >"$folder/c/data_batch_1.bin"
expect 3 "no test_batch.bin" check "$folder/c"
cifar | gzip >"$folder/c/test_batch.bin.gz"
expect 0 "data_batch_1.bin plain 2 images 3 x 32 x 32
test_batch.bin.gz gzip 2 images 3 x 32 x 32" check "$folder/c"
expect 0 "7 1 1
8 0 0
9 0 0
all 2 2" check "$folder/c"
expect 0 "This has the format of CIFAR-10" check "$folder/c"
truncate -s -1 "$folder/c/data_batch_1.bin"
expect 4 "data_batch_1.bin cannot be used" check "$folder/c"
expect 4 "data_batch_1.bin: byte 6145: expected whole records of 3073 bytes" check "$folder/c"
cp "$folder/b/t10k-images-idx3-ubyte" "$folder/c"
expect 4 "expected either MNIST's files or CIFAR-10's" check "$folder/c"
"$program" data check "$folder/b" >/dev/full 2>/dev/null && { echo "a full disk was not noticed"; failed=1; }
if [ -n "${NORMLAB_DATA:-}" ]; then
  expect 0 "This is the published MNIST." check "$NORMLAB_DATA"
  expect 0 "mean 0.130660, deviation 0.308108" check "$NORMLAB_DATA"
else
  echo "left out: NORMLAB_DATA is not set: MNIST is not checked"
fi
exit $failed
