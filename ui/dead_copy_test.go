package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/broker/brokertest"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"pgregory.net/rapid"
)

func TestDeadRoutes(t *testing.T) {
	f := deadLetters(17)
	letters := scopeOf("", deadRows(f.letters), func(*deadRow) bool { return true }).letters
	routes, stay := deadRoutes(letters, "")
	if want := []deadRoute{{"task_queue", 12}, {"resize_queue", 4}}; !slices.Equal(routes, want) || stay != 1 {
		t.Errorf("%v, %d stay", routes, stay)
	}
	if routes, stay = deadRoutes(letters, "x"); !slices.Equal(routes, []deadRoute{{"x", 17}}) || stay != 0 {
		t.Errorf("%v, %d stay", routes, stay)
	}
}

// Every letter that passes the filter is in one group, and in the group of all.
func TestDeadGroupsPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SliceOfN(rapid.Custom(drawLetter), 0, 30).Draw(t, "letters")
		filter := rapid.SampledFrom([]string{"", "a", "CAT", "no such"}).Draw(t, "filter")
		rows := deadRows(letters)
		matches := deadMatches(rows, filter)
		for _, r := range rows {
			found := slices.ContainsFunc(matches, func(m deadRow) bool { return m.Letter == r.Letter })
			all := r.Cause + "\x00" + r.Origin + "\x00" + r.Task.ID + "\x00" + r.Task.Type + "\x00" + string(r.Task.Body)
			if want := strings.Contains(strings.ToLower(all), strings.ToLower(filter)); found != want {
				t.Fatalf("%+v passes %q: %v", r.Letter, filter, found)
			}
		}
		marked := map[string]bool{"k1": true, "k2": true}
		groups := deadGroups(matches, marked)
		if len(matches) == 0 {
			if len(groups) != 0 {
				t.Fatalf("%d groups of nothing", len(groups))
			}
			return
		}
		sum, all := deadGroup{}, groups[0]
		for i := range groups[1:] {
			g := &groups[i+1]
			if g.letters == 0 || i > 0 && groups[i].letters < g.letters {
				t.Fatalf("groups %+v", groups)
			}
			sum.letters, sum.again, sum.marked = sum.letters+g.letters, sum.again+g.again, sum.marked+g.marked
		}
		if !all.every || all.letters != len(matches) || sum.letters != all.letters || sum.again != all.again || sum.marked != all.marked {
			t.Fatalf("all %+v, sum %+v", all, sum)
		}
	})
}

func drawLetter(t *rapid.T) broker.Letter {
	l := broker.Letter{
		Key: "k" + fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "key")), Cause: rapid.SampledFrom([]string{"", "a", "b\x1b[2J", "日本"}).Draw(t, "cause"),
		Origin: rapid.SampledFrom([]string{"", "q", strings.Repeat("long ", 50)}).Draw(t, "origin"), Tries: rapid.IntRange(0, 4).Draw(t, "tries"),
		Replayed: rapid.IntRange(0, 2).Draw(t, "replayed"),
		Task: broker.Task{
			ID: rapid.SampledFrom([]string{"", "id", task(7).ID}).Draw(t, "id"), Type: rapid.SampledFrom([]string{"", "Resize"}).Draw(t, "type"),
			Body:    rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 0, 60), rapid.Just([]byte(`{"cat":[1,{"a":null}]}`))).Draw(t, "body"),
			Headers: map[string]any{"h": rapid.SampledFrom([]any{nil, "x", int64(3), []byte{0, 1}, start, []any{map[string]any{"a": 1}}}).Draw(t, "header")},
		},
	}
	if rapid.Bool().Draw(t, "timed") {
		l.FailedAt = start.Add(time.Duration(rapid.Int64Range(-1e15, 1e15).Draw(t, "at")))
	}
	return l
}

