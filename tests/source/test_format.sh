#!/usr/bin/env bash
# All C sources are as clang-format writes them with the project's .clang-format.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if ! command -v clang-format >/dev/null; then
  echo "skipped: clang-format is missing"
  exit 77
fi
# Each version has a form of its own.
version=$(clang-format --version | sed -n 's/.*version \([0-9]*\).*/\1/p')
if [ "$version" != 14 ]; then
  echo "left out: clang-format is of version $version, and the sources are as 14 writes them"
  exit 77
fi
if ! mapfile -t sources < <(git -c safe.directory='*' ls-files -- '*.c' '*.h') ||
  [ "${#sources[@]}" = 0 ]; then
  mapfile -t sources < <(find src include tests -name '*.[ch]')
fi
present=()
for file in "${sources[@]}"; do
  if [ -e "$file" ]; then present+=("$file"); fi
done
# A search that finds nothing would pass, and so would a formatter that finds nothing.
if [ "${#present[@]}" -lt 100 ]; then
  echo "found only ${#present[@]} sources"
  exit 1
fi
if clang-format -n -Werror --assume-filename=a.c <<<'int  a ;' 2>/dev/null; then
  echo "clang-format takes anything"
  exit 1
fi
clang-format -n -Werror "${present[@]}"
echo "${#present[@]} files"
