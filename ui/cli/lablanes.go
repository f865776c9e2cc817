package cli

import (
	"fmt"
	"strings"
	"time"

	"carousel/worker"
	"carousel/worker/lab"
)

// shownLanes is how many workers' lanes are drawn of a run.
const shownLanes = 16

// allLanes draws for each run what its workers did when, all on one scale.
func (r *labRun) allLanes() string {
	longest := time.Duration(1)
	for _, row := range r.rows {
		longest = max(longest, row.Predicted.Makespan)
		if row.Measured != nil {
			longest = max(longest, row.Measured.Makespan)
		}
	}
	var b strings.Builder
	cells := r.columns() - 13
	fmt.Fprintf(&b, "\nLanes, %s a cell: █▓ tasks in turn, ↻ one that another worker had, × one that was lost\n",
		lab.Spell(longest/time.Duration(cells)))
	for _, row := range r.rows {
		run := row.Model
		switch {
		case row.Measured != nil:
			run = *row.Run
		case !r.model:
			continue
		}
		fmt.Fprintf(&b, "%s\n", row.Strategy.Name)
		for w := range min(len(r.study.Crew), shownLanes) {
			fmt.Fprintf(&b, "  %-4s %-5s %s\n", worker.Name(w+1), pace(r.study.Crew[w]), laneText(run, w, longest, cells))
		}
		if more := len(r.study.Crew) - shownLanes; more > 0 {
			fmt.Fprintf(&b, "  and %s more\n", counted(more, "worker"))
		}
	}
	return b.String()
}

// pace is a worker's speed, where it is not the usual one.
func pace(w lab.Worker) string {
	if w.Speed == 1 {
		return ""
	}
	return fmt.Sprintf("×%.4g", w.Speed)
}

// laneText draws a worker's tries. A cell shows the one that took most of it, if all together took half of it; where one was lost it
// shows that in any case.
func laneText(run lab.Run, w int, longest time.Duration, cells int) string {
	busy, most := make([]time.Duration, cells), make([]time.Duration, cells)
	marks := make([]rune, cells)
	width := longest / time.Duration(cells)
	turn := 0
	for _, s := range run.Stints {
		if s.Worker != w || width <= 0 {
			continue
		}
		turn++
		for c := int(s.Begin / width); c < cells && time.Duration(c)*width < s.End; c++ {
			from, to := max(s.Begin, time.Duration(c)*width), min(s.End, time.Duration(c+1)*width)
			busy[c] += to - from
			if to-from > most[c] {
				most[c], marks[c] = to-from, mark(s, turn, c == int(s.Begin/width))
			}
		}
	}
	for c := range marks {
		if 2*busy[c] < width {
			marks[c] = ' '
		}
	}
	for _, s := range run.Stints {
		if s.Worker == w && s.Lost {
			marks[min(int(s.End/max(width, 1)), cells-1)] = '×'
		}
	}
	return strings.TrimRight(string(marks), " ")
}

// mark is how a try is drawn in a cell.
func mark(s lab.Stint, turn int, first bool) rune {
	if s.Redelivered && first {
		return '↻'
	}
	return []rune("█▓")[turn%2]
}
