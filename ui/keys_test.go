package ui

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// State and keys in, what was asked of pool and broker out.
func TestKeysAct(t *testing.T) {
	for _, c := range []struct {
		name   string
		set    func(*fakeBroker, *fakePool)
		keys   []string
		pool   []string
		broker []string
		toast  string
	}{
		{"a worker more", nil, []string{"+"}, []string{"resize 9"}, nil, "9 workers wanted"},
		{"presses add up before the next look", nil, []string{"+", "=", "-"}, []string{"resize 9", "resize 10", "resize 9"}, nil, "9 workers wanted"},
		{"never below none", func(_ *fakeBroker, p *fakePool) { p.status.Target = 0 }, []string{"-"}, nil, nil, ""},
		{"pause", nil, []string{" "}, []string{"pause"}, nil, "the pool is paused; tasks in hand finish"},
		{"resume", func(_ *fakeBroker, p *fakePool) { p.Pause(); p.asked = nil }, []string{" "}, []string{"resume"}, nil, "the pool takes tasks again"},
		{"pause the selected worker", nil, []string{"j", "j", "s"}, []string{"pause w3"}, nil, "w03 is paused"},
		{"resume it", func(_ *fakeBroker, p *fakePool) { p.workers[0].Paused = true }, []string{"s"}, []string{"resume w1"}, nil, "w01 takes tasks again"},
		{"crash asks", nil, []string{"G", "x"}, nil, nil, ""},
		{"crash", nil, []string{"G", "x", "enter"}, []string{"crash w8"}, nil, "w08 crashed, and starts anew"},
		{"crash, no", nil, []string{"G", "x", "n"}, nil, nil, ""},
		{"prefetch", nil, []string{"p", "backspace", "1", "6", "enter"}, []string{"prefetch 16"}, nil, "prefetch is 16 now"},
		{"prefetch out of range", nil, []string{"p", "backspace", "0", "enter"}, nil, nil, ""},
		{"purge counts first", nil, []string{"P"}, nil, []string{"inspect"}, ""},
		{"purge needs the name", nil, []string{"P", "enter"}, nil, []string{"inspect"}, ""},
		{"purge of an empty queue", func(b *fakeBroker, _ *fakePool) { b.info.Ready = 0 }, []string{"P", "enter", "enter"}, nil, []string{"inspect", "inspect", "inspect"}, ""},
		{"purge that cannot count", func(b *fakeBroker, _ *fakePool) { b.err = errors.New("no answer in 5 s") }, []string{"P", "enter"}, nil, []string{"inspect"}, ""},
		{"retry does nothing when all is well", nil, []string{"r"}, nil, nil, "r cannot act now: no link is down and the pool does not hold"},
		{"retry a refused link", func(b *fakeBroker, _ *fakePool) { b.links[2].Status = broker.LinkRefused }, []string{"r"}, nil, []string{"reconnect"}, "trying again"},
		{"declare a missing queue", func(b *fakeBroker, p *fakePool) { b.queue.Missing, p.status.State = true, worker.PoolHeld }, []string{"r"}, []string{"retry"}, []string{"ensure"}, "queue task_queue is there"},
		{"retry a refused link of a queue that was missing", func(b *fakeBroker, _ *fakePool) { b.queue.Missing, b.links[2].Status = true, broker.LinkRefused }, []string{"r"}, nil, []string{"reconnect"}, "trying again"},
		{"retry a held pool", func(_ *fakeBroker, p *fakePool) { p.status.State = worker.PoolHeld }, []string{"r"}, []string{"retry"}, []string{"reconnect"}, "trying again"},
		{"what fails is said", func(_ *fakeBroker, p *fakePool) { p.err = errors.New("2000 workers at most") }, []string{"+"}, []string{"resize 9"}, nil, "2000 workers at most"},
		{"merged keys", nil, []string{"jjs"}, []string{"pause w3"}, nil, "w03 is paused"},
		{"merged into a field", nil, []string{"p9"}, nil, nil, ""},
	} {
		b, p := busyBroker(), busyPool(8)
		if c.set != nil {
			c.set(b, p)
		}
		a := newTestApp(t, 120, 40, b, p)
		press(a, c.keys...)
		if !slices.Equal(p.asked, c.pool) {
			t.Errorf("%s: asked of the pool: %q, want %q", c.name, p.asked, c.pool)
		}
		if !slices.Equal(b.asked, c.broker) {
			t.Errorf("%s: asked of the broker: %q, want %q", c.name, b.asked, c.broker)
		}
		if a.toast.text != c.toast {
			t.Errorf("%s: toast %q, want %q", c.name, a.toast.text, c.toast)
		}
		checkFrame(t, a)
	}
}

