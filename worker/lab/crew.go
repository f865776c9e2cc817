package lab

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// MaxCrew is how many workers an experiment may have.
const MaxCrew = 1000

const crewForms = `"8" (workers), "7,1x0.25" (seven, and one at a quarter of the speed) and "7,1@2s" (one dies after two seconds)`

// ParseCrew reads groups of workers, divided by commas: a number, then where wanted "x" and their speed, then "@" and when they die.
// "6,1x0.25,1x2@500ms" are six usual workers, a slow one, and a fast one that dies. Its errors name what is wrong and the forms.
func ParseCrew(s string) ([]Worker, error) {
	var crew []Worker
	for group := range strings.SplitSeq(s, ",") {
		n, w, wrong := parseGroup(strings.TrimSpace(group))
		if wrong == "" && len(crew)+n > MaxCrew {
			wrong = fmt.Sprintf("it has more than %d workers", MaxCrew)
		}
		if wrong != "" {
			return nil, fmt.Errorf("%q is not a crew: %s; write %s", s, wrong, crewForms)
		}
		for range n {
			crew = append(crew, w)
		}
	}
	return crew, nil
}

func parseGroup(s string) (n int, w Worker, wrong string) {
	w.Speed = 1
	s, dies, mortal := strings.Cut(s, "@")
	count, speed, paced := strings.Cut(s, "x")
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 {
		return 0, w, fmt.Sprintf("%q is not a number of workers", count)
	}
	if paced {
		w.Speed, err = strconv.ParseFloat(speed, 64)
		if err != nil || !(w.Speed >= 0.01 && w.Speed <= 100) { // the negation catches NaN
			return 0, w, fmt.Sprintf("the speed %q is not a number from 0.01 to 100", speed)
		}
	}
	if mortal {
		w.Dies, err = time.ParseDuration(dies)
		if err != nil || w.Dies <= 0 {
			return 0, w, fmt.Sprintf("%q is not a time to die at", dies)
		}
	}
	return min(n, MaxCrew+1), w, ""
}

// CrewText is what ParseCrew reads back to the same crew.
func CrewText(crew []Worker) string {
	var text []string
	for i := 0; i < len(crew); {
		n := 1
		for i+n < len(crew) && crew[i+n] == crew[i] {
			n++
		}
		group := strconv.Itoa(n)
		if crew[i].Speed != 1 {
			group += "x" + strconv.FormatFloat(crew[i].Speed, 'g', -1, 64)
		}
		if crew[i].Dies > 0 {
			group += "@" + crew[i].Dies.String()
		}
		text, i = append(text, group), i+n
	}
	return strings.Join(text, ",")
}

// Takes is how long the worker is at so much work, rounded up.
func (w Worker) Takes(work time.Duration) time.Duration {
	return time.Duration(math.Ceil(float64(work) / w.Speed))
}
