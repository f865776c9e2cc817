package worker

import (
	"errors"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"carousel/broker"
)

// tasksOf makes every task of a load that must be valid.
func tasksOf(t *testing.T, l Load) (tasks []broker.Task) {
	t.Helper()
	if err := l.Validate(); err != nil {
		t.Fatal(err)
	}
	b := l.Batch()
	for task, more := b.Next(); more; task, more = b.Next() {
		tasks = append(tasks, task)
	}
	return tasks
}

func TestPlaceholders(t *testing.T) {
	l := Load{
		Bodies: bodies(`{"id":{{seq}},"n":{{ rand  -3 3 }}}`, "resize cat{{seq}}.png"), Count: 40, Expand: true, Seed: 7,
		Type: "{{pick resize crop}}", Headers: map[string]string{"trace": "{{uuid}}", "at": "{{now}}", "tenant": "{{{{acme}}"},
	}
	tasks := tasksOf(t, l)
	uuids, types, numbers := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i, task := range tasks {
		n := strconv.Itoa(i + 1)
		body := string(task.Body)
		if i%2 == 0 {
			match := regexp.MustCompile(`^\{"id":` + n + `,"n":(-?[0-3])\}$`).FindStringSubmatch(body)
			if match == nil || task.ContentType != "application/json" {
				t.Fatalf("task %d is %q, %s", i, body, task.ContentType)
			}
			numbers[match[1]] = true
		} else if body != "resize cat"+n+".png" || task.ContentType != "text/plain; charset=utf-8" {
			t.Fatalf("task %d is %q, %s", i, body, task.ContentType)
		}
		if task.Headers["tenant"] != "{{acme}}" {
			t.Errorf("braces came out as %q", task.Headers["tenant"])
		}
		at, err := time.Parse(time.RFC3339, task.Headers["at"].(string))
		if err != nil || !at.Equal(task.Created) {
			t.Errorf("task made at %v says %v, %v", task.Created, task.Headers["at"], err)
		}
		uuids[task.Headers["trace"].(string)] = true
		types[task.Type] = true
	}
	if len(tasks) != 40 || len(uuids) != 40 || len(types) != 2 || len(numbers) != 7 {
		t.Errorf("%d tasks with %d uuids, types %v, numbers %v", len(tasks), len(uuids), types, numbers)
	}
	again := tasksOf(t, l)
	for i := range tasks {
		if string(again[i].Body) != string(tasks[i].Body) || again[i].Type != tasks[i].Type {
			t.Fatalf("with the same seed task %d is %q, then %q", i, tasks[i].Body, again[i].Body)
		}
	}
}

func TestWithoutExpandTextsAreSentAsTheyAre(t *testing.T) {
	task := tasksOf(t, Load{Bodies: bodies("{{seq}} {{nonsense"), Count: 1, Type: "{{x}}", Headers: map[string]string{"h": "{{{{"}})[0]
	if string(task.Body) != "{{seq}} {{nonsense" || task.Type != "{{x}}" || task.Headers["h"] != "{{{{" {
		t.Errorf("sent %+v", task)
	}
}

// Work times are drawn apart from texts: a placeholder more does not change them.
func TestPlaceholdersLeaveTheWorkTimesAlone(t *testing.T) {
	work, err := ParseDist("exp:1s")
	if err != nil {
		t.Fatal(err)
	}
	times := func(body string) (all []time.Duration) {
		for _, task := range tasksOf(t, Load{Bodies: bodies(body), Count: 5, Work: &work, Seed: 3, Expand: true}) {
			all = append(all, *task.Work)
		}
		return all
	}
	if a, b := times("x"), times("{{rand 1 9}}{{pick a b}}"); !slices.Equal(a, b) {
		t.Errorf("drew %v, then %v", a, b)
	}
}

func TestPlaceholderMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"{{nope}}":              "{{nope}} is no placeholder; there are {{seq}} {{uuid}} {{now}} {{rand 1 100}} {{pick a b c}}, and {{{{ for two braces",
		"{{}}":                  "{{}} is no placeholder",
		"a {{seq":               "a placeholder is not closed by }}: {{seq; {{{{ stands for two braces",
		"{{seq 1}}":             "{{seq 1}} takes nothing behind seq; write {{seq}}",
		"{{rand 1}}":            "wants two whole numbers, the low one first",
		"{{rand 5 1}}":          "wants two whole numbers, the low one first",
		"{{rand 1 1e9}}":        "wants two whole numbers",
		"{{pick}}":              "{{pick}} wants what to pick from",
		"{{SEQ}}":               "{{SEQ}} is no placeholder",
		"{{{seq}}}":             "is no placeholder",
		strings.Repeat("{", 99): "is not closed",
	} {
		for field, l := range map[string]Load{
			"Bodies": {Bodies: bodies(text)}, "Type": {Bodies: bodies(""), Type: text},
			"Headers": {Bodies: bodies(""), Headers: map[string]string{"h": text}},
		} {
			l.Count, l.Expand = 1, true
			var wrong FieldError
			if err := l.Validate(); !errors.As(err, &wrong) || wrong.Field != field || !strings.Contains(wrong.Msg, want) || len(wrong.Msg) > 250 {
				t.Errorf("%s %q: %v", field, text, err)
			}
		}
	}
}

