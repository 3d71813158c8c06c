#!/usr/bin/env bash
# test_packages.sh CMAKE BUILD: the archive of the source configures without git, and knows its commit, also
# inside of another project's checkout; the Debian package has what is installed.
set -euo pipefail
# shellcheck source=tests/jobs/check.sh
. "$(dirname "${BASH_SOURCE[0]}")/check.sh"
cpack=$(dirname "$1")/cpack
[ -x "$cpack" ] || { echo "skipped: no cpack beside $1"; exit 77; }
cd "$SCRATCH"

check_status 0 "$cpack" --config "$2/CPackSourceConfig.cmake" -B "$SCRATCH"
archive=$(echo normlab-*.tar.gz)
mkdir other
git -C other init -q
tar xzf "$archive" -C other
source=other/${archive%.tar.gz}
[ ! -e "$source/.build" ] || fail "the archive has a build folder"
check_status 0 "$1" -DSOURCE="$PWD/$source" -DOUT="$PWD/commit" -P "$source/src/base/commit.cmake"
check_equal "$(cat commit)" "$(cat "$source/.commit")"
if wanted=$(git -C "$ROOT" describe --always --dirty '--exclude=*' 2>/dev/null); then
  check_equal "$(cat commit)" "$wanted"
fi
check_status 0 "$1" -S "$source" -B built -DBUILD_TESTING=OFF

if command -v dpkg-deb dpkg-shlibdeps >/dev/null; then
  check_status 0 "$cpack" --config "$2/CPackConfig.cmake" -G DEB -B "$SCRATCH"
  dpkg-deb --contents normlab_*.deb >contents
  for file in bin/normlab share/man/man1/normlab-train.1 share/bash-completion/completions/normlab \
    share/normlab/configs/s6.yaml share/normlab/jobs/train.sbatch share/doc/normlab/LICENSE; do
    check_contains contents "./usr/$file"
  done
  dpkg-deb --field normlab_*.deb Depends >depends
  check_contains depends libhdf5
  dpkg-deb --extract normlab_*.deb root
  check_status 0 root/usr/bin/normlab --version
fi
echo "all checks passed"