func TestForeignTaskIsOfferedOnce(t *testing.T) {
	p := busyPool(2)
	p.status.State, p.status.Foreign, p.status.Held = worker.PoolHeld, true, "queue \"task_queue\" has foreign tasks"
	a := newTestApp(t, 120, 40, busyBroker(), p)
	if !strings.Contains(a.View(), "Foreign task") {
		t.Fatal("the dialog is not offered")
	}
	press(a, "esc")
	look(a, start.Add(time.Second))
	if a.dialog != nil || len(p.asked) > 0 {
		t.Fatalf("watching only is not accepted: %q", p.asked)
	}
	press(a, "r")
	typeText(a, "task_queue")
	press(a, "enter")
	if !slices.Equal(p.asked, []string{"allow"}) {
		t.Errorf("asked %q", p.asked)
	}
}

func TestReadOnlyBarsWhatChanges(t *testing.T) {
	b, p := busyBroker(), busyPool(2)
	a := newTestApp(t, 120, 40, b, p)
	a.o.ReadOnly = true
	for _, k := range []string{"e", "+", "-", " ", "s", "p", "x", "P"} {
		a.toast = toast{}
		press(a, k)
		if a.dialog != nil || len(p.asked)+len(b.asked) > 0 || !strings.Contains(a.toast.text, "read-only") {
			t.Errorf("%q: dialog %v, pool %q, broker %q, toast %q", k, a.dialog, p.asked, b.asked, a.toast.text)
		}
	}
	b.queue.Missing = true
	look(a, start)
	if press(a, "r"); len(b.asked) > 0 || a.toast.text != "r cannot act now: the console is read-only, nothing is declared" {
		t.Errorf("a missing queue: broker %q, toast %q", b.asked, a.toast.text)
	}
	press(a, "?")
	if !strings.Contains(a.View(), "not now: the console is read-only") {
		t.Error("the help does not give the reason")
	}
}

func TestWatchOnly(t *testing.T) {
	a := newTestApp(t, 120, 40, busyBroker(), nil)
	press(a, "+")
	if a.toast.text != "+ - cannot act now: no pool here, carousel only watches" {
		t.Errorf("toast %q", a.toast.text)
	}
	if !strings.Contains(a.View(), "no pool here") {
		t.Error("the panes do not say so")
	}
}

// A console that only watches says which key lets workers start, and the key asks.
func TestWorkHere(t *testing.T) {
	f := busyVHost()
	a := newTestApp(t, 120, 40, busyBroker(), nil)
	a.o.Switch = otherQueue(f)
	look(a, start)
	if !strings.Contains(a.View(), "only watches; W works this queue") {
		t.Errorf("the key is not named:\n%s", a.View())
	}
	for _, screen := range []string{"1", "2", "3", "5"} {
		f.asked = nil
		press(a, screen, "W")
		if !strings.Contains(a.View(), "Work on this queue") {
			t.Errorf("on %s it does not ask", screen)
		}
		if press(a, "enter"); !slices.Equal(f.asked, []string{"switch task_queue true"}) {
			t.Errorf("on %s asked %q", screen, f.asked)
		}
	}
	a.o.ReadOnly = true
	look(a, start)
	if press(a, "1", "W"); a.dialog != nil || strings.Contains(a.View(), "W works this") || !strings.Contains(a.toast.text, "read-only") {
		t.Errorf("read-only: %T, toast %q", a.dialog, a.toast.text)
	}
	a = newTestApp(t, 120, 40, busyBroker(), busyPool(2))
	if press(a, "W"); a.toast.text != "W cannot act now: the workers are on this queue; + starts one more" {
		t.Errorf("toast %q", a.toast.text)
	}
}