// Any letters, any size, any keys: the frame keeps its shape.
func TestDeadFrameKeepsItsShape(t *testing.T) {
	t.Parallel()
	keys := []string{"L", "enter", "enter", "esc", "j", "k", "G", "g", "pgdown", "tab", " ", "a", "A", "/", "c", "a", "R", "X", "Q", "b", "n", "o", "O",
		"left", "right", "p", "1", "3", "d", "?", "ctrl+s", "backspace"}
	rapid.Check(t, func(t *rapid.T) {
		f := &fakeDead{cost: broker.LookCost{Text: "It marks them.", Limit: rapid.Int64Range(0, 1).Draw(t, "limit")},
			letters: rapid.SliceOfN(rapid.Custom(drawLetter), 0, 12).Draw(t, "letters")}
		b := busyBroker()
		b.queue.Dead = known(int64(len(f.letters)), start)
		o := Options{Config: DefaultConfig(), Broker: b, Dead: f, DrainTimeout: time.Second}
		a := newApp(testContext, o, testTheme)
		a.Update(tea.WindowSizeMsg{Width: rapid.IntRange(1, 200).Draw(t, "w"), Height: rapid.IntRange(1, 60).Draw(t, "h")})
		look(a, start)
		press(a, "3", "L")
		for _, key := range rapid.SliceOfN(rapid.SampledFrom(keys), 0, 25).Draw(t, "keys") {
			press(a, key)
			checkFrame(t, a)
		}
		look(a, start.Add(time.Minute))
		checkFrame(t, a)
	})
}

func TestDeadHostileLetters(t *testing.T) {
	t.Parallel()
	h := &mischief{texts: brokertest.Hostile()}
	for _, colours := range []termenv.Profile{termenv.Ascii, termenv.TrueColor} {
		f := &fakeDead{cost: broker.LookCost{Type: h.next(), Text: h.next(), Limit: 3}, cut: h.next()}
		for i := range 12 {
			f.letters = append(f.letters, broker.Letter{
				Key: fmt.Sprint(i), Cause: h.next(), Origin: h.next(), FailedAt: start, Replayed: 1,
				Task: broker.Task{ID: h.next(), Type: h.next(), Body: []byte(h.next()), ContentType: h.next(), ContentEncoding: h.next(), CorrelationID: h.next(),
					ReplyTo: h.next(), AppID: h.next(), UserID: h.next(), Headers: map[string]any{h.next(): h.next(), "list": []any{h.next(), map[string]any{h.next(): h.next()}}}},
			})
		}
		b := busyBroker()
		b.queue.Queue, b.queue.VHost = h.next(), h.next()
		b.queue.Dead = known(int64(12), start)
		a := newApp(t.Context(), Options{Config: DefaultConfig(), Broker: b, Dead: f}, newTheme("dark", colours))
		a.Update(tea.WindowSizeMsg{Width: 160, Height: 45})
		look(a, start)
		for _, key := range []string{"3", "L", "enter", "j", "j", "enter", "enter", "b", "b", "n", "esc", " ", "R", "paste", "tab", "tab", "paste", "esc", "X", "paste", "esc",
			"Q", "paste", "esc", "/", "paste", "enter", "esc", "esc", "a", "X", "esc", "R", "enter", "Q", "paste", "enter"} {
			if key == "paste" {
				settlePasted(a, h.next())
			} else {
				press(a, key)
			}
			checkHostile(t, a, key)
		}
	}
}

func TestDeadInASCII(t *testing.T) {
	a := deadApp(t, 160, 45, deadLetters(17))
	press(a, "L", "enter", " ")
	a.o.Config.ASCII = true
	look(a, start)
	checkFrame(t, a)
	if s := strings.ReplaceAll(a.View(), "\n", ""); !printableASCII(s) || !strings.Contains(s, "@ again") || !strings.Contains(s, "*") {
		t.Error(a.View())
	}
}

func TestDeadColourOnlyHelps(t *testing.T) {
	f := deadLetters(17)
	a := deadApp(t, 160, 45, f)
	press(a, "L", "enter", " ")
	coloured := newApp(t.Context(), a.o, newTheme("light", termenv.TrueColor))
	coloured.Update(tea.WindowSizeMsg{Width: 160, Height: 45})
	look(coloured, start)
	press(coloured, "3", "L", "enter", " ")
	bare := func(s string) string { // the key line has brackets where there is no colour
		lines := strings.Split(ansi.Strip(s), "\n")
		return strings.Join(lines[:len(lines)-1], "\n")
	}
	if bare(coloured.View()) != bare(a.View()) {
		t.Errorf("colour changes what is said:\n%s\n%s", ansi.Strip(coloured.View()), a.View())
	}
}

