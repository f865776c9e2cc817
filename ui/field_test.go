package ui

import (
	"regexp"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"pgregory.net/rapid"
)

// Whatever is typed, a field takes it: the editors' own bindings included.
func TestFieldsTakeAnyKey(t *testing.T) {
	keys := []tea.KeyMsg{
		{Type: tea.KeyRunes, Runes: []rune("d"), Alt: true}, {Type: tea.KeyDelete, Alt: true}, {Type: tea.KeyRunes, Runes: []rune("b"), Alt: true},
		{Type: tea.KeyRunes, Runes: []rune("f"), Alt: true}, {Type: tea.KeyBackspace, Alt: true}, {Type: tea.KeyRunes, Runes: []rune("a ")},
		{Type: tea.KeyRunes, Runes: []rune("日\u0301\x1b[")}, {Type: tea.KeyLeft}, {Type: tea.KeyRight}, {Type: tea.KeyHome}, {Type: tea.KeyEnd},
		{Type: tea.KeyUp}, {Type: tea.KeyDown}, {Type: tea.KeyEnter}, {Type: tea.KeyDelete}, {Type: tea.KeyBackspace}, {Type: tea.KeyCtrlK},
		{Type: tea.KeyCtrlU}, {Type: tea.KeyCtrlW}, {Type: tea.KeyCtrlT}, {Type: tea.KeyCtrlN}, {Type: tea.KeyCtrlP}, {Type: tea.KeySpace, Runes: []rune(" ")},
		{Type: tea.KeyRunes, Runes: []rune("u"), Alt: true}, {Type: tea.KeyRunes, Runes: []rune("c"), Alt: true}, {Type: tea.KeyRunes, Runes: []rune("l"), Alt: true},
		{Type: tea.KeyRunes, Runes: []rune("<"), Alt: true}, {Type: tea.KeyRunes, Runes: []rune(">"), Alt: true}, {Type: tea.KeyCtrlHome}, {Type: tea.KeyCtrlEnd},
	}
	rapid.Check(t, func(t *rapid.T) {
		f := newField("type", "", "a ")
		if rapid.Bool().Draw(t, "several lines") {
			f = newTextField("body", "", 4)
		}
		f.focus(true)
		for range rapid.IntRange(1, 60).Draw(t, "keys") {
			f.key(rapid.SampledFrom(keys).Draw(t, "key"))
			f.lines()
		}
	})
}

// The cursor is one character, whatever stands before and behind it: the blanks of the field are not reversed with it.
func TestCursorIsOneCharacter(t *testing.T) {
	theme := newTheme("dark", termenv.ANSI256)
	reversed := regexp.MustCompile(`\x1b\[[0-9;]*7m([^\x1b]*)`)
	for _, c := range []struct{ before, after, under string }{{"", "", " "}, {"ab", "", " "}, {"", "cd", "c"}, {"ab", "日d", "日"}} {
		var p pen
		p.begin(30)
		drawCursor(&p, theme, 12, c.before, c.after)
		p.put(theme.dim, "a hint")
		line := p.end()
		if got := reversed.FindAllStringSubmatch(line, -1); len(got) != 1 || got[0][1] != c.under || ansi.StringWidth(line) != 30 {
			t.Errorf("%q|%q: reversed %q in %q", c.before, c.after, got, line)
		}
	}
}

// A value that nobody typed gives way to the first text, and to no other key.
func TestTypingReplacesAGivenValue(t *testing.T) {
	five := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("5")}
	for want, keys := range map[string][]tea.KeyMsg{
		"5":  {five},
		"55": {five, five},
		"15": {{Type: tea.KeyEnd}, five},
		"":   {{Type: tea.KeyBackspace}},
	} {
		f := newField("count", "", "1")
		f.focus(true)
		for _, k := range keys {
			f.key(k)
		}
		if got := f.value(); got != want {
			t.Errorf("%v: %q, want %q", keys, got, want)
		}
	}
}
