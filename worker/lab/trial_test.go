package lab

import (
	"context"
	"testing"
	"time"

	"carousel/broker"
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

// Cancel ends the row under way and those after it, and a look at the rows is possible all the time.
func TestTrialIsCancelled(t *testing.T) {
	t.Parallel()
	f, _ := onSandbox(t)
	s := everyWay()
	s.Tasks = append(append([]Task(nil), s.Tasks...), Task{Work: time.Hour})
	trial := Start(t.Context(), s, f)
	if n := len(trial.Rows()); n != len(s.Strategies) {
		t.Errorf("%d rows at once", n)
	}
	deadline := time.Now().Add(time.Minute)
	for row := trial.Rows()[0]; row.State != Running || row.Done < len(s.Tasks)-1; row = trial.Rows()[0] {
		if time.Now().After(deadline) {
			t.Fatalf("%+v", row)
		}
		time.Sleep(time.Millisecond)
	}
	trial.Cancel()
	trial.Wait()
	<-trial.Ended()
	for i, row := range trial.Rows() {
		if row.State != Cancelled || row.Measured != nil || row.Err != nil || row.Predicted.Tasks != len(s.Tasks) || (row.Run != nil) != (i == 0) {
			t.Errorf("row %d: %+v", i, row)
		}
	}
}

// once is a floor that cannot be had the first time.
type once struct {
	Floor
	tried bool
}

func (f *once) Open(ctx context.Context, n int) (Queues, error) {
	if !f.tried {
		f.tried = true
		return nil, &broker.Fault{Kind: broker.Unreachable, What: "nobody is there"}
	}
	return f.Floor.Open(ctx, n)
}

// A row that fails says why, and leaves the others their chance.
func TestTrialGoesOnAfterAFailure(t *testing.T) {
	t.Parallel()
	f, _ := onSandbox(t)
	s := everyWay()
	s.Strategies = s.Strategies[:2]
	trial := Start(t.Context(), s, &once{Floor: f})
	trial.Wait()
	rows := trial.Rows()
	if r := rows[0]; r.State != Failed || broker.KindOf(r.Err) != broker.Unreachable || r.Measured != nil || r.Why != nil {
		t.Errorf("the first row: %+v", r)
	}
	if r := rows[1]; r.State != Finished || r.Err != nil || r.Measured == nil {
		t.Errorf("the second row: %+v", r)
	}
}