func TestDeadFilter(t *testing.T) {
	a := deadApp(t, 120, 40, deadLetters(17))
	press(a, "L", "/")
	typeText(a, "No Such")
	if s := a.dead(); len(s.letters.rows) != 4 || len(s.groups.rows) != 2 {
		t.Errorf("%d letters in %d groups", len(s.letters.rows), len(s.groups.rows))
	}
	typeText(a, "x")
	if !strings.Contains(a.View(), "no letter has this in its cause") {
		t.Error(a.View())
	}
	press(a, "backspace", "enter", "a")
	if s := a.dead(); s.filter != "No Such" || len(s.marked) != 4 {
		t.Errorf("filter %q, %d marked", s.filter, len(s.marked))
	}
	for _, keys := range [][]string{{"esc"}, {"/", "s", "esc"}} {
		press(a, keys...)
		if s := a.dead(); s.filter != "" || len(s.letters.rows) != 17 || len(s.marked) != 4 {
			t.Errorf("after %q: filter %q, %d letters, %d marked", keys, s.filter, len(s.letters.rows), len(s.marked))
		}
	}
}

// The selection and the marks stay with their letters when the queue is looked at again.
func TestDeadLookAgain(t *testing.T) {
	f := deadLetters(9)
	a := deadApp(t, 120, 40, f)
	press(a, "L", "enter", "j", " ", " ", "j")
	s := a.dead()
	key := s.letters.current().Key
	f.letters = f.letters[2:]
	press(a, "L", "enter")
	if s.letters.current().Key != key || len(s.marked) != 1 {
		t.Errorf("selected %s, want %s; %d marked", s.letters.current().Key, key, len(s.marked))
	}
}

func TestDeadMouse(t *testing.T) {
	a := deadApp(t, 100, 30, deadLetters(17))
	press(a, "L")
	s := a.dead()
	click := func(y int, button tea.MouseButton) {
		a.Update(tea.MouseMsg{X: 10, Y: y, Action: tea.MouseActionPress, Button: button})
	}
	click(2+2+1, tea.MouseButtonLeft) // header and tabs, border and heads
	if s.kind.cause != "simulated failure" || len(s.letters.rows) != 12 {
		t.Errorf("kind %+v", s.kind)
	}
	click(2+s.top+2+3, tea.MouseButtonLeft)
	if !s.onLetters || s.letters.at != 3 {
		t.Errorf("letter %d", s.letters.at)
	}
	if click(2+s.top+2, tea.MouseButtonWheelDown); s.letters.at != 3+wheelStep {
		t.Errorf("letter %d", s.letters.at)
	}
}

func TestLetterBody(t *testing.T) {
	for _, c := range []struct {
		body string
		want []string
	}{
		{"", []string{"(empty)"}},
		{"a\tb\r\nc\n", []string{"a    b", "c"}},
		{"\x1b[2Jx", []string{"␛[2Jx"}},
		{"one two  three", []string{"one two  thr", "ee"}},
		{`{"a":[1]}`, []string{"{", `  "a": [`, "    1", "  ]", "}"}},
		{`{"a":`, []string{`{"a":`}},
		{"\x00cat", []string{"000000  00 63 61 74                                       .cat"}},
	} {
		var laid laidLetter
		letter := &broker.Letter{Task: broker.Task{Body: []byte(c.body)}}
		for range 2 { // the second time as it was laid out
			if got := laid.lines(letter, formOf(letter.Task.Body), 12); !slices.Equal(got, c.want) {
				t.Errorf("%q: %q, want %q", c.body, got, c.want)
			}
		}
	}
	long := new(laidLetter).lines(&broker.Letter{Task: broker.Task{Body: []byte(strings.Repeat("x", maxShown+1500))}}, formText, 100)
	if got := long[len(long)-1]; got != "… the first 65.5 kB of 67.0 kB" {
		t.Errorf("the end of a long body is %q", got)
	}
}

// What was chosen for one letter holds for the next, but none is called JSON that is not.
func TestChosenFormOfLetters(t *testing.T) {
	for chosen, want := range map[bodyForm]bodyForm{formText: formText, formJSON: formHex, formHex: formHex} {
		r := &deadReader{form: chosen, chosen: true}
		if got := r.formOf(&deadRow{form: formHex}); got != want {
			t.Errorf("%v: %v", chosen, got)
		}
		if got := r.formOf(&deadRow{form: formJSON}); got != chosen {
			t.Errorf("%v: %v of JSON", chosen, got)
		}
	}
}

func TestHeaderWords(t *testing.T) {
	for want, v := range map[string]any{
		"(nothing)": nil, "x": "x", "é": []byte("é"), "3 bytes: 00ff01": []byte{0, 0xff, 1}, "0.5": 0.5, "7": int32(7), "true": true,
		"2026-11-23T12:00:00Z": start, "[count=1, queue=a] [queue=b]": []any{map[string]any{"queue": "a", "count": 1}, map[string]any{"queue": "b"}},
	} {
		if got := headerText(v); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
}
