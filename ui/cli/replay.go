package cli

import (
	"errors"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"carousel/ui"
	"carousel/ui/tape"
)

func (p *program) replayCommand() *cobra.Command {
	var (
		start time.Duration
		speed float64
	)
	c := &cobra.Command{
		Use:   "replay FILE",
		Short: "Play a recording in the console",
		Long: `Play a recording, which carousel --record FILE made, in the console's own screens: no broker is needed, and none is
touched. Space stops and plays on, < and > change the speed, comma and full stop go ten seconds back and forward.`,
		Example: "  carousel --record monday.tape\n  carousel replay monday.tape --speed 4 --start 1m30s",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("replay wants the file of one recording")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if !(speed >= 0.25 && speed <= 64) { // the negation catches NaN
				return usage("--speed wants a number from 0.25 to 64")
			}
			if start < 0 {
				return usage("--start wants a time from the beginning, such as 1m30s")
			}
			return p.replay(args[0], start, speed)
		},
	}
	c.Flags().DurationVar(&start, "start", 0, "begin at this `time` of the recording")
	c.Flags().Float64Var(&speed, "speed", 1, "how many times faster than it was, 0.25 to 64")
	return c
}

// replay shows a recording. It blocks until the user quits.
func (p *program) replay(path string, start time.Duration, speed float64) error {
	t, err := tape.Open(path)
	if err != nil {
		return usage("%s cannot be played: %v", repeated(path), plainCause(err))
	}
	s, err := p.settings()
	if err != nil {
		return err
	}
	var notices []string
	switch {
	case t.Damaged:
		notices = append(notices, "The recording is damaged: what can be read of it is played, and something is missing.")
	case t.Cut:
		notices = append(notices, "The end of the recording is missing: whoever made it was cut short.")
	}
	notices = append(notices, "A recording of "+t.Made.Format("2 January 2006, 15:04:05 MST")+". Nothing in it can be steered.")
	return p.onTerminal(s, notices, "the recording is as it was", func(c *consoleRun) error {
		options := ui.Options{
			Config: c.Console, Version: version(), Tape: t, TapeStart: start, TapeSpeed: speed, Notices: c.notices,
			Guarded: c.monitor != nil, Stop: c.stop.Done(), Input: c.keys, Output: fileOf(c.Stdout),
		}
		defer c.followJobs(&options)()
		c.monitor.await()
		_, err := ui.Run(c.now, options)
		return c.end(err)
	})
}

// recorder begins the recording that --record asks for; nil where it does not.
func (c *consoleRun) recorder() (*tape.Writer, error) {
	if c.record == "" {
		return nil, nil
	}
	w, err := tape.Create(c.record, tape.Header{
		Made: time.Now(), Version: version(), HasPool: c.watchOnly() == "", Sandbox: !c.named,
	})
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, usage("%s is there already; name a new file for the recording", repeated(c.record))
	case err != nil:
		return nil, usage("the recording %s cannot be written: %v", repeated(c.record), plainCause(err))
	}
	return w, nil
}

// recordingTrouble says why a recording is not written any more; "" when it is.
func (c *consoleRun) recordingTrouble(w *tape.Writer) string {
	if fault := w.Fault(); fault != "" {
		return "the recording " + repeated(c.record) + " cannot be written: " + fault + "; the work goes on"
	}
	return ""
}

// recorded ends a recording, and says what it lacks. It may be called of none.
func (c *consoleRun) recorded(w *tape.Writer) {
	if w == nil {
		return
	}
	err := w.Close(patienceOfDisk)
	switch fault := w.Fault(); {
	case fault != "":
		c.say("the recording " + repeated(c.record) + " is not whole: " + fault)
	case err != nil:
		c.say("the recording " + repeated(c.record) + " is not whole: " + plainCause(err).Error())
	}
}

// patienceOfDisk is how long the end of the console waits for a disk to take the end of a recording.
const patienceOfDisk = 2 * time.Second
