package ui

import (
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// ink is the escape sequence that starts a style; the empty ink is the terminal's own. Sequences are taken once a theme,
// because a Style.Render for each cell would cost more than the rest of the frame.
type ink string

// theme holds the inks by role. Colour rises only with trouble, and never says anything that a mark or word does not.
type theme struct {
	name    string
	profile termenv.Profile

	dim    ink // what can be skipped: labels, ages, units
	faint  ink // what is skipped until it is looked for, idle tracks, keys that cannot act
	frame  ink // the borders of panes
	strong ink // titles and the figures one looks for first
	accent ink // focus and what is running
	calm   ink // all is well
	warn   ink
	alarm  ink
	picked ink   // of the selected row, under the inks of its texts
	cursor ink   // the cell under the cursor of a field
	shades []ink // the workers' own, by id
	paints *paints
}

// newTheme takes the sequences for a colour profile. termenv.Ascii, which NO_COLOR asks for, has none at all.
func newTheme(name string, profile termenv.Profile) *theme { return dyed(name, profile, Colours{}) }

// dyed is newTheme with a user's own colours in place of the theme's.
func dyed(name string, profile termenv.Profile, own Colours) *theme {
	p := paletteOf(name, profile)
	if profile != termenv.ANSI { // whose few colours are the terminal's own
		p = own.over(p)
	}
	// Profile and background are stated, so that lipgloss neither guesses them nor asks the terminal.
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(profile)
	r.SetHasDarkBackground(!isLight(name))
	fore := func(colour string) ink { return inkOf(r.NewStyle().Foreground(lipgloss.Color(colour))) }
	bold := func(colour string) ink { return inkOf(r.NewStyle().Foreground(lipgloss.Color(colour)).Bold(true)) }
	t := &theme{
		name: name, profile: profile,
		dim: fore(p.dim), faint: fore(p.faint), frame: fore(p.frame), calm: fore(p.calm), warn: fore(p.warn),
		strong: inkOf(r.NewStyle().Bold(true)), accent: bold(p.accent), alarm: bold(p.alarm),
		picked: inkOf(r.NewStyle().Background(lipgloss.Color(p.picked))),
		cursor: inkOf(r.NewStyle().Reverse(true)),
	}
	if profile == termenv.ANSI {
		t.picked = underline
	}
	for _, colour := range p.shades {
		t.shades = append(t.shades, fore(colour))
	}
	t.paints = newPaints(r, p)
	return t
}

// underline sets the selected row off where no background can be relied on.
const underline ink = "\x1b[4m"

// inkOf cuts a style's opening sequence from something it rendered.
func inkOf(s lipgloss.Style) ink {
	opening, _, _ := strings.Cut(s.Render("x"), "x")
	return ink(opening)
}

// shade is the colour of a worker, the same everywhere.
func (t *theme) shade(worker int) ink { return t.shades[uint(worker)%uint(len(t.shades))] }

// colourless reports whether the screen has no colours, nor any other way to set letters off.
func (t *theme) colourless() bool { return t.accent == "" }

// level sorts what is said by how much it should catch the eye.
type level uint8

const (
	levelCalm level = iota
	levelNote       // worth reading: paused, draining
	levelWarn       // will be trouble
	levelAlarm
)

func (t *theme) of(l level) ink { return [...]ink{t.calm, t.accent, t.warn, t.alarm}[l] }

// themes are those that a user may choose.
var themes = []string{"dark", "light", "contrast"}

// themeName settles what a config's theme depends on the screen for: "auto", and which of its two forms "contrast" has. The
// screen's background is told by COLORFGBG, which many terminals set ("15;0": light on dark). The terminal is not asked:
// not all answer, and waiting for one that does not would delay the first frame.
func themeName(name string) string {
	_, background, found := strings.Cut(os.Getenv("COLORFGBG"), ";")
	if i := strings.LastIndexByte(background, ';'); i >= 0 {
		background = background[i+1:]
	}
	onLight := found && (background == "7" || background == "15")
	switch {
	case name == "auto" && onLight:
		return "light"
	case name == "auto":
		return "dark"
	case name == "contrast" && onLight:
		return "contrast-light"
	}
	return name
}

// setTheme changes the theme while the console runs. Everything draws from the same theme, so it is written in place.
func (a *App) setTheme(name string) {
	*a.t = *dyed(themeName(name), a.t.profile, a.o.Config.Colours)
	a.say(levelNote, "theme "+name+"; console.theme in the config file keeps it")
}
