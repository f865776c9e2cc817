package lab

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"time"
)

// WriteJSON writes a line for each row, and one for the study as a whole. With stints each row has its tries, the measured ones
// where there are any. Times are seconds.
func (s Study) WriteJSON(w io.Writer, rows []Row, stints bool) error {
	for _, r := range rows {
		if err := r.WriteJSON(w, stints); err != nil {
			return err
		}
	}
	return s.WriteSummary(w, rows)
}

// WriteSummary writes the line for the study as a whole: what was run, and the advice.
func (s Study) WriteSummary(w io.Writer, rows []Row) error {
	var work time.Duration
	for _, t := range s.Tasks {
		work += t.Work
	}
	return json.NewEncoder(w).Encode(struct {
		Event    string   `json:"event"`
		Workload string   `json:"workload"`
		Seed     uint64   `json:"seed"`
		Tasks    int      `json:"tasks"`
		Work     float64  `json:"work_seconds"`
		Crew     string   `json:"crew"`
		Long     float64  `json:"long_seconds"`
		Advice   []string `json:"advice"`
	}{"lab", s.Workload, s.Seed, len(s.Tasks), work.Seconds(), CrewText(s.Crew), s.Experiment(Strategy{}).Long.Seconds(), s.Advise(rows)})
}

// WriteJSON writes the row as a line; see Study.WriteJSON.
func (r Row) WriteJSON(w io.Writer, stints bool) error {
	line := struct {
		Event     string       `json:"event"`
		Strategy  string       `json:"strategy"`
		State     string       `json:"state"`
		Error     string       `json:"error,omitempty"`
		Measured  *figuresJSON `json:"measured,omitempty"`
		Predicted *figuresJSON `json:"predicted"`
		Why       []string     `json:"why,omitempty"`
		Stints    []stintJSON  `json:"stints,omitempty"`
	}{Event: "strategy", Strategy: r.Strategy.Name, State: r.State.String(), Predicted: r.Predicted.json(), Why: r.Why}
	if r.Err != nil {
		line.Error = r.Err.Error()
	}
	run := r.Model
	if r.Measured != nil {
		line.Measured = r.Measured.json()
		run = *r.Run
	}
	if stints {
		for _, s := range run.Stints {
			line.Stints = append(line.Stints, stintJSON{s.Task + 1, s.Worker + 1, run.came(s.Task).Seconds(), s.Begin.Seconds(), s.End.Seconds(), s.Redelivered, s.Lost})
		}
	}
	return json.NewEncoder(w).Encode(line)
}

type stintJSON struct {
	Task        int     `json:"task"`
	Worker      int     `json:"worker"`
	Queued      float64 `json:"queued"`
	Begin       float64 `json:"begin"`
	End         float64 `json:"end"`
	Redelivered bool    `json:"redelivered,omitempty"`
	Lost        bool    `json:"lost,omitempty"`
}

type figuresJSON struct {
	Tasks      int     `json:"tasks"`
	Makespan   float64 `json:"makespan_seconds"`
	Bound      float64 `json:"least_seconds"`
	WaitP50    float64 `json:"wait_p50_seconds"`
	WaitP95    float64 `json:"wait_p95_seconds"`
	WaitP99    float64 `json:"wait_p99_seconds"`
	WaitMax    float64 `json:"wait_max_seconds"`
	Idle       float64 `json:"idle_while_waiting"`
	Busy       float64 `json:"fairness_busy"`
	Count      float64 `json:"fairness_count"`
	Noise      float64 `json:"fairness_noise"`
	Throughput float64 `json:"tasks_per_second"`
	Again      int     `json:"redelivered"`
	Stranded   int     `json:"stranded"`
}

func (f Figures) json() *figuresJSON {
	return &figuresJSON{
		f.Tasks, f.Makespan.Seconds(), f.Bound.Seconds(), f.WaitP50.Seconds(), f.WaitP95.Seconds(), f.WaitP99.Seconds(), f.WaitMax.Seconds(),
		f.Idle, f.Busy, f.Count, f.Noise, f.Throughput, f.Again, f.Stranded,
	}
}

// WriteCSV writes a heading, then for each row what was predicted, and what was measured where it has been. Times are seconds.
func WriteCSV(w io.Writer, rows []Row) error {
	out := csv.NewWriter(w)
	out.Write([]string{"strategy", "kind", "tasks", "makespan", "least", "wait_p50", "wait_p95", "wait_p99", "wait_max",
		"idle_while_waiting", "fairness_busy", "fairness_count", "fairness_noise", "tasks_per_second", "redelivered", "stranded"})
	for _, r := range rows {
		out.Write(record(r.Strategy.Name, "predicted", r.Predicted))
		if r.Measured != nil {
			out.Write(record(r.Strategy.Name, "measured", *r.Measured))
		}
	}
	out.Flush()
	return out.Error() // of any Write
}

func record(strategy, kind string, f Figures) []string {
	fields := []string{strategy, kind, strconv.Itoa(f.Tasks)}
	for _, d := range []time.Duration{f.Makespan, f.Bound, f.WaitP50, f.WaitP95, f.WaitP99, f.WaitMax} {
		fields = append(fields, strconv.FormatFloat(d.Seconds(), 'f', 6, 64))
	}
	for _, x := range []float64{f.Idle, f.Busy, f.Count, f.Noise, f.Throughput} {
		fields = append(fields, strconv.FormatFloat(x, 'f', 4, 64))
	}
	return append(fields, strconv.Itoa(f.Again), strconv.Itoa(f.Stranded))
}

// String is the state in a word.
func (s State) String() string {
	return [...]string{Waiting: "waiting", Running: "running", Finished: "finished", Failed: "failed", Cancelled: "cancelled"}[s]
}