// Esc leads out of every screen step by step, and from the top of it to the board.
func TestEscLeadsToTheBoard(t *testing.T) {
	for screen, steps := range map[string][]string{
		"2": {"/", "x", "enter"}, "3": {"L", "enter", "/", "x", "enter"}, "4": {"/", "b", "enter"}, "5": {"j"},
	} {
		a := newAdminApp(t, 120, 40, busyVHost())
		a.o.Dead = deadLetters(3)
		if press(a, screen, "esc"); a.place != placeBoard {
			t.Errorf("%s: one is on %s", screen, a.here().name())
		}
		press(a, screen)
		press(a, steps...)
		for n := 0; a.place != placeBoard; n++ {
			if n > 5 {
				t.Fatalf("%s: esc does not lead to the board", screen)
			}
			press(a, "esc")
		}
	}
}

func TestQuit(t *testing.T) {
	quits := func(cmd tea.Cmd) bool {
		if cmd == nil {
			return false
		}
		_, ok := cmd().(tea.QuitMsg)
		return ok
	}
	t.Run("nothing runs", func(t *testing.T) {
		p := busyPool(2)
		p.status.InHand = 0
		a := newTestApp(t, 120, 40, busyBroker(), p)
		_, cmd := a.Update(keyOf("q"))
		_, cmd = a.Update(cmd())
		if !quits(cmd) || !slices.Equal(p.asked, []string{"drain"}) {
			t.Errorf("it does not drain and quit: %q", p.asked)
		}
	})
	t.Run("tasks run", func(t *testing.T) {
		p := busyPool(2)
		p.drained = make(chan struct{})
		a := newTestApp(t, 120, 40, busyBroker(), p)
		press(a, "q")
		if a.dialog == nil || len(p.asked) > 0 {
			t.Fatal("it does not ask")
		}
		_, cmd := a.Update(keyOf("enter"))
		look(a, start.Add(4*time.Second))
		if v := a.judged(); v.text != "Leaving: 2 tasks in hand, 26 s to finish, then they go back to the queue (q: now)." {
			t.Errorf("verdict %q", v.text)
		}
		press(a, "q") // now
		if v := a.judged(); v.text != "Leaving now: 2 tasks in hand go back to the queue." {
			t.Errorf("verdict %q", v.text)
		}
		if _, cmd = a.Update(cmd()); !quits(cmd) {
			t.Error("it does not quit when the pool has ended")
		}
	})
	t.Run("what is in hand ends while it asks", func(t *testing.T) {
		p := busyPool(2)
		a := newTestApp(t, 120, 40, busyBroker(), p)
		press(a, "q")
		asked := a.View()
		p.status.InHand = 0
		look(a, start.Add(4*time.Second))
		if then := a.View(); !strings.Contains(asked, "2 tasks in hand") || !strings.Contains(then, "nothing is interrupted any more") {
			t.Errorf("it asks\n%s\nand then\n%s", asked, then)
		}
	})
	t.Run("ctrl+c does not ask, and the third leaves whatever happens", func(t *testing.T) {
		p := busyPool(2)
		a := newTestApp(t, 120, 40, busyBroker(), p)
		a.Update(keyOf("ctrl+c"))
		if a.dialog != nil || a.leaving == nil {
			t.Fatal("it asks")
		}
		a.Update(keyOf("ctrl+c"))
		if _, cmd := a.Update(keyOf("ctrl+c")); !quits(cmd) {
			t.Error("the third does not leave")
		}
	})
}

func TestSmallQuestionKeepsItsAnswers(t *testing.T) {
	for key, want := range map[string][]string{"q": {"2 tasks in", "enter quit"}, "p": {"prefetch", "enter change"}} {
		a := newTestApp(t, 20, 5, busyBroker(), busyPool(2))
		press(a, key)
		for _, text := range want {
			if !strings.Contains(a.View(), text) {
				t.Errorf("%s: no %q on\n%s", key, text, a.View())
			}
		}
	}
}

// What a terminal sends in one piece is text for a field, even where it spells the name of a key.
func TestTextIsNoKey(t *testing.T) {
	for _, text := range []string{"esc", "enter", "tab", "up", "ctrl+s"} {
		a := newTestApp(t, 100, 30, busyBroker(), busyPool(2))
		press(a, ":")
		a.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text)})
		if p, open := a.dialog.(*finder); !open || p.field.value() != text {
			t.Errorf("%q is not typed: %T", text, a.dialog)
		}
		a = newTestApp(t, 100, 30, busyBroker(), busyPool(2))
		a.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(":" + text)})
		if p, open := a.dialog.(*finder); !open || p.field.value() != text {
			t.Errorf("%q is not typed behind what opens the field: %T", text, a.dialog)
		}
	}
}
