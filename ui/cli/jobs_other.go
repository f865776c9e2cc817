//go:build !unix

package cli

// jobs is job control, which this system does not have.
type jobs struct {
	suspend   chan struct{}
	continued chan struct{}
}

func watchJobs() *jobs { return &jobs{} }

func (j *jobs) end() {}

func (j *jobs) halt() bool { return false }

func (j *jobs) lend(use func() error) error { return use() }

func stayAtPost() {}
