#!/bin/sh
# Puts the report into the job's slot. Not run where the job has none.
set -eu
curl -sS --fail -X PUT --data "<h1>Report of $WATCHDOG_JOB_ID</h1>" "$FILES/$WATCHDOG_DELIVERABLE_ID.html"
