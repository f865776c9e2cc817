//go:build !unix

package cli

// monotonicLine is for a service manager that this system does not have.
func monotonicLine() string { return "MONOTONIC_USEC=0" }
