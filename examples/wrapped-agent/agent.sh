#!/bin/sh
# A stand-in for `codex exec --json`: it prints events as the real one (0.169.0) did, and works in the folder's git repository. With LOGIN=revoked its login is
# gone after its first commit.
set -eu
say() { printf '%s\n' "$1"; }
predecessor=${WATCHDOG_PREDECESSOR-}

say '{"type":"thread.started","thread_id":"01a1fe26-e93a-78e1-80c6-2ed007986bcf"}'
say '{"type":"turn.started"}'
if [ "$LOGIN" = revoked ]; then
  echo "# Report" > report.md
  git add report.md
  git commit -q -m "report: the outline"
  echo "half a sentence" >> report.md
  message='unexpected status 401 Unauthorized: Encountered invalidated oauth token for user, failing request, auth error: 401, auth error code: token_revoked'
  say "{\"type\":\"error\",\"message\":\"$message\"}"
  say "{\"type\":\"turn.failed\",\"error\":{\"message\":\"$message\"}}"
  exit 1
fi
[ -z "$predecessor" ] || printf 'successor: %s\n' "$predecessor" >&2
echo "The whole report." >> report.md
git commit -q -a -m "report: the rest"
curl -sS --fail -X PUT --data-binary @report.md "$FILES/$WATCHDOG_JOB_ID/report.md"
curl -sS --fail -X PUT --data '["report.md"]' "$FILES/$WATCHDOG_JOB_ID/files.json"
say '{"type":"item.completed","item":{"id":"item_1","type":"agent_message","text":"Done: the report is written."}}'
say '{"type":"turn.completed","usage":{"input_tokens":10,"cached_input_tokens":0,"output_tokens":5}}'
