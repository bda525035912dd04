#!/bin/sh
# One heartbeat of a worker in plain sh. Each step is a command of its own; `watchdog exec` makes a phase of it.
#
# Needs WATCHDOG_WORKER_ID, WATCHDOG_WORKER_POOL, JOB_SERVICE (address of the job service) and FILES (where artifacts are put and fetched).
set -u
cd "$(dirname "$0")" || exit 1
# A phase that the policy does not pass ends with 1, also where its command ended with 0: so `||` and `&&` say what they seem to say.
export WATCHDOG_VERDICT_EXIT=1

phase() {
  name=$1
  shift
  watchdog exec --phase "$name" "$@"
}

# A job that an earlier run still holds, killed on the way: it is given back first, for nobody may hold two.
if watchdog status --held > /dev/null; then
  phase release --reason "the worker was started again" -- ./ask.sh release > /dev/null || exit 1
fi

phase doctor -- ./ask.sh doctor > /dev/null || exit 1
phase touch -- ./ask.sh touch > /dev/null || exit 1
phase claim -- ./ask.sh claim > /dev/null || exit 1
job=$(watchdog status --held) || exit 0

# A context that can not be read is no reason to stop: the job is built from the claim, and progress is skipped.
phase context -- ./ask.sh context > /dev/null
phase progress --stage building_artifact -- ./ask.sh progress > /dev/null

# `upload` is skipped where the job has no deliverable id. `artifact` has no command here: the gate itself fetches the addresses.
# Without a passed gate, `complete` does not even run its command.
phase build -- ./build.sh > /dev/null &&
  phase upload -- ./upload.sh &&
  phase artifact --url "$FILES/$job/report.html" --files-url "$FILES/$job/files.json" &&
  phase complete -- ./ask.sh complete > /dev/null &&
  exit 0

phase fail --reason "a phase failed; the lines above say which" -- ./ask.sh fail > /dev/null
exit 1
