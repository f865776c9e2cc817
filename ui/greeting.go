package ui

import (
	"context"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// greeted takes the first hint away at the first key or click, which acts as it always does, and sees to it that the hint does
// not come again.
func (a *App) greeted() tea.Cmd {
	if !a.greeting {
		return nil
	}
	a.greeting = false
	if a.briefed {
		a.toast = toast{}
	}
	done := a.o.Greeted
	if done == nil {
		return nil
	}
	return a.crew.send(func(context.Context) tea.Msg {
		done()
		return nil
	})
}

// Measures of the first hint.
const (
	greetingWidth = 58
	greetingKeys  = 7
	greetingRows  = 10 // at most
)

// roomToGreet reports whether the hint fits on the pane of tasks, which is empty at first: it must hide nothing else.
func (a *App) roomToGreet() bool {
	r := a.layout.panes[paneTasks]
	return a.layout.screen == screenBoard && r.Dx() >= greetingWidth+frameCells && r.Dy() >= greetingRows+frameRows
}

// greets reports whether the hint stands on the board now.
func (a *App) greets() bool {
	return a.greeting && a.dialog == nil && a.place == placeBoard && a.roomToGreet()
}

// greet lays the hint over the lower right of the panes.
func (a *App) greet(lines []string) {
	card := a.greetingCard()
	x, y := a.w-greetingWidth-2, a.layout.bottom-len(card)-1
	for i, line := range card {
		lines[y+i] = inset(lines[y+i], line, x, a.w)
	}
}

// first is what a newcomer is told of a key.
type first struct{ key, text string }

// firsts are the keys to begin with, as far as they can act.
func (a *App) firsts() (list []first) {
	for _, f := range []first{
		{"t", "send some test tasks, and watch who takes them"},
		{"e", "make tasks of your own"},
		{"+", "one more worker; - one less"},
		{"2", "every task; 3 dead letters, 4 queues, 5 fleet, 6 lab"},
		{":", "find anything by a few letters"},
		{"?", "every key of the screen you are on"},
	} {
		for i := range a.bindings() {
			if b := &a.bindings()[i]; b.has(f.key) && (b.bar == nil || b.bar(a) == "") {
				list = append(list, f)
				break
			}
		}
	}
	return list
}

func (a *App) greetingCard() []string {
	firsts := a.firsts()
	b := newBox(&a.pen, a.t, greetingWidth, len(firsts)+frameRows+2, false)
	b.edge = a.t.accent
	b.title("New here?")
	b.topEnd("goes with any key")
	if a.o.Sandbox {
		b.say("", "This broker is in memory, and gone when you quit.")
	} else {
		b.say("", "What you see is live, and nothing acts by itself.")
	}
	b.say("", "")
	for _, f := range firsts {
		b.row()
		b.put(a.t.accent, " "+f.key)
		b.space(greetingKeys - 1 - width(f.key))
		b.put("", f.text)
		b.rowEnd()
	}
	return b.rest("")
}

// greetBriefly tells the same in the key line of a smaller screen, once.
func (a *App) greetBriefly() bool {
	if !a.greeting || a.briefed || a.w <= 0 || a.roomToGreet() {
		return false
	}
	a.briefed = true
	text := "New here? "
	if a.o.Sandbox {
		text += "t sends test tasks, "
	}
	a.hint(levelNote, text+"e makes tasks, : finds anything, ? lists keys.")
	a.toast.until = a.scene.now.Add(2 * toastFor)
	return true
}

// inset puts a piece over a line of w cells, from cell x on. The rest of the line keeps its colours.
func inset(line, piece string, x, w int) string {
	n := ansi.StringWidth(piece)
	left, right := ansi.Truncate(line, x, ""), ansi.TruncateLeft(line, x+n, "")
	if ansi.StringWidth(right) > w-x-n { // the piece ends in the middle of a wide character
		right = ansi.TruncateLeft(line, x+n+1, "")
	}
	if strings.Contains(left, "\x1b[") { // a sequence may be open
		left += reset
	}
	return left + blank(x-ansi.StringWidth(left)) + piece + blank(w-x-n-ansi.StringWidth(right)) + right
}
