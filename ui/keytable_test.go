package ui

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// spelled are the keys that are shown in another way than bubbletea spells them.
var spelled = map[string]string{"↵": "enter", "⇧tab": "shift+tab", "space": " ", "^Z": "ctrl+z"}

// keymapsOf are the keys of every place, of the Dispatch pane, of an opened task, of the sandbox and of a recording.
func keymapsOf(t *testing.T) map[string][]binding {
	t.Helper()
	all := map[string][]binding{}
	for _, sandbox := range []bool{false, true} {
		a := newTestApp(t, 160, 45, busyBroker(), busyPool(2))
		a.o.Sandbox = sandbox
		a.newKeymaps()
		for id := range placeCount {
			a.show(id)
			all[map[bool]string{true: "sandbox, "}[sandbox]+a.here().name()] = a.bindings()
		}
		a.show(placeBoard)
		a.focus = paneDispatch
		all[map[bool]string{true: "sandbox, "}[sandbox]+"dispatch"] = a.bindings()
		press(a, "2", "enter")
		all["a task"] = a.bindings()
	}
	a := newApp(t.Context(), Options{Config: DefaultConfig(), Tape: hostileTape(t), TapeSpeed: 1}, testTheme)
	defer a.player.close()
	for id := range placeCount {
		a.show(id)
		all["recording, "+a.here().name()] = a.bindings()
	}
	return all
}

// The table of a place's keys, from which its key line, its help, the palette and the handler come, says what it does: every key
// that is shown acts, none is shown twice, and none is out of reach behind another of the same name.
func TestOneTableOfKeys(t *testing.T) {
	for where, bindings := range keymapsOf(t) {
		var taken []string
		for _, b := range bindings {
			if b.do == nil || b.help == "" || b.show == "" {
				t.Errorf("%s: %+v is not whole", where, b)
			}
			for _, shown := range strings.Fields(b.show) {
				if shown == "1-6" {
					continue
				}
				if key := spelled[shown]; !b.has(shown) && (key == "" || !b.has(key)) && !(len(shown) > 1 && b.has(strings.ToLower(shown))) {
					t.Errorf("%s: %s is shown, and is none of %q", where, shown, b.keys)
				}
			}
			if slices.Contains(taken, b.keys[0]) {
				t.Errorf("%s: %s is out of reach behind another key of this name", where, b.show)
			}
			taken = append(taken, b.keys...)
		}
	}
}

// keyInText finds the keys that a sentence names in brackets: (r tries again), (space resumes), (3).
var keyInText = regexp.MustCompile(`\((space|[a-z0-9+:]|Ctrl\+[A-Z])(?: [^)]*)?\)`)

// Every key that a verdict names acts on the board.
func TestVerdictsNameKeysThatThereAre(t *testing.T) {
	board := keymapsOf(t)["sandbox, board"]
	found := 0
	for _, c := range slices.Concat(verdictCases, ruleCases) {
		for _, m := range keyInText.FindAllStringSubmatch(c.text, -1) {
			key := m[1]
			if key == "space" {
				key = " "
			}
			found++
			if !slices.ContainsFunc(board, func(b binding) bool { return b.has(key) }) {
				t.Errorf("%s names %s, which is no key", c.name, m[0])
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d keys are named", found)
	}
}
