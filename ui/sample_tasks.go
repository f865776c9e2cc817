package ui

import (
	"slices"

	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// What t puts into a sandbox: a little more than four workers finish at first, so that tasks are seen to wait, to go round
// and now and then to fail, and the queue to drain within half a minute.
const (
	sampleCount = 90
	sampleRate  = 8 // a second
	sampleWork  = "lognormal:600ms,0.6"
	sampleFail  = 0.04
)

var sampleBodies = [][]byte{
	[]byte("resize cat.png to 640x480"), []byte("send invoice 2041 to ada@example.org"), []byte(`{"index":"books","id":77}`),
}

// sendSamples puts test tasks into the sandbox's queue.
func (a *App) sendSamples(string) tea.Cmd {
	work, err := worker.ParseDist(sampleWork)
	if err != nil {
		a.say(levelAlarm, err.Error())
		return nil
	}
	a.say(levelNote, "Sending test tasks; e sends your own.")
	cmd := a.start(worker.Load{
		Bodies: sampleBodies, Count: sampleCount, Rate: sampleRate, Type: "sample", Work: &work, Fail: sampleFail,
	})
	a.batch.samples = true
	return cmd
}

// sampling reports whether test tasks are being published.
func (a *App) sampling() bool {
	return slices.ContainsFunc(a.batches, func(b *batch) bool { return b.samples && !b.ended })
}

// barSamples says why no test tasks can be sent. One batch of them is published at a time.
func (a *App) barSamples() string {
	if a.sampling() {
		return "the last ones are still on their way"
	}
	if why := a.barBatch(); why != "" {
		return why
	}
	return a.barPublish()
}
