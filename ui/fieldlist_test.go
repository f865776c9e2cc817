package ui

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func someFields() *fieldList {
	l := &fieldList{fields: []*field{
		newField("name", "a hint", ""), newChoice("kind", "", "one", "two", "three"), newTextField("lines", "a hint", 3),
	}}
	l.moveTo(0)
	return l
}

func TestFieldList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		keys string
		at   int
		act  formAct // of the last key
		has  string
	}{
		{"x", 0, formEdited, "x one "},
		{"tab", 1, formNothing, " one "},
		{"shift+tab", 3, formNothing, " one "},
		{"shift+tab shift+tab x enter y", 2, formEdited, " one x\ny"},
		{"enter", 1, formNothing, " one "},
		{"tab right", 1, formEdited, " two "},
		{"tab left", 1, formEdited, " three "},
		{"tab l l l", 1, formEdited, " one "},
		{"tab x", 1, formNothing, " one "},
		{"tab down x enter up up", 1, formNothing, " one x\n"},
		{"up enter", 3, formSend, " one "},
		{"up x", 3, formNothing, " one "},
		{"x ctrl+s", 0, formSend, "x one "},
		{"x esc", 0, formClose, "x one "},
	} {
		l := someFields()
		var act formAct
		for _, k := range strings.Fields(c.keys) {
			act = l.key(keyOf(k))
		}
		has := fmt.Sprintf("%s %s %s", l.fields[0].value(), l.fields[1].value(), l.fields[2].value())
		if l.at != c.at || act != c.act || has != c.has {
			t.Errorf("%s: at %d, act %d, %q", c.keys, l.at, act, has)
		}
	}
}

// However little room there is, and whatever is wrong, the form fills its box, and the button is on it.
func TestFieldListFits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := someFields()
		l.moveTo(rapid.IntRange(0, 3).Draw(t, "at"))
		for _, f := range l.fields {
			f.wrong = rapid.SampledFrom([]string{"", "no good", strings.Repeat("long ", 40)}).Draw(t, "wrong")
		}
		w, h := rapid.IntRange(20, 90).Draw(t, "w"), rapid.IntRange(3, 20).Draw(t, "h")
		var p pen
		b := newBox(&p, testTheme, w, h, true)
		b.title("Form")
		b.topEnd("")
		l.draw(b)
		l.drawMistake(b)
		l.button(b, "[ go ]", "does it")
		lines := b.rest("")
		if len(lines) != h {
			t.Fatalf("%d lines of %d", len(lines), h)
		}
		if text := strings.Join(lines, "\n"); h >= 3+l.height(0) && !strings.Contains(text, "[ go ]") {
			t.Fatalf("no button on\n%s", text)
		}
	})
}
