package broker

import (
	"testing"
	"time"
)

func TestSideOf(t *testing.T) {
	for name, want := range map[string]string{
		"jobs": "", "jobs.dead": "jobs", ".dead": "", "jobs.deadline": "", RetryQueue("jobs", 4*time.Second): "jobs",
		"jobs.retry.": "", "jobs.retry.soon": "", "jobs.retry.007": "", ".retry.5": "", "a.retry.5.retry.7": "a.retry.5", "dead": "",
	} {
		if queue, yes := SideOf(name); queue != want || yes != (want != "") {
			t.Errorf("%q: of %q, %v; want %q", name, queue, yes, want)
		}
	}
}