func TestExpandedTextsAreBounded(t *testing.T) {
	long := strings.Repeat("x", 240)
	for _, c := range []struct {
		kind  string
		count int
		ok    bool
	}{
		{long + "{{seq}}", 1000, true},
		{strings.Repeat("x", 252) + "{{seq}}", 999, true},
		{strings.Repeat("x", 252) + "{{seq}}", 1000, false},
		{long + "{{uuid}}", 1, false},
		{long + "{{now}}", 1, false},
		{strings.Repeat("x", 254) + "{{rand -9 1}}", 1, false},
		{long + "{{pick a " + long + "}}", 1, false},
		{"{{pick ok \xff}}", 1, false},
		{strings.Repeat("{{{{", 127), 1, true},
	} {
		err := Load{Bodies: bodies(""), Count: c.count, Type: c.kind, Expand: true}.Validate()
		if (err == nil) != c.ok {
			t.Errorf("%q for %d: %v", c.kind, c.count, err)
		}
	}
}

func TestRandomReachesItsEnds(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range [][2]int64{{0, 0}, {-1, 1}, {math.MinInt64, math.MaxInt64}, {math.MaxInt64 - 1, math.MaxInt64}, {math.MinInt64, math.MinInt64 + 1}} {
		p, seen := piece{low: c[0], high: c[1]}, map[int64]bool{}
		for range 100 {
			n := p.draw(rng)
			if n < c[0] || n > c[1] {
				t.Fatalf("of %v it drew %d", c, n)
			}
			seen[n] = true
		}
		if want := min(3, c[1]-c[0]); c[0]+want > c[0] && int64(len(seen)) < want {
			t.Errorf("of %v it drew only %v", c, seen)
		}
	}
}

// Whatever text: doubled braces bring it through unchanged, and no task gets a longer one than was foreseen.
func FuzzPlaceholders(f *testing.F) {
	for _, s := range []string{"", "{{seq}}", "{{{{", "{{{", "}}", "{{rand 1 9}}{{pick a \xff}}", "{{uuid}}{{now}}", `{"a":{"b":{{seq}}}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m := moment{seq: 42, at: time.Now(), rng: rand.New(rand.NewPCG(1, 1))}
		quoted, err := parseTemplate(strings.ReplaceAll(s, "{{", LiteralBraces))
		if err != nil || string(quoted.expand(nil, m)) != s {
			t.Fatalf("%q came through as %q, %v", s, quoted.expand(nil, m), err)
		}
		read, err := parseTemplate(s)
		if err != nil {
			if !utf8.ValidString(err.Error()) && utf8.ValidString(s) {
				t.Fatalf("the mistake of %q is told as %q", s, err)
			}
			return
		}
		for range 5 {
			if got := read.expand(nil, m); len(got) > len(read.longest(42)) && utf8.ValidString(s) {
				t.Fatalf("%q became %q, which is longer than %q", s, got, read.longest(42))
			}
		}
	})
}

// Whatever passes Validate, the broker client publishes.
func TestValidExpandedLoadsMakeTasksThatPass(t *testing.T) {
	text := rapid.SliceOfN(rapid.SampledFrom([]string{
		"x", "é", "\xff", "{", "}}", "{{{{", "{{seq}}", "{{uuid}}", "{{now}}", "{{rand -5 5}}", "{{pick a bb \xff}}", "{{pick a bb}}", strings.Repeat("y", 120),
	}), 0, 6)
	rapid.Check(t, func(t *rapid.T) {
		join := func(name string) string { return strings.Join(text.Draw(t, name), "") }
		l := Load{
			Bodies: bodies(join("body")), Count: rapid.IntRange(1, 20).Draw(t, "count"), Type: join("type"),
			Headers: map[string]string{"h": join("header")}, Expand: true,
		}
		if l.Validate() != nil {
			return
		}
		b := l.Batch()
		for task, more := b.Next(); more; task, more = b.Next() {
			if err := broker.CheckTask(task); err != nil {
				t.Fatalf("%+v makes %+v: %v", l, task, err)
			}
		}
	})
}
