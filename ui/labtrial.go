package ui

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"carousel/worker/lab"

	tea "github.com/charmbracelet/bubbletea"
)

// labTrial is a study that is being measured. A Cmd starts it and waits for its end.
type labTrial struct {
	study  lab.Study
	cancel context.CancelFunc
	begun  atomic.Pointer[lab.Trial] // written by the Cmd
	cut    bool                      // it was stopped, or the console left
}

// rows are the rows as they stand, or those before until the trial has predictions of its own.
func (t *labTrial) rows(before []lab.Row) []lab.Row {
	if begun := t.begun.Load(); begun != nil {
		if rows := begun.Rows(); len(rows) > 0 && rows[0].Model.Experiment.Tasks != nil {
			return rows
		}
	}
	return before
}

// studyMsg brings a study with its predictions, or what is wrong with its design.
type studyMsg struct {
	of     *labPlace
	form   *labForm // that asked for it; nil: none
	design lab.Design
	study  lab.Study
	rows   []lab.Row
	advice []string
	err    error
}

// drawStudy draws a study's tasks and lets the model predict, which takes a second where there are many.
func (s *labPlace) drawStudy(a *App, d lab.Design, form *labForm) tea.Cmd {
	s.under = true
	return a.crew.send(func(context.Context) tea.Msg {
		msg := studyMsg{of: s, form: form, design: d}
		if msg.study, msg.err = d.Study(); msg.err == nil {
			msg.rows = msg.study.Rows()
			msg.advice = msg.study.Advise(msg.rows)
		}
		return msg
	})
}

func (m studyMsg) tell(a *App) tea.Cmd {
	s := m.of
	s.under, s.wrong = false, m.err
	if m.form != nil {
		m.form.busy = false
	}
	switch {
	case m.err != nil && m.form != nil:
		s.wrong = nil // the form shows it
		m.form.refuse(m.err)
		return nil
	case m.err != nil:
		return nil
	}
	s.drawn, s.design, s.study, s.advice, s.where, s.abroad = true, m.design, m.study, m.advice, "", false
	s.take(m.rows)
	if m.form != nil && a.dialog == dialog(m.form) {
		a.dialog = nil
	}
	return nil
}

// barStart says why nothing can be measured now.
func (s *labPlace) barStart(a *App) string {
	switch {
	case a.player != nil:
		return "this is a recording"
	case s.trial != nil:
		return "it is measuring; x stops that"
	case s.under, !s.drawn:
		return "there is no study yet"
	case a.o.ReadOnly:
		return "the console is read-only, nothing is published; the predictions need no broker"
	case a.o.Context.Protected:
		return "the context " + a.o.Context.Name + " is protected, and the lab would load its broker"
	case a.o.Floor == nil:
		return "this console has no broker to measure on"
	}
	return a.away()
}

// start measures the study on the session's broker.
func (s *labPlace) start(a *App, _ string) tea.Cmd {
	ctx, cancel := context.WithCancel(a.crew.ctx)
	t := &labTrial{study: s.study, cancel: cancel}
	s.trial, s.modelled, s.follows, s.where, s.abroad = t, false, true, "", false
	rows := make([]lab.Row, len(s.rows)) // not written over: a file may be written from them
	for i := range rows {
		r := &s.rows[i]
		rows[i] = lab.Row{Strategy: r.Strategy, Predicted: r.Predicted, Model: r.Model}
	}
	s.take(rows)
	s.advice = nil
	floor := a.o.Floor
	return a.crew.send(func(context.Context) tea.Msg {
		defer cancel()
		begun := lab.Start(ctx, t.study, floor)
		t.begun.Store(begun)
		begun.Wait()
		rows := begun.Rows()
		return triedMsg{s, t, rows, t.study.Advise(rows)}
	})
}

// triedMsg brings the end of a trial: nothing is left of it at the broker.
type triedMsg struct {
	of     *labPlace
	trial  *labTrial
	rows   []lab.Row
	advice []string
}

func (m triedMsg) tell(a *App) tea.Cmd {
	s := m.of
	s.trial, s.advice = nil, m.advice
	s.take(m.rows)
	switch failed := s.failure(); {
	case m.trial.cut:
		a.say(levelNote, "the lab has stopped, and its queues are deleted")
	case failed != nil:
		a.say(levelAlarm, "the lab: "+failed.Error())
	case a.here() != place(s):
		a.say(levelNote, "the lab has measured all (6)")
	}
	return nil
}

// failure is why a row failed; nil when none did.
func (s *labPlace) failure() error {
	for i := range s.rows {
		if s.rows[i].State == lab.Failed {
			return s.rows[i].Err
		}
	}
	return nil
}

func (s *labPlace) barStop(*App) string {
	switch {
	case s.trial == nil:
		return "nothing is being measured"
	case s.trial.cut:
		return "it is stopping"
	}
	return ""
}

func (s *labPlace) stop(*App, string) tea.Cmd {
	s.leave()
	return nil
}

// leave stops a trial; its Cmd ends when its queues are deleted.
func (s *labPlace) leave() {
	if s.trial != nil {
		s.trial.cut = true
		s.trial.cancel()
	}
}

// hinders says that going elsewhere would cut a trial off.
func (s *labPlace) hinders(*App) string {
	if s.trial == nil {
		return ""
	}
	return "the lab is measuring (6); x stops it there"
}

// outstanding is how far a trial has come; "" when there is none.
func (s *labPlace) outstanding() string {
	if s.trial == nil {
		return ""
	}
	return fmt.Sprintf("%d of %s done", s.ended(), plural(len(s.rows), "run"))
}

// parting says what became of a trial that leaving has cut short.
func (s *labPlace) parting() string {
	if s.trial == nil {
		return ""
	}
	return "the lab was stopped, and its queues are deleted"
}

// mistake is the text of what is wrong with a design.
func mistake(err error) (field, text string) {
	var wrong *lab.DesignError
	if errors.As(err, &wrong) {
		return wrong.Field, wrong.Err.Error()
	}
	return "", err.Error()
}
