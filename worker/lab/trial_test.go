package lab

import (
	"testing"
	"time"
)

// everyWay is a study of the experiments.
func everyWay() Study {
	s := Study{Workload: "mixed", Crew: crew(1, 1, 1, 0.5), Long: 16 * time.Millisecond}
	for _, e := range experiments() {
		s.Strategies, s.Tasks = append(s.Strategies, e.Strategy), e.Tasks
	}
	return s
}

func TestTrialMeasuresEveryRow(t *testing.T) {
	t.Parallel()
	f, _ := onSandbox(t)
	s := everyWay()
	trial := Start(t.Context(), s, f)
	trial.Wait()
	for i, row := range trial.Rows() {
		if row.State != Finished || row.Err != nil || row.Strategy != s.Strategies[i] || row.Done != len(s.Tasks) || len(row.Why) == 0 {
			t.Fatalf("row %d: %+v", i, row)
		}
		checkRun(t, *row.Run)
	}
}
