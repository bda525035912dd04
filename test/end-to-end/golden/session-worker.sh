#!/bin/sh
# A shell worker whose job is done by an agent: it claims, and runs the agent under `watchdog session`. The agent prints what a real one printed.
#
# Environment as worker.program.ts, and:
#   NODE, MAIN    Node and the command line's main module
#   AGENT         codex, claude or gemini
#   WAIT_SECONDS  how long it waits between two runs of the agent
# Arguments: for each run of the agent a recording and its exit code; `asks` in place of a code: it prints what the agent prints until it asks the model, and no more.
set -u

if [ "${1:-}" = agent ]; then
  if [ "$3" = asks ]; then
    sed '/"turn.started"/q' "$2.stdout.txt"
    exec sleep 200
  fi
  [ -f "$2.stderr.txt" ] && cat "$2.stderr.txt" >&2
  [ -f "$2.stdout.txt" ] && cat "$2.stdout.txt"
  exit "$3"
fi

watchdog() {
  "$NODE" --conditions=@worker-watchdog/source "$MAIN" "$@"
}

watchdog exec --phase claim -- curl -sS --fail -d "{\"worker\":\"$WATCHDOG_WORKER_ID\"}" "$JOB_SERVICE/claim" || exit 1
while [ $# -gt 2 ]; do
  watchdog session --agent "$AGENT" --format json -- sh "$0" agent "$1" "$2"
  shift 2
  sleep "$WAIT_SECONDS"
done
# The last one in place of this shell, so that a signal reaches it.
exec "$NODE" --conditions=@worker-watchdog/source "$MAIN" session --agent "$AGENT" --format json -- sh "$0" agent "$1" "$2"
