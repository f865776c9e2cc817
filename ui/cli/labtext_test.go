package cli

import (
	"strings"
	"testing"
	"time"

	"carousel/worker/lab"
)

func TestLabDrawsWaitsAtALoad(t *testing.T) {
	_, text, _ := invocation{args: []string{"lab", "--model", "--load", "0.8", "--strategies", "unlimited"}}.run(t)
	for _, want := range []string{"coming within", "p99    p50  █ half of the tasks waited so long at most  ▒ 99 % did\nunlimited   1.68 s   2 ms  ▒▒▒"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func TestLabDrawsInASCII(t *testing.T) {
	i := invocation{args: []string{"lab", "--model", "--lanes", "--crew", "2,1@100ms"}, env: map[string]string{"LC_ALL": "C"}}
	_, text, _ := i.run(t)
	if i := strings.IndexFunc(text, func(r rune) bool { return r > 127 }); i >= 0 {
		t.Errorf("%.20q is not ASCII in\n%s", text[i:], text)
	}
	for _, want := range []string{"took xleast  # the least possible", "\n             and left 76 tasks undone\n", "\n  w03        =#x\n", "@"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// Where hardly anything should wait, a bar is not as long as what did is longer.
func TestLabBarsFit(t *testing.T) {
	r := labRun{labOptions: labOptions{}, study: lab.Study{Tasks: []lab.Task{{}, {At: 1}}}, program: &program{}}
	r.rows = []lab.Row{{Strategy: lab.Strategies()[0], State: lab.Finished, Measured: &lab.Figures{WaitP50: time.Hour, WaitP99: 100 * time.Hour}}}
	if bar := r.bar(r.rows[0]); len([]rune(bar)) > 81 || !strings.HasSuffix(bar, "▸\n") {
		t.Errorf("the bar is %q", bar)
	}
}

func TestSixCells(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0", 0: "0", 1: "<1 ms", 499 * time.Microsecond: "<1 ms", 500 * time.Microsecond: "1 ms",
		999499 * time.Microsecond: "999 ms", 999500 * time.Microsecond: "1.00 s", 9994 * time.Millisecond: "9.99 s",
		9996 * time.Millisecond: "10.0 s", 99960 * time.Millisecond: "100 s", 999 * time.Second: "999 s", 1000 * time.Second: "0.3 h",
		99 * time.Hour: "99.0 h", 1000 * 24 * time.Hour: "1000 d",
	} {
		if got := sixCells(d); got != want || len(got) > 6 {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
	}
}

func TestSixCellsOfARate(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 0.0123: "0.012", 9.94: "9.9", 9.96: "10", 281.7: "282", 999_999: "999999", 1e6: "1e+06", 1e9: "1e+09"} {
		if got := sixCellRate(x); got != want || len(got) > 6 {
			t.Errorf("%v a second is written %q, want %q", x, got, want)
		}
	}
}

// A table without a row would tell nothing.
func TestLabTableOfNothing(t *testing.T) {
	r := &labRun{rows: []lab.Row{{State: lab.Failed}, {State: lab.Cancelled}}}
	if text := r.table(); text != "" {
		t.Errorf("where nothing was measured the table is\n%s", text)
	}
}

// A cell of a lane shows what took most of it, and nothing where less than half was worked.
func TestLaneText(t *testing.T) {
	const s = time.Second
	run := lab.Run{Stints: []lab.Stint{
		{Worker: 0, Begin: 0, End: 3 * s},
		{Worker: 1, Begin: 0, End: 9 * s},
		{Worker: 0, Begin: 3400 * time.Millisecond, End: 5 * s, Redelivered: true},
		{Worker: 0, Begin: 7600 * time.Millisecond, End: 8 * s},
		{Worker: 0, Begin: 8 * s, End: 10 * s, Lost: true},
		{Worker: 0, Begin: 11 * s}, // under way
	}}
	if got, want := laneText(run, 0, 12*s, 12), "▓▓▓↻█   ██×"; got != want {
		t.Errorf("the lane is %q, want %q", got, want)
	}
}
