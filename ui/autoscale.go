package ui

import (
	"time"

	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// autoscaled says between which numbers the pool sets its own, and for how long a person's stands; "" when it sets none.
func autoscaled(s worker.Autoscaling, now time.Time) string {
	if !s.On {
		return ""
	}
	text := "auto " + count(int64(s.Min)) + "–" + count(int64(s.Max))
	if left := s.Until.Sub(now); left > 0 {
		text += ", by hand for " + span(left.Truncate(time.Second))
	}
	return text
}

// autoscaleHint is the newest reason for the number of workers; "" when the pool does not set it.
func (s *scene) autoscaleHint() string {
	if s.pool.Auto.Until.After(s.now) {
		return "a person has set the number; : autoscale goes on at once"
	}
	return plain(s.pool.Auto.Why)
}

// autoscaleWhy is the sentence that explains the number of workers; "" when the pool does not set it.
func (s *scene) autoscaleWhy() string {
	auto := s.pool.Auto
	switch {
	case !auto.On:
		return ""
	case auto.Until.After(s.now):
		return "Autoscaling waits for " + span(auto.Until.Sub(s.now).Truncate(time.Second)) + ", for a person has set the number; : autoscale goes on at once."
	case auto.Why == "":
		return "Autoscaling begins."
	}
	return plural(s.pool.Target, "worker") + " of " + count(int64(auto.Min)) + " to " + count(int64(auto.Max)) + ", by autoscaling: " + plain(auto.Why) + "."
}

// scaling is what autoscaling does about a number of workers that is too small, after the sentence that says so; "" when it is off.
func (s *scene) scaling() string {
	auto := s.pool.Auto
	switch {
	case !auto.On:
		return ""
	case auto.Until.After(s.now):
		return "; autoscaling waits, a person has set the number" + s.keyHint(": autoscale")
	case s.pool.Target >= auto.Max:
		return "; autoscaling stops at " + count(int64(auto.Max))
	case s.pool.Target > s.pool.Size:
		return "; autoscaling starts " + count(int64(s.pool.Target-s.pool.Size)) + " more"
	}
	return "; autoscaling is at " + count(int64(s.pool.Target)) + " of at most " + count(int64(auto.Max)) // and v says why
}

// hiring says, without a stop, how a pool comes to so many workers more.
func (s *scene) hiring(more int) string {
	auto, least := s.pool.Auto, "at least "+plural(more, "worker")+" more"
	switch {
	case !auto.On:
		return "Start " + least + " (+)"
	case auto.Until.After(s.now):
		return "Let autoscaling go on (: autoscale), or start " + least + " (+)"
	case s.pool.Target >= auto.Max:
		return "Raise workers.autoscale.max, or start " + least + " by hand (+), which autoscaling leaves alone for a time"
	}
	return "Wait: autoscaling starts what it finds needed"
}

// autoscaleEntry is the palette's way to switch autoscaling on and off; no key does.
var autoscaleEntry = entry{
	text: "autoscale: let the pool set its number of workers, or stop that", where: "pool", bar: (*App).barPool, do: (*App).autoscale,
}

// autoscale lets the pool set its number of workers, or go on with it where a person has set the number; or stops it.
func (a *App) autoscale() tea.Cmd {
	auto := a.o.Pool.Status().Auto
	on := !auto.On || auto.Until.After(time.Now())
	err := a.o.Pool.Autoscale(on)
	auto = a.o.Pool.Status().Auto
	if on {
		return a.steered("autoscaling is on: from "+count(int64(auto.Min))+" to "+plural(auto.Max, "worker"), err)
	}
	return a.steered("autoscaling is off; the number of workers stays as it is", err)
}
