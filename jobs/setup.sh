# shellcheck shell=bash
# Functions of the scripts: packages, build, MPI. To be sourced, under set -euo pipefail.
# Messages go to standard error.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Where it was built, or installed: this is then share/normlab.
NORMLAB=$ROOT/.build/release/normlab
if [ ! -e "$ROOT/CMakeLists.txt" ] && [ -x "$ROOT/../../bin/normlab" ]; then
  # shellcheck disable=SC2034 # used by those who source this
  NORMLAB=$(cd "$ROOT/../../bin" && pwd)/normlab
fi
PACKAGES=$ROOT/jobs/packages.txt
PACKAGE_NAMES=$ROOT/jobs/package-names.txt
# What the system says of its processors: a container's quota, those of this process, and their cores.
CPU_QUOTA=/sys/fs/cgroup/cpu.max
CPU_ALLOWED=/proc/self/status
CPU_FOLDER=/sys/devices/system/cpu

say() {
  printf '%s\n' "$*" >&2
}

# die STATUS TEXT
die() {
  say "error: $2"
  exit "$1"
}

# check_present CHECK: is what packages.txt describes like this there?
check_present() {
  local what=${1#*:} name
  case $1 in
  command:*) command -v "$what" >/dev/null ;;
  cmake:*)
    name=$(cmake --version 2>/dev/null | sed -n 's/^cmake version //p')
    [ "$(printf '%s\n' "$what" "$name" | sort -V | head -n 1)" = "$what" ]
    ;;
  header:*) printf '#include <%s>\n' "$what" | cc -E -x c - >/dev/null 2>&1 ;;
  pkg-config:*)
    for name in ${what//,/ }; do
      if pkg-config --exists "$name" 2>/dev/null; then return 0; fi
    done
    return 1
    ;;
  python:*)
    # A python3 that comes first in the path need not be the one packages are installed for.
    python3 -c "import $what" 2>/dev/null || /usr/bin/python3 -c "import $what" 2>/dev/null
    ;;
  library:*) PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null | grep -wF "$what" >/dev/null ;;
  file:*) [ -e "$what" ] ;;
  *) die 2 "$PACKAGES: no such check: $1" ;;
  esac
}

# packages_missing NEED...: prints "package what for" of what is missing for these needs.
packages_missing() {
  local need package check what wanted
  while read -r need package check what; do
    case $need in '' | '#'*) continue ;; esac
    for wanted in "$@"; do
      if [ "$need" = "$wanted" ] && ! check_present "$check"; then
        printf '%s %s\n' "$package" "$what"
      fi
    done
  done <"$PACKAGES"
}

is_debian() {
  command -v apt-get >/dev/null && [ -r /etc/os-release ] &&
    (
      # shellcheck source=/dev/null
      . /etc/os-release
      [[ " ${ID:-} ${ID_LIKE:-} " == *" debian "* ]]
    )
}

# as_root COMMAND...: fails if this user cannot.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif ! command -v sudo >/dev/null; then
    return 1
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

# packages_elsewhere PACKAGE...: how the package systems that are here would install them.
packages_elsewhere() {
  local entry names system column=1
  for entry in 'dnf install' 'zypper install' 'spack install' 'conda install -c conda-forge' \
    'brew install'; do
    column=$((column + 1))
    system=${entry%% *}
    if ! command -v "$system" >/dev/null; then continue; fi
    names=$(printf '%s\n' "$@" | awk -v column="$column" \
      'NR == FNR { if (!/^#/) name[$1] = $column; next }
       name[$1] != "" && name[$1] != "-" { print name[$1] }' "$PACKAGE_NAMES" - | tr '\n' ' ')
    if [ -n "$names" ]; then say "With $system: $entry ${names% }"; fi
  done
}

# packages_install NEED...: installs what is missing where that can be done, and names what is
# missing afterwards. Always succeeds: ask packages_missing.
packages_install() {
  local missing names still
  missing=$(packages_missing "$@")
  if [ -z "$missing" ]; then return 0; fi
  mapfile -t names < <(cut -d' ' -f1 <<<"$missing")
  if is_debian; then
    say "Installing ${names[*]}"
    # A source that cannot be reached need not be the one that has the packages.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 update \
      </dev/null >/dev/null || say "warning: apt-get update failed"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 \
      -o Acquire::Retries=2 install -y --no-install-recommends "${names[@]}" </dev/null >/dev/null ||
      say "warning: apt-get install failed"
    hash -r
  fi
  still=$(packages_missing "$@")
  if [ -n "$still" ]; then
    say "Missing (Debian's names):"
    printf '  %s\n' "${still//$'\n'/$'\n'  }" >&2
    say "On Debian: apt-get install -y --no-install-recommends $(cut -d' ' -f1 <<<"$still" | tr '\n' ' ')"
    mapfile -t names < <(cut -d' ' -f1 <<<"$still")
    packages_elsewhere "${names[@]}"
    if [ -e "$ROOT/.packaging/README.md" ]; then say "Without root: see .packaging/README.md"; fi
  fi
}

# Processors this process may use, within the container's quota. nproc would take OMP_NUM_THREADS
# for an answer.
allowed_processors() {
  local n quota period
  n=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)
  if read -r quota period 2>/dev/null <"$CPU_QUOTA" && [ "$quota" != max ]; then
    quota=$(((quota + period - 1) / period))
    if [ "$quota" -lt "$n" ]; then n=$quota; fi
  fi
  echo "$n"
}

# Cores among them: threads of one core count once.
allowed_cores() {
  local n cores cpu first last file
  n=$(allowed_processors)
  cores=$(
    sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "$CPU_ALLOWED" | tr ',' '\n' |
      while IFS=- read -r first last; do
        for ((cpu = first; cpu <= ${last:-first}; cpu++)); do
          file=$CPU_FOLDER/cpu$cpu/topology/thread_siblings_list
          cat "$file" 2>/dev/null || echo "$cpu"
        done
      done | sort -u | wc -l
  )
  if [ "$cores" -ge 1 ] && [ "$cores" -lt "$n" ]; then n=$cores; fi
  echo "$n"
}

# Lets Open MPI run as root, as containers do.
mpi_environment() {
  if [ "$(id -u)" = 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  fi
  # Containers often forbid copying between processes; Open MPI then complains at every message.
  export OMPI_MCA_btl_vader_single_copy_mechanism=none
}

# mpirun_options THREADS: sets options to what binds each rank to so many cores, or, with 0, lets
# ranks share them and be more than these; by the kind of mpirun that is there.
# shellcheck disable=SC2034 # used by those who call it
mpirun_options() {
  options=()
  case $1:$(mpirun --version 2>/dev/null | head -n 3) in
  0:*'Open MPI'*) options=(--oversubscribe --bind-to none) ;;
  0:*Intel*) options=(-genv I_MPI_PIN 0) ;;
  0:*HYDRA*) options=(-bind-to none) ;;
  *'Open MPI'*) options=(--map-by "slot:PE=$1" --bind-to core) ;;
  *Intel*) options=(-genv I_MPI_PIN_DOMAIN "$1") ;;
  *HYDRA*) options=(-bind-to "core:$1") ;;
  esac
}

# build PRESET CMAKE-OPTION...: configures and builds .build/PRESET; says what it does.
build() {
  local preset=$1
  shift
  say "Building .build/$preset"
  (
    cd "$ROOT" || exit 3
    cmake --preset "$preset" "$@" >&2
    cmake --build --preset "$preset" -j "$(allowed_processors)" >&2
  )
}
