#!/usr/bin/env bash
# test_install.sh CMAKE BUILD: an installed program finds its jobs, and they find it.
set -euo pipefail
# shellcheck source=tests/jobs/check.sh
. "$(dirname "${BASH_SOURCE[0]}")/check.sh"
unset NORMLAB_PROGRAM NORMLAB_ROOT

prefix=$SCRATCH/a\ prefix
check_status 0 "$1" --install "$2" --prefix "$prefix"
share=$prefix/share/normlab
for file in "$ROOT"/jobs/*.sh "$ROOT"/jobs/*.sbatch "$ROOT"/jobs/*.pbs; do
  name=jobs/${file##*/}
  case ${file##*/} in quickstart.sh | mnist.sh) continue ;; esac
  cmp "$file" "$share/$name" || fail "$name is not installed"
  check_equal "$name $(test -x "$share/$name"; echo $?)" "$name $(test -x "$file"; echo $?)"
done
diff -r -x README.md "$ROOT/configs" "$share/configs" || fail "configs differ"
for command in '' $("$prefix/bin/normlab" --print-commands | sed -n 's/^command\t\([a-z]*\).*/\1/p'); do
  page=$prefix/share/man/man1/normlab${command:+-$command}.1
  # shellcheck disable=SC2086 # no word at all for the program's own page
  "$prefix/bin/normlab" --print-manual $command | cmp - "$page" || fail "$page is not of this program"
done
bash -n "$prefix/share/bash-completion/completions/normlab" || fail "completion"

# A queue that only notes what it is given, and what the job would find.
mkdir "$SCRATCH/queue" "$SCRATCH/work"
cat >"$SCRATCH/queue/sbatch" <<'STUB'
#!/usr/bin/env bash
set -euo pipefail
folder=${*: -1}
for word; do
  case $word in *.sbatch) [ -x "$word" ] ;; esac
done
. "$folder/environment"
. "$folder/jobs/setup.sh"
. "$folder/jobs/slurm.sh"
"$NORMLAB" --version >>version
printf '<%s>' "${@//$folder/FOLDER}" "${NORMLAB//$folder/FOLDER}" >>log
echo >>log
echo 17
STUB
printf '#!/bin/sh\n' >"$SCRATCH/queue/squeue"
chmod +x "$SCRATCH/queue/"*
cd "$SCRATCH/work"
PATH=$SCRATCH/queue:$PATH
cp -r "$share/configs" .
check_status 0 "$prefix/bin/normlab" study configs/studies/s6-best.yaml submit --time=10
n=$(wc -l <results/s6-best/submissions/*/runs)
[ "$n" -gt 0 ] || fail "no runs"
check_equal "$(head -n 1 log)" "<--parsable><--output=FOLDER/run-%a.out><--job-name=s6-best><--time=10><--array=1-$n>\
<FOLDER/jobs/study.sbatch><FOLDER><FOLDER/normlab>"
check_contains log "<FOLDER/jobs/compare.sbatch>"
check_equal "$(wc -l <log)" 2
cmp results/s6-best/submissions/*/normlab "$prefix/bin/normlab" || fail "another program"
for file in "$share"/jobs/*.sbatch "$share"/jobs/s*.sh; do
  cmp "$file" results/s6-best/submissions/*/jobs/"${file##*/}" || fail "another ${file##*/}"
done
echo "all checks passed"
