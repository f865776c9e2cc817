package cli

import (
	"errors"
	"fmt"
	"os"
	"time"

	"carousel/broker"
	"carousel/worker/lab"
)

// labRun is one run of the lab command.
type labRun struct {
	*program
	labOptions
	study  lab.Study
	rows   []lab.Row   // as far as they have come
	told   int         // rows that are printed
	status *statusLine // nil: none
	mute   error       // standard output could not be written
}

// predict prints what the model says.
func (r *labRun) predict() error {
	r.begin("Predicted, not measured.")
	r.tell()
	r.end()
	return r.mute
}

// measure runs the study on a broker. Its rows end in order, and each is printed when it has.
func (r *labRun) measure() error {
	s, err := r.settings()
	if err != nil {
		return err
	}
	if err := s.bars(); err != nil {
		return err
	}
	on := "the sandbox"
	if !s.named {
		b, err := s.openSandbox()
		if err != nil {
			return err
		}
		defer b.Close()
	}
	b, err := r.backendFor(s, nil)
	if err != nil {
		return err
	}
	defer b.Close()
	if err := connect(r.stop, b, broker.RoleWatch, s.Broker); err != nil {
		if r.stop.Err() != nil {
			return &exit{exitInterrupted, errors.New("interrupted before anything was run")}
		}
		return err
	}
	if l := linkOf(b, broker.RoleWatch); s.named {
		on = fmt.Sprintf("%s %s at %s", l.Product, l.Version, l.Address)
	}
	r.begin(fmt.Sprintf("On %s, %s, about %s.", on, counted(len(r.rows), "run"), lab.Spell(r.expected())))
	r.follow(lab.Start(r.stop, r.study, lab.OnBroker(b.meet)))
	r.end()
	return errors.Join(r.outcome(), r.mute)
}

// bars says why the lab must not work on the broker: it enqueues and consumes there, and keeps the broker busy.
func (s settings) bars() error {
	switch x := s.context(); {
	case s.Broker.ReadOnly:
		return usage("the lab enqueues tasks and consumes them, which read-only forbids; --model predicts without a broker")
	case x.Protected:
		return usage("context %s is protected, and the lab would load its broker; name another, or predict with --model", x.Name)
	}
	return nil
}

// expected is how long the rows take by the model.
func (r *labRun) expected() (all time.Duration) {
	for _, row := range r.rows {
		all += row.Predicted.Makespan
	}
	return all
}

// follow prints the rows of a trial as they end, until it has, and on a terminal how far the one under way is.
func (r *labRun) follow(t *lab.Trial) {
	if isTerminal(r.Stderr) {
		r.status = &statusLine{out: r.Stderr}
		defer r.status.show("")
	}
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for ended := false; !ended; {
		select {
		case <-t.Ended():
			ended = true
		case <-tick.C:
		}
		r.rows = t.Rows()
		r.tell()
		if r.status != nil {
			r.status.show(progressOf(r.rows))
		}
	}
}

// progressOf tells how far the row under way is.
func progressOf(rows []lab.Row) string {
	for i, row := range rows {
		if row.State == lab.Running {
			return fmt.Sprintf("%s (%d of %d): %d of %d tasks done", row.Strategy.Name, i+1, len(rows), row.Done,
				len(row.Model.Experiment.Tasks))
		}
	}
	return ""
}

// outcome is how the study ended, as an exit status.
func (r *labRun) outcome() error {
	var why []error
	finished, cancelled := 0, false
	for _, row := range r.rows {
		switch row.State {
		case lab.Finished:
			finished++
		case lab.Cancelled:
			cancelled = true
		case lab.Failed:
			why = append(why, fmt.Errorf("%s failed: %w", row.Strategy.Name, row.Err))
		}
	}
	switch {
	case cancelled:
		why = append(why, fmt.Errorf("interrupted after %d of %s; its queues are deleted", finished, counted(len(r.rows), "run")))
		return &exit{exitInterrupted, errors.Join(why...)}
	case len(why) == 0:
		return nil
	case finished > 0:
		return &exit{exitPartly, errors.Join(why...)}
	}
	return errors.Join(why...)
}

// begin prints what is run.
func (r *labRun) begin(how string) {
	if !r.json {
		r.print(r.head(how) + r.legend())
	}
}

// tell prints the rows that have ended since the last call, or all where none is run.
func (r *labRun) tell() {
	for ; r.told < len(r.rows); r.told++ {
		row := r.rows[r.told]
		if !r.model && (row.State == lab.Waiting || row.State == lab.Running) {
			return
		}
		if r.status != nil {
			r.status.show("")
		}
		switch {
		case r.json:
			r.keep(row.WriteJSON(r.Stdout, r.lanes))
		default:
			r.print(r.bar(row))
		}
	}
}

// end prints what is to be seen when all has ended.
func (r *labRun) end() {
	if r.json {
		r.keep(r.study.WriteSummary(r.Stdout, r.rows))
		return
	}
	r.print(r.table())
	if r.lanes {
		r.print(r.allLanes())
	}
	if r.explain {
		r.print(r.differences())
	}
	r.print(r.advice())
}

// print writes a text for a person.
func (r *labRun) print(text string) {
	if !unicodeLocale(r.Getenv) {
		text = plainly.Replace(text)
	}
	_, err := fmt.Fprint(r.Stdout, text)
	r.keep(err)
}

// keep keeps the first error of standard output.
func (r *labRun) keep(err error) {
	if r.mute == nil {
		r.mute = err
	}
}

// writeCSV replaces what the file holds by the figures.
func (r *labRun) writeCSV(file *os.File) error {
	err := file.Truncate(0)
	if err == nil {
		err = lab.WriteCSV(file, r.rows)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("--csv %s is not whole: %w", repeated(r.csv), plainCause(err))
	}
	return nil
}
