package ui

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"carousel/broker"
)

// Context is the name that the user gave the broker of a session, and how careful the console is there. The zero value is a
// broker without a name.
type Context struct {
	Name      string
	Colour    string // of the name: a role's, or "#rrggbb"; "": none
	Protected bool   // the name is asked for before anything is lost or sent
}

// ContextEntry is a context that the console can go to.
type ContextEntry struct{ Name, Description string }

// contextRoles are the roles whose colours a context may have. Those of what is skipped and of frames would hide its name.
var contextRoles = []string{"accent", "calm", "warn", "alarm"}

// CheckColour refuses what is no colour of a context.
func CheckColour(colour string) error {
	if colour == "" || slices.Contains(contextRoles, colour) || sixDigits.MatchString(colour) {
		return nil
	}
	return fmt.Errorf("%q is no colour; write \"#rrggbb\", or one of %s", colour, strings.Join(contextRoles, ", "))
}

// ofContext is the ink of the context's name.
func (t *theme) ofContext(colour string) ink {
	switch colour {
	case "":
		return t.strong
	case "accent":
		return t.accent
	case "calm":
		return t.calm
	case "warn":
		return t.warn
	case "alarm":
		return t.alarm
	}
	return t.dye(colour)
}

// named is what is typed before an act that loses something of that name: in a protected context, with the context's own.
func (x *Context) named(name string) string {
	if !x.Protected {
		return name
	}
	return x.Name + "/" + name
}

// typeName asks for the name of a queue to be typed.
func (x *Context) typeName(name string) string {
	if x.Protected {
		return fmt.Sprintf("The context %s is protected: type %s to go on.", x.Name, broker.Plain(x.named(name)))
	}
	return fmt.Sprintf("Type the queue's name, %s, to go on.", broker.Plain(name))
}

// dye is the ink of a colour as "#rrggbb". On screens of 16 colours, whose hues are the terminal's own, there is none.
func (t *theme) dye(colour string) ink {
	if t.profile == termenv.ANSI {
		return t.strong
	}
	c := t.profile.Color(colour)
	if c == nil || c.Sequence(false) == "" {
		return t.strong
	}
	return ink("\x1b[" + c.Sequence(false) + "m")
}

// approved does something in the session's context, where that is protected once the name was typed. lines say what it is, and
// name is that of the queue it is done to; the question goes back to a dialog, or to the screen: nil.
func (a *App) approved(title string, lines []string, name string, back dialog, do func(*App) tea.Cmd) tea.Cmd {
	if !a.o.Context.Protected {
		return do(a)
	}
	q := &question{title: title, level: levelWarn, yes: "go on", back: back, lines: append(a.whereaboutsOf(name), append([]string{""}, lines...)...),
		do: func(a *App, _ string) tea.Cmd { return do(a) }}
	q.askName(&a.o.Context, name)
	a.dialog = q
	return nil
}
