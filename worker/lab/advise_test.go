package lab

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// study is one of all strategies on 240 tasks.
func study(t *testing.T, workload, team string, load float64) Study {
	t.Helper()
	crew, err := ParseCrew(team)
	if err != nil {
		t.Fatal(err)
	}
	return Study{Workload: workload, Seed: 1, Tasks: of(t, workload, 240, crew, load, 1), Crew: crew, Strategies: Strategies()}
}

// finished gives each row what the model says as what was measured, with these costs.
func finished(s Study, rows []Row, costs Costs) {
	for i := range rows {
		run := ModelWith(s.Experiment(rows[i].Strategy), costs)
		f := run.Figures()
		rows[i].Run, rows[i].Measured, rows[i].State = &run, &f, Finished
	}
}

func TestAdvice(t *testing.T) {
	for _, c := range []struct {
		name, workload, crew string
		load                 float64
		predicted, measured  []string
	}{
		{"a slow worker", "image", "7,1x0.25", 0, []string{
			"For this workload and this crew the model says: prefetch-1. It would take 341 ms, 1.05 times the least possible.",
			"prefetch-10 would take 1.6 times as long: for 43 % of that fewer than half of the workers would have a task",
			"prefetch-100, unlimited and static would take 3.3 times as long: for 74 % of that fewer than half",
			"Equal numbers of tasks are not equal work: static would be even by count (1.000) and uneven by work (0.678).",
		}, []string{
			"For this workload and this crew: prefetch-1. It took 341 ms, 1.05 times the least possible.",
			"prefetch-10 took 1.6 times as long: for 43 % of that fewer than half of the workers had a task, because all that was left",
			"static was even by count (1.000) and uneven by work (0.678).",
		}},
		{"at a load", "image", "7,1x0.25", 0.7, []string{
			"For this workload and this crew the model says: priority. Half of the tasks would wait 0 ms at most, and 1 % longer than 10 ms.",
			"prefetch-10 would make 1 % of the tasks wait 29.6 times as long: workers would be idle for 31 % of their time",
		}, []string{
			"For this workload and this crew: prefetch-1. Half of the tasks waited 0 ms at most",
			"made 1 % of the tasks wait",
			"workers were idle for",
		}},
		{"all alike", "constant", "4", 0,
			[]string{"The model says that it makes little difference: all are within 1 %. The simplest is prefetch-1."},
			[]string{"Here it makes little difference: all are within 1 %. The simplest is prefetch-1."}},
		{"a dying worker", "constant", "4,1@100ms", 0,
			[]string{"static would leave ", " tasks undone: the only worker of their queue dies."},
			[]string{"static left ", " tasks undone: the only worker of their queue died."}},
	} {
		s := study(t, c.workload, c.crew, c.load)
		rows := s.Rows()
		advised := func(kind string, want []string) {
			says := strings.Join(s.Advise(rows), "\n")
			for _, text := range want {
				if !strings.Contains(says, text) {
					t.Errorf("%s, %s: %q is not in\n%s", c.name, kind, text, says)
				}
			}
		}
		advised("predicted", c.predicted)
		finished(s, rows, Costs{})
		advised("measured", c.measured)
	}
}

// What failed or was cut short is left out, and that is told; also where nothing was measured, and the predictions are all there is.
func TestAdviceTellsWhatItLeavesOut(t *testing.T) {
	s := study(t, "image", "7,1x0.25", 0)
	rows := s.Rows()
	finished(s, rows, Costs{})
	for i, state := range map[int]State{1: Failed, 3: Failed, 4: Cancelled} {
		rows[i].State, rows[i].Measured = state, nil
	}
	says := strings.Join(s.Advise(rows), "\n")
	for _, want := range []string{
		"prefetch-10 and unlimited are left out: their runs failed.",
		"static is left out: its run did not come to an end.",
	} {
		if !strings.Contains(says, want) {
			t.Errorf("%q is not in\n%s", want, says)
		}
	}
	if n := strings.Count(says, "unlimited"); n != 1 {
		t.Errorf("what failed is told of %d times in\n%s", n, says)
	}
	for i := range rows {
		rows[i].State, rows[i].Measured = Failed, nil
	}
	if says := s.Advise(rows); len(says) == 0 || !strings.Contains(says[0], "the model says") || strings.Contains(strings.Join(says, "\n"), "left out") {
		t.Errorf("where all failed it says %q", says)
	}
}

