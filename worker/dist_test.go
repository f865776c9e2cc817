package worker

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseDist(t *testing.T) {
	for _, c := range []struct {
		in, out string
		mean    time.Duration
	}{
		{"0", "0", 0},
		{" 5ms ", "5ms", 5 * time.Millisecond},
		{"uniform:1ms,9ms", "uniform:1ms,9ms", 5 * time.Millisecond},
		{"uniform:0,9ms", "uniform:0s,9ms", 4500 * time.Microsecond},
		{"exp:10ms", "exp:10ms", 10 * time.Millisecond},
		{"exp:0", "exp:0s", 0},
		{"lognormal:100ms,0", "lognormal:100ms,0", 100 * time.Millisecond},
		{"lognormal:23ms, 0.55", "lognormal:23ms,0.55", 26755560}, // 23 ms · e^(0.55²/2)
		{"pareto:1ms,1,10ms", "pareto:1ms,1,10ms", 2558428},       // 1 ms · ln 10 / (1 − 0.1)
		{"pareto:1ms,2,10ms", "pareto:1ms,2,10ms", 1818182},       // 1 ms · 2 · 0.9 / 0.99
	} {
		d, err := ParseDist(c.in)
		if err != nil {
			t.Errorf("ParseDist(%q): %v", c.in, err)
			continue
		}
		if d.String() != c.out {
			t.Errorf("ParseDist(%q) = %s, want %s", c.in, d, c.out)
		}
		if diff := (d.Mean() - c.mean).Abs(); diff > time.Microsecond {
			t.Errorf("mean of %s is %v, want %v", d, d.Mean(), c.mean)
		}
	}
}

func TestParseDistSaysWhatIsWrong(t *testing.T) {
	for in, want := range map[string]string{
		"":                      `"" is not a duration`,
		"5":                     `"5" is not a duration`,
		"gauss:5ms":             `the form "gauss" is not known`,
		"exp:1ms,2ms":           "it has 2 values where 1 belong",
		"uniform:9ms,1ms":       "the high value is below the low one",
		"lognormal:1ms,NaN":     "sigma goes from 0 to 5",
		"lognormal:1ms,much":    `"much" is not a number`,
		"pareto:0,1,1ms":        "the low value must be above 0",
		"pareto:2ms,1,1ms":      "the high value must be above the low one",
		"pareto:1ms,0,2ms":      "alpha goes from 0.05 to 50",
		"-1ms":                  "durations go from 0 to 24h",
		"exp:25h":               "durations go from 0 to 24h",
		"pareto:1ms,1.1,10s,1s": "it has 4 values where 3 belong",
	} {
		_, err := ParseDist(in)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "lognormal:23ms,0.55") {
			t.Errorf("ParseDist(%q): %v, want %q and the allowed forms", in, err, want)
		}
	}
}

// anyDist draws a distribution by the text that makes it.
func anyDist(t *rapid.T) Dist {
	duration := func(label string, low time.Duration) time.Duration {
		return time.Duration(rapid.Int64Range(int64(low), int64(distCeiling/2)).Draw(t, label))
	}
	low := duration("low", 1)
	high := low + duration("more", 1)
	alpha := rapid.Float64Range(0.05, 50).Draw(t, "alpha")
	sigma := rapid.Float64Range(0, 5).Draw(t, "sigma")
	form := rapid.SampledFrom([]string{
		low.String(),
		fmt.Sprintf("uniform:%v,%v", low, high),
		fmt.Sprintf("exp:%v", low),
		fmt.Sprintf("lognormal:%v,%v", low, sigma),
		fmt.Sprintf("pareto:%v,%v,%v", low, alpha, high),
	}).Draw(t, "form")
	d, err := ParseDist(form)
	if err != nil {
		t.Fatalf("ParseDist(%q): %v", form, err)
	}
	return d
}

func TestDistProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDist(t)
		if again, err := ParseDist(d.String()); err != nil || again != d {
			t.Fatalf("%s reads back as %s, %v", d, again, err)
		}
		low, high := time.Duration(0), distCeiling
		switch d.shape {
		case fixed:
			low, high = d.low, d.low
		case uniform, pareto:
			low, high = d.low, d.high
		}
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for range 50 {
			if x := d.Sample(rng); x < low || x > high {
				t.Fatalf("%s gave %v, outside %v to %v", d, x, low, high)
			}
		}
		if m := d.Mean(); m < low || m > high {
			t.Fatalf("%s has mean %v, outside %v to %v", d, m, low, high)
		}
	})
}

func TestSampleMeansMatch(t *testing.T) {
	const n = 50_000
	for _, s := range []string{
		"7ms", "uniform:1ms,9ms", "exp:10ms", "exp:20h", "lognormal:23ms,0.55", "lognormal:10h,1.5",
		"pareto:1ms,1,1s", "pareto:1ms,1.1,10s", "pareto:1ms,2.5,1s",
	} {
		d, err := ParseDist(s)
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(1, 2))
		var sum, squares float64
		for range n {
			x := d.Sample(rng).Seconds()
			sum += x
			squares += x * x
		}
		mean := sum / n
		deviation := math.Sqrt(max(0, squares/n-mean*mean) / n) // of the mean
		if off := math.Abs(mean - d.Mean().Seconds()); off > 4*deviation+1e-9 {
			t.Errorf("%s: sample mean %v s, expected %v; %.1f deviations off", d, mean, d.Mean(), off/deviation)
		}
	}
}

func FuzzParseDist(f *testing.F) {
	for _, s := range []string{
		"0", "5ms", "uniform:1ms,9ms", "exp:10ms", "lognormal:23ms,0.55", "pareto:1ms,1.1,10s", ":", "exp:,",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDist(s)
		if err != nil {
			return
		}
		again, err := ParseDist(d.String())
		if err != nil || again != d {
			t.Fatalf("%q is %s, which reads back as %s, %v", s, d, again, err)
		}
		if x := d.Sample(rand.New(rand.NewPCG(1, 1))); x < 0 || x > distCeiling {
			t.Fatalf("%s gave %v", d, x)
		}
	})
}
