#!/bin/sh
# One job for a coding agent. `watchdog session` runs the agent; the gate, not the agent, says whether the job is done.
#
# Needs WATCHDOG_WORKER_ID, WATCHDOG_WORKER_POOL, JOB_SERVICE (address of the job service), FILES (where artifacts are fetched), and in AGENT the agent's
# command, such as `codex exec --json`.
set -u
export WATCHDOG_VERDICT_EXIT=1

claim=$(watchdog exec --phase claim -- "$ASK" claim) || exit 1
job=$(printf '%s' "$claim" | sed -n 's/.*"job":{"id":"\([^"]*\)".*/\1/p')
[ -n "$job" ] || exit 0

# The successor of a session that died finds its predecessor's work, as JSON, in WATCHDOG_PREDECESSOR.
watchdog session --agent codex --format json -- $AGENT "Write the report of $job" || exit 1

watchdog exec --phase artifact --url "$FILES/$job/report.md" --files-url "$FILES/$job/files.json" &&
  watchdog exec --phase complete -- "$ASK" complete > /dev/null