// What was measured counts, and then only that.
func TestAdviceGoesByWhatWasMeasured(t *testing.T) {
	s := study(t, "image", "7,1x0.25", 0)
	s.Strategies = s.Strategies[:2]
	rows := s.Rows()
	for i := range rows {
		run := ModelWith(s.Experiment(s.Strategies[i]), Costs{Trip: 40 * ms * time.Duration(1-i)})
		f := run.Figures()
		rows[i].Run, rows[i].Measured, rows[i].State = &run, &f, Finished
	}
	says := s.Advise(rows)
	if len(says) < 2 || !strings.HasPrefix(says[0], "For this workload and this crew: prefetch-10.") || !strings.HasPrefix(says[1], "prefetch-1 took") {
		t.Errorf("where deliveries are slow it says %q", says)
	}
	rows[1].Measured = nil
	if says := s.Advise(rows); says != nil {
		t.Errorf("of one row it says %q", says)
	}
}

// Most of a crew that is larger than the backlog does nothing, which is not even.
func TestAdviceOnFewTasks(t *testing.T) {
	s := study(t, "image", "500", 0)
	s.Tasks = s.Tasks[:10]
	if says := strings.Join(s.Advise(s.Rows()), "\n"); says == "" || strings.Contains(says, "even by count") {
		t.Errorf("it says\n%s", says)
	}
}

// A prefetch above 1 hides slow deliveries; the one that would is told, unless one was tried.
func TestAdviceTellsWhatDeliveriesCost(t *testing.T) {
	const hint = "Between two tasks a worker waited 1 ms for the next, 7 % of a task's time; a prefetch of 2 would hide that"
	s := Study{Tasks: works(slices.Repeat([]time.Duration{10 * ms}, 40)...), Crew: crew(1, 0.5)}
	for names, want := range map[string]bool{"prefetch-1,static": true, "prefetch-1,prefetch-2,static": false} {
		s.Strategies, _ = ParseStrategies(names)
		rows := s.Rows()
		finished(s, rows, Costs{Trip: ms})
		if says := strings.Join(s.Advise(rows), "\n"); strings.Contains(says, hint) != want {
			t.Errorf("of %s it says\n%s", names, says)
		}
	}
}

func TestJSON(t *testing.T) {
	s := study(t, "image", "3,1x0.5", 0)
	rows := s.Rows()
	run := rows[0].Model
	f := run.Figures()
	rows[0].Run, rows[0].Measured, rows[0].State, rows[0].Why = &run, &f, Finished, []string{"It took as long."}
	var out bytes.Buffer
	if err := s.WriteJSON(&out, rows, true); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(rows)+1 {
		t.Fatalf("%d lines for %d rows", len(lines), len(rows))
	}
	for i, line := range lines {
		var got struct {
			Event, State, Strategy, Crew string
			Measured, Predicted          *struct {
				Makespan float64 `json:"makespan_seconds"`
			}
			Stints []struct{ Task, Worker int }
			Advice []string
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("line %d: %v", i, err)
		}
		if i == len(rows) {
			if got.Event != "lab" || got.Crew != "3,1x0.5" || len(got.Advice) == 0 && got.Strategy != "" {
				t.Errorf("the last line is %s", line)
			}
			continue
		}
		if got.Strategy != rows[i].Strategy.Name || got.Predicted.Makespan != rows[i].Predicted.Makespan.Seconds() ||
			(got.Measured != nil) != (i == 0) || len(got.Stints) != 240 || (got.State == "finished") != (i == 0) {
			t.Errorf("row %d is %.200s", i, line)
		}
	}
}

func TestCSV(t *testing.T) {
	s := study(t, "image", "4", 0)
	rows := s.Rows()
	f := rows[2].Predicted
	f.Makespan *= 2
	rows[2].Measured = &f
	var out bytes.Buffer
	if err := WriteCSV(&out, rows); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(got) != len(rows)+2 {
		t.Fatalf("%d records of %d rows: %v", len(got), len(rows), err)
	}
	if line := got[4]; line[0] != "prefetch-100" || line[1] != "measured" || line[3] != strconv.FormatFloat(f.Makespan.Seconds(), 'f', 6, 64) {
		t.Errorf("what was measured is written %v", line)
	}
}
