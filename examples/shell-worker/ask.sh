#!/bin/sh
# Asks the job service for one thing and prints its JSON. No answer, or one of 500 and above, is no output and an exit code.
# The job, the worker and the artifact kinds are in the environment: `watchdog exec` puts them there, and traceparent with them.
set -eu
kinds=$(printf '%s' "${WATCHDOG_ARTIFACT_KINDS-}" | sed 's/[^,][^,]*/"&"/g')
curl -sS --fail --max-time 25 -H "traceparent: ${TRACEPARENT-}" -H 'content-type: application/json' \
  -d "{\"worker\":\"$WATCHDOG_WORKER_ID\",\"job\":\"${WATCHDOG_JOB_ID-}\",\"kinds\":[$kinds]}" "$JOB_SERVICE/$1"
