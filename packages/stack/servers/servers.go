//go:build tools

// Package servers keeps the requirements of go.mod in use, so that tools that update versions leave them in.
package servers

import (
	_ "github.com/prometheus/alertmanager/cmd/alertmanager"
	_ "github.com/prometheus/prometheus/cmd/prometheus"
)
