package lab

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A study is drawn from its design, again the same; a mistake is told with its field.
func TestDesign(t *testing.T) {
	one, err := UsualDesign().Study()
	if err != nil || len(one.Tasks) != 240 || len(one.Crew) != 8 || len(one.Strategies) != len(Strategies()) {
		t.Fatalf("the usual design: %d tasks, %d workers, %v", len(one.Tasks), len(one.Crew), err)
	}
	again, err := UsualDesign().Study()
	if err != nil || again.Tasks[239] != one.Tasks[239] {
		t.Errorf("drawn again the last task is %v, not %v: %v", again.Tasks[239], one.Tasks[239], err)
	}
	trace := filepath.Join(t.TempDir(), "trace.csv")
	if err := os.WriteFile(trace, []byte("0,1\n1,2\n5,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Design){
		"":           func(d *Design) { d.Workload, d.Tasks = "trace:"+trace, 0 },
		"Workload":   func(d *Design) { d.Workload = "trace:none.csv" },
		"Crew":       func(d *Design) { d.Crew = "0" },
		"Strategies": func(d *Design) { d.Strategies = "none" },
		"Tasks":      func(d *Design) { d.Tasks = 0 },
		"Mean":       func(d *Design) { d.Workload, d.Mean = "trace:"+trace, time.Second },
		"Load":       func(d *Design) { d.Load = 11 },
		"Long":       func(d *Design) { d.Long = -1 },
	} {
		d, field := UsualDesign(), ""
		change(&d)
		s, err := d.Study()
		var wrong *DesignError
		if errors.As(err, &wrong) {
			field = wrong.Field
		}
		if field != want || want == "" && len(s.Tasks) != 3 {
			t.Errorf("%+v: %v, want a mistake in %q", d, err, want)
		}
	}
	years := Design{Workload: "constant", Tasks: MaxTasks, Mean: time.Hour, Crew: "1", Strategies: "all"}
	if _, err := years.Study(); err == nil {
		t.Error("a study of years is not refused")
	}
}
