# shellcheck shell=bash
# Lists of runs: text files with one run a line, its arguments of normlab train quoted as in a shell;
# "normlab train" before them, empty lines and lines that begin with # may be there, as may a byte
# order mark and the line ends of Windows. To be sourced after setup.sh.

# runs_lines LIST: those of the runs.
runs_lines() {
  local wrong
  if [ ! -r "$1" ] || [ -d "$1" ]; then die 3 "$1: cannot be read"; fi
  wrong=$(runs_text "$1" | grep -naP -m 1 '[\x00-\x08\x0b-\x1f\x7f]' | cut -d : -f 1) || true
  if [ -n "$wrong" ]; then die 2 "$1:$wrong: has a character that does not print; remove it"; fi
  runs_text "$1" | sed -e '/^[[:space:]]*\(#.*\)\{0,1\}$/d'
}

# runs_text LIST: with plain line ends.
runs_text() {
  LC_ALL=C sed -e $'1s/^\xef\xbb\xbf//' -e $'s/\r$//' -- "$1"
}

# runs_get LIST NUMBER: sets the array run to the arguments of a run, from 1.
runs_get() {
  local line words
  line=$(runs_lines "$1" | sed -n "$2p") || exit $?
  if [ -z "$line" ]; then die 2 "$1: has no run $2"; fi
  # xargs takes quotes as a shell does, and runs nothing.
  words=$(xargs -n 1 printf '%s\n' <<<"$line") || die 2 "$1: run $2 cannot be understood: $line"
  mapfile -t run <<<"$words"
  if [ "${run[0]:-}" = normlab ] && [ "${run[1]:-}" = train ]; then run=("${run[@]:2}"); fi
  if [ -z "${run[0]:-}" ]; then die 2 "$1: run $2 has no arguments"; fi
}

# runs_files LIST: result files, one a line, as normlab names them.
runs_files() {
  local n i run
  # A failure within a command substitution does not end it by itself.
  n=$(runs_lines "$1" | wc -l) || exit $?
  for ((i = 1; i <= n; i++)); do
    runs_get "$1" "$i"
    "$NORMLAB" train "${run[@]}" --print-out || exit $?
  done
}

# runs_prepare STUDY: sets list to a list of the runs that are to be done, and the array files to all
# result files. STUDY: a list, or a study of normlab's (a YAML file), whose list is then kept beside
# the folder of its results, as results/NAME.runs.
runs_prepare() {
  local folder='' found
  list=$1
  case $1 in
  *.yaml | *.yml)
    "$NORMLAB" study "$1" list >/dev/null # for its warnings
    folder=$("$NORMLAB" study "$1" list --print-out)
    list=$folder.runs
    mkdir -p "$(dirname "$list")"
    "$NORMLAB" study "$1" list --commands >"$list.new"
    mv -f "$list.new" "$list"
    ;;
  esac
  found=$(runs_files "$list")
  # What is finished already is not to be done, but belongs to the comparison.
  if [ -n "$folder" ] && [ -d "$folder" ]; then
    found+=$'\n'$(find "$folder" -maxdepth 1 -name '*.h5' | sort)
  fi
  mapfile -t files < <(awk 'NF && !seen[$0]++' <<<"$found")
  if [ "${#files[@]}" = 0 ]; then die 2 "$1: has no runs"; fi
}
