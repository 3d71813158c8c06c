#!/usr/bin/env bash
# The subcommand data from outside: exit statuses, messages, files.
#   test_command.sh PROGRAM
set -u
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

# expect STATUS TEXT ARGUMENTS...: the command ends so and prints TEXT, with one line of error at most.
# What a folder holds, in one line.
names() {
  find "$1" -mindepth 1 -maxdepth 1 -printf '%f\n' | LC_ALL=C sort | tr '\n' ' '
}

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
expect 2 "expected check DIR, import FOLDER OUT, export DIR OUT, synthesize DIR or corrupt DIR OUT"
expect 2 "data: chek: expected check, import, export, synthesize or corrupt" chek "$folder"
expect 2 "expected one folder" check
expect 2 "expected one folder" check "$folder" "$folder"
expect 2 "expected one folder" check ""
expect 2 "unknown option --fast" synthesize "$folder" --fast
expect 2 "unknown option -x" synthesize "$folder" -x
expect 2 "takes no value" synthesize "$folder" --gzip=9
expect 2 "needs a value" synthesize "$folder" --train
expect 2 "data check: --seed is for import, synthesize and corrupt alone" check "$folder" --seed 3
expect 2 "data corrupt: --gzip is for synthesize alone" corrupt "$folder" "$folder/x" --gzip --kind fog
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

# corrupt: folders that are whole or not there, and that say what they are.
set_of() { "$program" data check "$1" 2>&1 | tail -n 1; }
expect 0 "40 + 30" synthesize "$folder/s" --train 40 --test 30
expect 0 "80 + 30" synthesize "$folder/z" --train 80 --test 30 --gzip
expect 0 "gaussian-noise
 Adds a normal random number to each value.
 severities 1 to 5: deviation, as a share of white
 gray: 0.08; 0.12; 0.18; 0.26; 0.38" corrupt --list
expect 2 "expected two folders, DIR and OUT" corrupt "$folder/s" --kind fog
expect 2 "expected two folders, DIR and OUT" corrupt "$folder/s" "$folder/o" --list
expect 2 "expected --kind KIND" corrupt "$folder/s" "$folder/o"
expect 2 "rain: no kind of corruption; expected one of: gaussian-noise, shot-noise" \
  corrupt "$folder/s" "$folder/o" --kind rain
expect 2 "--severity 6: expected 1 to 5" corrupt "$folder/s" "$folder/o" --kind fog --severity 6
expect 2 "invert has one severity, 1" corrupt "$folder/s" "$folder/o" --kind invert --severity 2
expect 2 "synthetic digits are drawn, not read" corrupt synthetic "$folder/o" --kind fog
expect 3 "No such file" corrupt "$folder/none" "$folder/o" --kind fog
mkdir "$folder/empty"
expect 3 "found an empty folder" corrupt "$folder/empty" "$folder/o" --kind fog
[ ! -e "$folder/o" ] || { echo "a wrong call left files"; failed=1; }

expect 0 "o/fog: MNIST format, 40 training images, fog 3, seed 7" \
  corrupt "$folder/s" "$folder/o/fog/" --kind fog --severity 3 --seed 7
expect 0 "Its test set is corrupted: fog, severity 3, seed 7. The original is MNIST format, 40 training images, hash" \
  check "$folder/o/fog"
[ "$(names "$folder/o")" = "fog " ] || failed=1
[ "$(names "$folder/o/fog")" = "corruption.txt \
t10k-images-idx3-ubyte t10k-labels-idx1-ubyte train-images-idx3-ubyte train-labels-idx1-ubyte " ] ||
  { names "$folder/o/fog"; failed=1; }
for file in train-images-idx3-ubyte train-labels-idx1-ubyte t10k-labels-idx1-ubyte; do
  cmp "$folder/s/$file" "$folder/o/fog/$file" || failed=1
done
cmp -s "$folder"/{s,o/fog}/t10k-images-idx3-ubyte && { echo "nothing is corrupted"; failed=1; }
expect 3 "o/fog: exists already; --overwrite" corrupt "$folder/s" "$folder/o/fog" --kind fog --severity 3
expect 3 "is not a folder that data corrupt has made" \
  corrupt "$folder/s" "$folder/s" --kind fog --severity 3 --overwrite
before=$(set_of "$folder/o/fog")
expect 4 "its test set is corrupted already (fog 3)" corrupt "$folder/o/fog" "$folder/o/x" --kind fog
expect 0 "fog 3, seed 7" corrupt "$folder/s" "$folder/o/fog" --kind fog --severity 3 --seed 7 --overwrite
[ "$(set_of "$folder/o/fog")" = "$before" ] || { echo "the same call gives something else"; failed=1; }
expect 0 "fog 2, seed 1" corrupt "$folder/s" "$folder/o/fog" --kind fog --severity 2 --overwrite
[ "$(names "$folder/o")" = "fog " ] || { echo "temporary folders are left"; failed=1; }
touch "$folder/o/fog/mine"
expect 3 "or has other files, too, and is not replaced" \
  corrupt "$folder/s" "$folder/o/fog" --kind fog --severity 2 --overwrite
