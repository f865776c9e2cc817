package lab

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseCrew(t *testing.T) {
	for s, want := range map[string][]Worker{
		"2":                 {{Speed: 1}, {Speed: 1}},
		"1,1x0.25":          {{Speed: 1}, {Speed: 0.25}},
		" 1@2s , 2x3@500ms": {{1, 2 * time.Second}, {3, time.Second / 2}, {3, time.Second / 2}},
	} {
		got, err := ParseCrew(s)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("ParseCrew(%q) is %v, %v, want %v", s, got, err, want)
		}
		again, err := ParseCrew(CrewText(got))
		if err != nil || !slices.Equal(again, want) {
			t.Errorf("%q is written %q and read back as %v, %v", s, CrewText(got), again, err)
		}
	}
}

func TestParseCrewSaysWhatIsWrong(t *testing.T) {
	for s, want := range map[string]string{
		"":                         `"" is not a number of workers`,
		"0":                        `"0" is not a number of workers`,
		"8,":                       `"" is not a number of workers`,
		"many":                     `"many" is not a number of workers`,
		"1001":                     "more than 1000 workers",
		"600,99999999999999999999": "is not a number of workers",
		"600,500":                  "more than 1000 workers",
		"8x0":                      `the speed "0" is not a number from 0.01 to 100`,
		"8xNaN":                    `the speed "NaN"`,
		"8@soon":                   `"soon" is not a time to die at`,
		"8@0s":                     `"0s" is not a time to die at`,
	} {
		if _, err := ParseCrew(s); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `"7,1x0.25"`) {
			t.Errorf("ParseCrew(%q): %v, want %q and the forms", s, err, want)
		}
	}
}

func TestParseStrategies(t *testing.T) {
	all, err := ParseStrategies("all")
	if err != nil || !slices.Equal(all, Strategies()) {
		t.Errorf("all is %v, %v", all, err)
	}
	for _, x := range Strategies() {
		if got, err := ParseStrategies(x.Name); err != nil || !slices.Equal(got, []Strategy{x}) {
			t.Errorf("%s is read as %v, %v", x.Name, got, err)
		}
		if x.About() == "" || strings.Contains(x.About(), "\n") {
			t.Errorf("%s is told in %q", x.Name, x.About())
		}
	}
	some, err := ParseStrategies("static, prefetch-3")
	if want := []Strategy{{"static", Static, 1}, {"prefetch-3", Shared, 3}}; err != nil || !slices.Equal(some, want) {
		t.Errorf("some are %v, %v, want %v", some, err, want)
	}
	for s, want := range map[string]string{
		"":                       `no strategy ""; write all, prefetch-N, or some of prefetch-1, prefetch-10,`,
		"fair":                   `no strategy "fair"`,
		"prefetch-0":             "not a whole number from 1 to 65535",
		"prefetch-65536":         "not a whole number from 1 to 65535",
		"static,split,static":    `"static" is there twice`,
		"prefetch-1,prefetch-01": `"prefetch-1" is there twice`,
	} {
		if _, err := ParseStrategies(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseStrategies(%q): %v, want %q", s, err, want)
		}
	}
}

// Long tasks are the fewest that are half of all the work.
func TestLongFrom(t *testing.T) {
	for want, tasks := range map[time.Duration][]Task{
		10: works(1, 2, 10, 3, 4),
		4:  works(4, 4, 4, 4),
		3:  works(3, 2, 3, 2),
		0:  nil,
	} {
		if got := LongFrom(tasks); got != want {
			t.Errorf("of %v tasks are long from %d, want %d", tasks, got, want)
		}
	}
}
