package lab

import (
	"math"
	"testing"
	"time"
)

// of draws n tasks of a workload that come at a load.
func of(t *testing.T, workload string, n int, crew []Worker, load float64, seed uint64) []Task {
	t.Helper()
	w, err := ParseWorkload(workload)
	if err != nil {
		t.Fatal(err)
	}
	return w.Arrivals(w.Tasks(n, seed, 10*time.Millisecond), crew, load, seed)
}

func TestTasksHaveTheMeanAndSpreadTheyAreSaidToHave(t *testing.T) {
	const n, mean = 40_000, 10 * time.Millisecond
	for workload, want := range map[string]struct{ deviation, off float64 }{ // of the mean, and how far the drawn mean may be off
		"constant":        {0, 1e-9},
		"exponential":     {1, 0.02},
		"image":           {math.Sqrt(math.Expm1(0.549 * 0.549)), 0.02}, // of a lognormal: √(e^σ² − 1)
		"bursts":          {math.Sqrt(math.Expm1(0.549 * 0.549)), 0.02},
		"mixed":           {math.Sqrt(math.Expm1(1.54 * 1.54)), 0.06},
		"heavy-tail":      {math.Sqrt(secondMoment - 1), 0.15},
		"uniform:1ms,5ms": {2 / math.Sqrt(3) / 3, 0.02},
	} {
		tasks := of(t, workload, n, crew(1), 0, 7)
		var sum, squares float64
		for _, task := range tasks {
			x := task.Work.Seconds() / mean.Seconds()
			sum, squares = sum+x, squares+x*x
		}
		sum, squares = sum/n, squares/n
		if math.Abs(sum-1) > want.off {
			t.Errorf("%s: the mean is %.3f of what it should be", workload, sum)
		}
		deviation := math.Sqrt(max(0, squares-sum*sum))
		if math.Abs(deviation-want.deviation) > 0.01+0.3*want.deviation*want.off/0.06 {
			t.Errorf("%s: the deviation is %.3f of the mean, want %.3f", workload, deviation, want.deviation)
		}
	}
}

// secondMoment is E[X²]/E[X]² of the heavy tail: of a Pareto distribution bounded to 1…h, E[X^k] = α·(h^(k−α) − 1)/((k−α)·(1 − h^−α)).
var secondMoment = func() float64 {
	const alpha, h = 1.1, 1000
	moment := func(k float64) float64 {
		return alpha * (math.Pow(h, k-alpha) - 1) / (k - alpha) / (1 - math.Pow(h, -alpha))
	}
	return moment(2) / moment(1) / moment(1)
}()

func TestArrivalsOfferTheLoad(t *testing.T) {
	crew := crew(1, 1, 0.5, 2)
	for _, workload := range []string{"constant", "mixed", "bursts"} {
		for _, load := range []float64{0.3, 0.8, 1.5} {
			tasks := of(t, workload, 20_000, crew, load, 3)
			var work time.Duration
			for i, task := range tasks {
				work += task.Work
				if i > 0 && task.At < tasks[i-1].At {
					t.Fatalf("%s: task %d comes before the one ahead of it", workload, i)
				}
			}
			offered := work.Seconds() / 4.5 / tasks[len(tasks)-1].At.Seconds()
			if math.Abs(offered/load-1) > 0.02 {
				t.Errorf("%s at load %v offers %.3f", workload, load, offered)
			}
		}
	}
}

// Of a Poisson process the gaps deviate as much as their mean is; of the interrupted one much more, by its closed form.
func TestGapsDeviateAsTheProcessSays(t *testing.T) {
	const n = 50_000
	// Of gaps 1/λ within bursts, which end at rate ω and pause for 1/σ: squared deviation 1 + 2λω/(ω+σ)² (Fischer and
	// Meier-Hellstern, "The Markov-modulated Poisson process (MMPP) cookbook", 1993).
	lambda, on, off := 1/burstShare, burstTasks*2*burstShare, burstTasks*2*(1-burstShare)
	omega, sigma := 1/on, 1/off
	for workload, want := range map[string]float64{"exponential": 1, "bursts": 1 + 2*lambda*omega/(omega+sigma)/(omega+sigma)} {
		tasks := of(t, workload, n, crew(1, 1), 0.7, 11)
		var sum, squares float64
		for i := 1; i < n; i++ {
			gap := (tasks[i].At - tasks[i-1].At).Seconds()
			sum, squares = sum+gap, squares+gap*gap
		}
		mean := sum / (n - 1)
		if got := squares/(n-1)/mean/mean - 1; math.Abs(got/want-1) > 0.05 {
			t.Errorf("%s: the gaps' squared coefficient of variation is %.2f, want %.2f", workload, got, want)
		}
	}
}

func TestSeedsRepeat(t *testing.T) {
	c := crew(1, 1)
	for _, workload := range Workloads() {
		a, b := of(t, workload, 100, c, 0.8, 5), of(t, workload, 100, c, 0.8, 5)
		other, backlog := of(t, workload, 100, c, 0.8, 6), of(t, workload, 100, c, 0, 5)
		same, moved := 0, 0
		for i := range a {
			if a[i] != b[i] {
				t.Fatalf("%s: the same seed drew %v and %v", workload, a[i], b[i])
			}
			if a[i].Work != backlog[i].Work {
				t.Fatalf("%s: a load changes the work of task %d", workload, i)
			}
			if a[i] == other[i] {
				same++
			}
			if backlog[i].At > 0 {
				moved++
			}
		}
		if same > 0 {
			t.Errorf("%s: another seed drew %d tasks alike", workload, same)
		}
		if (moved > 0) != (workload == "bursts") {
			t.Errorf("%s: without a load, %d tasks come after the start", workload, moved)
		}
	}
}
