#!/usr/bin/env bash
# Builds, rewrites, runs every scenario with each strategy under Microsoft Coyote's own tool, and prints a table; see docs/guides/coyote.md.
#   ./coyote.sh [SCHEDULES [STRATEGY...]]      without them: 100 schedules; random, prioritization, q-learning
# Exit status 0: no violation. 1: a violation. 2: wrong usage, or it does not build.
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 COYOTE_CLI_TELEMETRY_OPTOUT=1
schedules=${1:-100}
strategies=(random prioritization q-learning)
[[ $# -lt 2 ]] || strategies=("${@:2}")
if [[ ! $schedules =~ ^[1-9][0-9]*$ ]]; then
  echo "coyote.sh: '$schedules' is no number of schedules; write ./coyote.sh 1000, or ./coyote.sh 1000 random" >&2
  exit 2
fi

for strategy in "${strategies[@]}"; do
  case $strategy in
    random | probabilistic | prioritization | fair-prioritization | delay-bounding | fair-delay-bounding | q-learning) ;;
    *)
      echo "coyote.sh: Coyote has no strategy '$strategy'; it has random, probabilistic, prioritization, fair-prioritization," \
        "delay-bounding, fair-delay-bounding, q-learning" >&2
      exit 2
      ;;
  esac
done

if ! log=$(dotnet tool restore 2>&1 && dotnet build Raft.Verification -c Release 2>&1 && dotnet coyote rewrite coyote.json 2>&1); then
  echo "$log" >&2
  echo "coyote.sh: nothing ran under Coyote: it cannot be restored, built or rewritten" >&2
  exit 2
fi

# The list of explore: the scenario crash-recovery is the test CrashRecovery.
if ! list=$(dotnet Raft.Verification/bin/Release/net10.0/Raft.Verification.dll explore --list); then
  exit 2
fi

scenarios=$(awk '$2 ~ /^[0-9]+$/ {
  n = split($1, words, "-")
  for (i = 1; i <= n; i++) printf "%s", toupper(substr(words[i], 1, 1)) substr(words[i], 2)
  print ""
}' <<< "$list")
if [[ -z $scenarios ]]; then
  echo "coyote.sh: 'raft-verify explore --list' lists no scenario" >&2
  exit 2
fi

# Coyote runs one thread at a time: on one core they need not be moved from one to another.
pin=()
if command -v taskset > /dev/null; then
  pin=(taskset -c 0)
fi

out=Raft.Verification/bin
status=0
printf '%-16s %-20s %10s %8s %20s %9s\n' scenario strategy schedules seconds 'decisions/schedule' bugs
for scenario in $scenarios; do
  for strategy in "${strategies[@]}"; do
    report=$out/coyote-reports/$scenario-$strategy
    mkdir -p "$report"
    code=0
    # Bash before 4.4 takes an empty array for an unset variable.
    ${pin[@]+"${pin[@]}"} dotnet coyote test $out/rewritten/Raft.Verification.dll -m $scenario -i "$schedules" -s "$strategy" \
      --partial-control none --deadlock-timeout 60000 -o "$report" > "$report/log.txt" 2>&1 || code=$?
    if [[ $code -ne 0 && $code -ne 2 ]]; then
      tail -5 "$report/log.txt" >&2
      exit 2
    fi

    number() { grep -E "$1" "$report/log.txt" | grep -oE "$2" | grep -oE '[0-9]+(\.[0-9])?' | head -1 || true; }
    bugs=$(number Found 'Found [0-9]+ bug')
    printf '%-16s %-20s %10s %8s %20s %9s\n' "$scenario" "$strategy" "$(number Explored 'Explored [0-9]+ ')" \
      "$(number Elapsed 'Elapsed [0-9.]+')" "$(number 'scheduling decisions' '[0-9]+ \(avg\)')" "$bugs"
    if [[ $bugs != 0 ]]; then
      status=1
      grep -E 'is violated|drawn with' "$report/log.txt" | sort -u
      trace=$(ls "$report"/CoyoteOutput/*.trace | tail -1)
      echo "What happened: $report/log.txt; again: dotnet coyote replay $out/rewritten/Raft.Verification.dll $trace -m $scenario"
    fi
  done
done

exit $status
