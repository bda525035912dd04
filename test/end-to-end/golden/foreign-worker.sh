#!/bin/sh
# A worker in plain sh that has never heard of our library, and says what it does in plain OTLP/HTTP (docs/concepts/without-the-library.md).
#
# Environment as worker.program.ts, and:
#   CLAIMS    how many jobs it claims, and works on at once until it is killed
#   AFTER     id of the process whose end it waits for
#   COMPLETES not empty: it reports its job as completed, proves nothing, and ends
set -u

attributes() {
  while [ $# -gt 1 ]; do
    printf '{"key":"%s","value":{"stringValue":"%s"}}' "$1" "$2"
    shift 2
    [ $# -gt 1 ] && printf ','
  done
}

# row NAME VALUE JOB TRACE
row() {
  printf '{"name":"%s","unit":"s","gauge":{"dataPoints":[{"timeUnixNano":"%s000000000","asDouble":%s,"attributes":[' "$1" "$(date +%s)" "$2"
  attributes worker.pool "$WATCHDOG_WORKER_POOL" worker.id "$WATCHDOG_WORKER_ID" job.id "$3" trace.id "$4"
  printf ']}]}}'
}

post() {
  curl -sS --fail -o /dev/null -H 'content-type: application/json' --data-binary @- "$OTEL_EXPORTER_OTLP_ENDPOINT/v1/$1"
}

resource() {
  printf '"resource":{"attributes":['
  attributes service.name somebody-elses-worker worker.pool "$WATCHDOG_WORKER_POOL" worker.id "$WATCHDOG_WORKER_ID"
  printf ']}'
}

random_hex() {
  od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'
}

echo started
while [ -n "${AFTER:-}" ] && kill -0 "$AFTER" 2> /dev/null; do sleep 0.2; done

claimed=""
count=0
while [ "$count" -lt "${CLAIMS:-1}" ]; do
  answer=$(curl -sS --fail -d "{\"worker\":\"$WATCHDOG_WORKER_ID\"}" "$JOB_SERVICE/claim")
  grant=$(printf '%s' "$answer" | sed -n 's/.*"server_time":\([0-9.]*\),"job":{"id":"\([^"]*\)","lease_expires_at":\([0-9.]*\).*/\2 \1 \3/p')
  [ -n "$grant" ] || exit 1
  claimed="$claimed$grant $(random_hex 16)
"
  echo "claimed ${grant%% *}"
  count=$((count + 1))
done

if [ -n "${COMPLETES:-}" ]; then
  echo "$claimed" | while read -r job _ _ trace; do
    [ -n "$job" ] || continue
    curl -sS --fail -o /dev/null -d "{\"worker\":\"$WATCHDOG_WORKER_ID\",\"job\":\"$job\"}" "$JOB_SERVICE/complete"
    {
      printf '{"resourceSpans":[{%s,"scopeSpans":[{"spans":[{"traceId":"%s","spanId":"%s","name":"finish","kind":1,' "$(resource)" "$trace" "$(random_hex 8)"
      printf '"startTimeUnixNano":"%s000000000","endTimeUnixNano":"%s000000000","attributes":[' "$(date +%s)" "$(date +%s)"
      attributes worker.phase complete job.id "$job"
      printf ']}]}]}]}'
    } | post traces
    echo "completed $job"
  done
  exit 0
fi

while :; do
  {
    printf '{"resourceMetrics":[{%s,"scopeMetrics":[{"metrics":[' "$(resource)"
    comma=""
    echo "$claimed" | while read -r job started expires trace; do
      [ -n "$job" ] || continue
      printf '%s' "$comma"
      row worker.claim.started_at "$started" "$job" "$trace"
      printf ','
      row worker.claim.lease_expires_at "$expires" "$job" "$trace"
      printf ','
      row worker.claim.alive_at "$(date +%s)" "$job" "$trace"
      comma=","
    done
    printf ']}]}]}'
  } | post metrics
  sleep 1
done
