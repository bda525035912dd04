#!/bin/sh
# The worker's own work: builds a report and publishes it with its file list.
set -eu
curl -sS --fail -X PUT --data "<h1>Report of $WATCHDOG_JOB_ID</h1>" "$FILES/$WATCHDOG_JOB_ID/report.html"
curl -sS --fail -X PUT --data '["report.html"]' "$FILES/$WATCHDOG_JOB_ID/files.json"