[ -e "$folder/o/fog/mine" ] || failed=1
rm "$folder/o/fog/mine"

# Other files than those described, and a damaged description.
cp "$folder/o/fog/t10k-images-idx3-ubyte" "$folder/kept"
rm "$folder/o/fog/t10k-images-idx3-ubyte"
cp "$folder/s/t10k-images-idx3-ubyte" "$folder/o/fog"
expect 4 "corruption.txt: describes a data set of hash" check "$folder/o/fog"
"$program" load "$folder/o/fog" 4 "make the folder anew by normlab data corrupt" || failed=1
cp "$folder/kept" "$folder/o/fog/t10k-images-idx3-ubyte"
"$program" load "$folder/o/fog" 0 | grep -q "^MNIST format, 40 training images, fog 2 (" || failed=1
sed -i 's/^seed: 1/seed: x/' "$folder/o/fog/corruption.txt"
expect 4 'corruption.txt: line 5: expected what normlab data corrupt writes, found "seed: x"' \
  check "$folder/o/fog"
sed -i '/^seed/d' "$folder/o/fog/corruption.txt"
expect 4 'expected "seed: ", found its end' check "$folder/o/fog"

# Each severity of a kind, or each kind, in a folder of its own; gzip stays gzip, colour colour.
expect 0 "n/shift-5: MNIST format, 80 training images, shift 5" corrupt "$folder/z" "$folder/n" --kind shift
[ "$(names "$folder/n")" = "shift-1 shift-2 shift-3 shift-4 shift-5 " ] || failed=1
expect 0 "t10k-images-idx3-ubyte.gz gzip 30 images" check "$folder/n/shift-4"
expect 3 "n/shift-1: exists already" corrupt "$folder/z" "$folder/n" --kind all --severity 1
[ "$(names "$folder/n" | wc -w)" = 5 ] || { echo "what was refused left folders"; failed=1; }
expect 0 "stripe-1:" corrupt "$folder/z" "$folder/n" --kind all --severity 1 --overwrite
[ "$(names "$folder/n" | wc -w)" = $((4 + $("$program" data corrupt --list | grep -c '^[a-z].*[a-z]$'))) ] ||
  { names "$folder/n"; failed=1; }
mkdir "$folder/k"
for file in data_batch_1.bin data_batch_2.bin test_batch.bin; do cifar >"$folder/k/$file"; done
expect 0 "CIFAR-10 format, 4 training images, invert 1" corrupt "$folder/k" "$folder/n/k" --kind invert --severity 1
expect 0 "Its test set is corrupted: invert, severity 1" check "$folder/n/k"
cmp "$folder/k/data_batch_2.bin" "$folder/n/k/data_batch_2.bin" || failed=1
gzip "$folder/k/test_batch.bin"
expect 0 "invert 1" corrupt "$folder/k" "$folder/n/kz" --kind invert --severity 1
gunzip <"$folder/n/kz/test_batch.bin.gz" | cmp - "$folder/n/k/test_batch.bin" || failed=1
bytes() { od -An -v -tu1 -w1 "$1"; }
gunzip "$folder/k/test_batch.bin.gz"
[ "$(paste <(bytes "$folder/k/test_batch.bin") <(bytes "$folder/n/k/test_batch.bin") |
  awk '(NR - 1) % 3073 == 0 ? $1 != $2 : $1 + $2 != 255' | wc -l)" = 0 ] || { echo "not inverted"; failed=1; }

# Killed at any moment: the folder is there as it was, or whole.
for delay in 0.002 0.005 0.01 0.02 0.05; do
  { timeout -s KILL "$delay" "$program" data corrupt "$folder/s" "$folder/killed" --kind fog \
    --severity 1; } >/dev/null 2>&1
  [ ! -e "$folder/killed" ] || [[ $(set_of "$folder/killed") == "Its test set is corrupted"* ]] ||
    { echo "half a folder after $delay s"; failed=1; }
  rm -rf "$folder/killed"
done
chmod 555 "$folder/empty"
[ "$(id -u)" = 0 ] ||
  expect 3 "cannot make this folder" corrupt "$folder/s" "$folder/empty/o" --kind fog --severity 1
if [ -n "${NORMLAB_DATA:-}" ]; then
  expect 0 "This is the published MNIST." check "$NORMLAB_DATA"
  expect 0 "mean 0.130660, deviation 0.308108" check "$NORMLAB_DATA"
else
  echo "left out: NORMLAB_DATA is not set: MNIST is not checked"
fi
exit $failed
