#!/bin/sh
# The worker's own work: builds a report and publishes it with its file list.
set -eu
curl -sS --fail -X PUT --data "<h1>Report of $1</h1>" "$FILES/$1/report.html"
curl -sS --fail -X PUT --data '["report.html"]' "$FILES/$1/files.json"
