#!/usr/bin/env bash
# Lists of runs, and a study on this machine, with a program that only says what it was told.
set -euo pipefail
# shellcheck source=tests/jobs/check.sh
. "$(dirname "${BASH_SOURCE[0]}")/check.sh"

for script in local.sh submit-study.sh; do
  check_status 0 "$ROOT/jobs/$script" --help
  check_contains "$SCRATCH/out" "Usage: jobs/$script"
  check_status 2 "$ROOT/jobs/$script"
done
check_status 2 "$ROOT/jobs/local.sh" --ranks none
check_status 2 "$ROOT/jobs/local.sh" --unknown
check_status 2 "$ROOT/jobs/local.sh" one two

export NORMLAB_PROGRAM=$SCRATCH/program
cat >"$NORMLAB_PROGRAM" <<'STUB'
#!/usr/bin/env bash
case "$*" in
train*' --print-out')
  while [ "$1" != --out ]; do shift; done
  echo "$2"
  ;;
study*' --commands') cat "$2.list" ;;
study*' --print-out') echo results/s ;;
study*) echo "a study" ;;
*)
  printf '<%s>' "$@" >>log
  echo >>log
  case " $* " in *' --seed 13 '*) exit 5 ;; *' --seed 75 '*) exit 75 ;; esac
  ;;
esac
STUB
chmod +x "$NORMLAB_PROGRAM"
cd "$SCRATCH"

cat >list <<'LIST'
# a comment, and an empty line

normlab train a.yaml --set optimizer='{type: adamw, lr: 0.003}' --out results/a.h5
  a.yaml --norm "group:2" --out 'results/b c.h5'
LIST
check_status 0 "$ROOT/jobs/local.sh" list --ranks 1
cat >expected <<'LOG'
<train><a.yaml><--set><optimizer={type: adamw, lr: 0.003}><--out><results/a.h5><--resume>
<train><a.yaml><--norm><group:2><--out><results/b c.h5><--resume>
<compare><results/a.h5><results/b c.h5>
LOG
cmp log expected || fail "$(cat log)"

# A run that fails does not keep the others; one that is stopped does.
rm log
printf 'a.yaml --seed %s --out %s.h5\n' 13 a 2 b >list
check_status 5 "$ROOT/jobs/local.sh" list --ranks 1
check_equal "$(wc -l <log)" 3
rm log
printf 'a.yaml --seed %s --out %s.h5\n' 75 a 2 b >list
check_status 75 "$ROOT/jobs/local.sh" list --ranks 1
check_contains "$SCRATCH/err" "goes on"
check_equal "$(wc -l <log)" 1

# A study: what is still to be done is run, what there is besides is compared, too.
rm log
mkdir -p results/s
touch results/s/done.h5
echo "normlab train a.yaml --out results/s/new.h5 --resume" >s.yaml.list
check_status 0 "$ROOT/jobs/local.sh" s.yaml --ranks 1
check_equal "$(tail -n 1 log)" "<compare><results/s/new.h5><results/s/done.h5>"

# Wrong lists.
check_status 3 "$ROOT/jobs/local.sh" nowhere --ranks 1
echo "# nothing" >list
check_status 2 "$ROOT/jobs/local.sh" list --ranks 1
check_contains "$SCRATCH/err" "has no runs"
echo "a.yaml --norm 'batch --out x.h5" >list
check_status 2 "$ROOT/jobs/local.sh" list --ranks 1
check_contains "$SCRATCH/err" "cannot be understood"
echo "all checks passed"
