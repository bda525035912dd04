// Pins the servers that provideServers() builds. Each is built inside a copy of its own module, with its own go.sum;
// this module only says which versions, and its go.sum holds what may be downloaded.
module github.com/worker-watchdog/worker-watchdog/packages/stack/servers

go 1.26.0

require (
	github.com/prometheus/alertmanager v0.34.2
	github.com/prometheus/prometheus v0.315.0
)
