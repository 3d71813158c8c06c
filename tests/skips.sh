# shellcheck shell=bash
# What tests say that they did not do. To be sourced after setup.sh.
#
# A line "skipped: REASON" of a test's output: something is missing that can be installed.
# A line "left out: REASON": this machine, or the data that there are, do not have it.
# A test that ctest calls skipped and that says neither has skipped without a reason.

# skips_list REPORT: "KIND<tab>TEST: REASON" of ctest's report, a line each, KIND skipped or left-out.
skips_list() {
  awk '
    function tell(kind, reason) {
      said = 1
      gsub(/&lt;/, "<", reason); gsub(/&gt;/, ">", reason); gsub(/&quot;/, "\"", reason)
      gsub(/&apos;/, "\047", reason); gsub(/&amp;/, "\\&", reason)
      print kind "\t" name ": " reason
    }
    function finish() {
      if (name != "" && skipped && !said) tell("skipped", "no reason given")
      name = ""
    }
    /<testcase / {
      finish()
      name = $0; sub(/.*<testcase name="/, "", name); sub(/".*/, "", name)
      skipped = said = 0
    }
    name != "" && /<skipped/ { skipped = 1 }
    name != "" {
      line = $0
      sub(/^[ \t]*<system-out>/, "", line); sub(/<\/system-out>.*/, "", line); sub(/\r$/, "", line)
      if (sub(/^skipped: /, "", line)) tell("skipped", line)
      else if (sub(/^left out: /, "", line)) tell("left-out", line)
    }
    END { finish() }
  ' "$1" | sort -u
}

# skips_tell REPORT: prints them, and sets n_skipped to the number of those that are skipped.
skips_tell() {
  local list skipped left_out
  list=$(skips_list "$1")
  skipped=$(sed -n 's/^skipped\t/  /p' <<<"$list")
  left_out=$(sed -n 's/^left-out\t/  /p' <<<"$list")
  if [ -n "$left_out" ]; then say "Left out on this machine:"$'\n'"$left_out"; fi
  if [ -n "$skipped" ]; then say "Skipped:"$'\n'"$skipped"; fi
  # shellcheck disable=SC2034 # for the caller
  n_skipped=$(grep -c . <<<"$skipped" || true)
}
