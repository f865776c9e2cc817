package lab

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseWorkloadSaysWhatIsWrong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trace.csv")
	for s, want := range map[string]string{
		"gauss":                     "write constant, exponential, image, mixed, heavy-tail, bursts, trace:FILE, or a distribution",
		"":                          `"" is not a workload`,
		"0":                         "its tasks take no time",
		"trace:" + file:             "cannot be opened: no such file",
		"trace:" + file + ",quick":  `a number from 0.001 to 1000, not "quick"`,
		"trace:" + file + ",0":      "a number from 0.001 to 1000",
		"trace:" + file + ",NaN":    "a number from 0.001 to 1000",
		"lognormal:23ms,sigma 0.55": "is not a workload",
	} {
		if _, err := ParseWorkload(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseWorkload(%q): %v, want %q", s, err, want)
		}
	}
}

func TestWorkloadsReadBack(t *testing.T) {
	for _, s := range append(Workloads(), "exp:10ms", "20ms") {
		if w, err := ParseWorkload(" " + s + " "); err != nil || w.String() != s {
			t.Errorf("ParseWorkload(%q) is %v, %v", s, w, err)
		}
	}
}

// A distribution keeps its own mean unless another is asked for; a name alone has the usual one.
func TestMeans(t *testing.T) {
	for _, c := range []struct {
		workload   string
		mean, want time.Duration
	}{
		{"constant", 0, UsualMean},
		{"constant", 5 * time.Millisecond, 5 * time.Millisecond},
		{"7ms", 0, 7 * time.Millisecond},
		{"7ms", time.Second, time.Second},
	} {
		w, err := ParseWorkload(c.workload)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.Tasks(1, 1, c.mean)[0].Work; got != c.want {
			t.Errorf("a task of %s with mean %v takes %v, want %v", c.workload, c.mean, got, c.want)
		}
	}
}

func TestTrace(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name, csv string
		want      []Task
	}{
		{"seconds with a heading", "arrival,duration,user\n10,0.5,a\n11.25,2,b\n", []Task{{0, 500 * ms}, {1250 * ms, 2000 * ms}}},
		{"durations", "0s, 20ms\n1m, 1.5s\n", []Task{{0, 20 * ms}, {60_000 * ms, 1500 * ms}}},
		{"times, not in order", "2026-01-02T03:04:06Z,1\n# a remark\n2026-01-02T03:04:05.5Z,2\n", []Task{{0, 2000 * ms}, {500 * ms, 1000 * ms}}},
		{"no time at all takes a moment", "0,0\n", []Task{{0, 1}}},
	} {
		got, err := parseTrace(strings.NewReader(c.csv))
		for i := range got {
			got[i].Work = max(1, got[i].Work)
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", c.name, got, err, c.want)
		}
	}
}

func TestTraceSaysWhatIsWrong(t *testing.T) {
	for csv, want := range map[string]string{
		"":                                  "it has no tasks",
		"arrival,duration\n":                "it has no tasks",
		"1\n":                               "line 1 has one column",
		"0,1\nnow,1\n":                      `line 2: the arrival "now" is not a number of seconds`,
		"0,1\n1,soon\n":                     `line 2: the duration "soon" is not a number of seconds`,
		"0,-1\n":                            `the duration "-1"`,
		"0,1\n0,NaN\n":                      `the duration "NaN"`,
		"0,25h\n":                           "from 0 to 24h",
		"0,1\n90000,1\n":                    "more than 24h lie between",
		"0,1\n-9e9,1\n9e9,1\n":              "more than 24h lie between",
		"0,\"1\n":                           "quote",
		"1970-01-01T00:00:00Z,x":            "line 1: the duration",
		strings.Repeat("0,1\n", MaxTasks+1): "more than 100000 tasks",
	} {
		if _, err := parseTrace(strings.NewReader(csv)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", csv, err, want)
		}
	}
}

// What has no end, or is far too large for so many tasks, is not read.
func TestTraceThatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.csv")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, mostTrace+1); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{dir: "cannot be opened: it is not a file", os.DevNull: "it is not a file", large: "it is larger than 64 MiB"} {
		if _, err := ParseWorkload("trace:" + file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
	}
}

// A trace goes at its speed, and can be stretched to a load.
func TestTraceSpeedAndLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a,b.csv")
	if err := os.WriteFile(file, []byte("0,1\n2,1\n4,1\n6,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := ParseWorkload("trace:" + file + ",10")
	if err != nil {
		t.Fatal(err)
	}
	tasks := w.Tasks(0, 1, time.Hour)
	want := []Task{{0, 100e6}, {200e6, 100e6}, {400e6, 100e6}, {600e6, 100e6}}
	if !w.Traced() || !slices.Equal(tasks, want) {
		t.Errorf("at ten times the speed the tasks are %v, want %v", tasks, want)
	}
	if got := w.Tasks(2, 1, 0); !slices.Equal(got, want[:2]) {
		t.Errorf("two tasks of it are %v", got)
	}
	if got := w.Arrivals(tasks, crew(1), 0, 1); !slices.Equal(got, want) {
		t.Errorf("without a load they come as %v", got)
	}
	if got := w.Arrivals(tasks, crew(1), 0.25, 1); got[3] != (Task{1200e6, 100e6}) { // 400 ms of work in 1.6 s
		t.Errorf("at a quarter of the capacity they come as %v", got)
	}
}

func FuzzTrace(f *testing.F) {
	f.Add("arrival,duration\n0,1\n1,20ms\n")
	f.Add("2026-01-02T03:04:06Z,1\n\"0\",-1")
	f.Fuzz(func(t *testing.T, csv string) {
		tasks, err := parseTrace(strings.NewReader(csv))
		if err != nil {
			return
		}
		for i, task := range tasks {
			if task.At < 0 || task.At > maxTime || task.Work < 0 || task.Work > maxTime || i > 0 && task.At < tasks[i-1].At {
				t.Fatalf("task %d of %q is %v", i, csv, task)
			}
		}
	})
}
