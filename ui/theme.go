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
	dim    ink // what can be skipped: labels, ages, units
	faint  ink // frames, idle tracks
	strong ink // titles and the figures one looks for first
	accent ink // focus and what is running
	calm   ink // all is well
	warn   ink
	alarm  ink
	picked ink   // background of the selected row
	cursor ink   // the cell under the cursor of a field
	shades []ink // the workers' own, by id
	paints *paints
}

// palette names a theme's colours as lipgloss reads them.
type palette struct {
	dim, faint, accent, calm, warn, alarm, picked string
	shades                                        []string
}

var dark = palette{
	dim: "#8b93a1", faint: "#474e5b", accent: "#7fb4ff", calm: "#8fc98f", warn: "#e8b35a", alarm: "#ff7a85", picked: "#263041",
	shades: []string{"#6f9fd8", "#5fb8a4", "#9a8fe0", "#7fae6d", "#4fa8c9", "#b394c9", "#8fa6c4", "#5d8fb0"},
}

var light = palette{
	dim: "#6a717d", faint: "#b9bfc9", accent: "#0b5cc4", calm: "#2f7d32", warn: "#9a6400", alarm: "#c2182b", picked: "#dbe7fa",
	shades: []string{"#3f74b5", "#2b8674", "#6d5fc0", "#4f7f3c", "#23799b", "#86619f", "#5d7699", "#356a8d"},
}

// newTheme takes the sequences for a colour profile. termenv.Ascii, which NO_COLOR asks for, has none at all.
func newTheme(name string, profile termenv.Profile) *theme {
	p := dark
	if name == "light" {
		p = light
	}
	// Profile and background are stated, so that lipgloss neither guesses them nor asks the terminal.
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(profile)
	r.SetHasDarkBackground(name != "light")
	fore := func(colour string) ink { return inkOf(r.NewStyle().Foreground(lipgloss.Color(colour))) }
	t := &theme{
		dim: fore(p.dim), faint: fore(p.faint), calm: fore(p.calm), warn: fore(p.warn),
		strong: inkOf(r.NewStyle().Bold(true)),
		accent: inkOf(r.NewStyle().Foreground(lipgloss.Color(p.accent)).Bold(true)),
		alarm:  inkOf(r.NewStyle().Foreground(lipgloss.Color(p.alarm)).Bold(true)),
		picked: inkOf(r.NewStyle().Background(lipgloss.Color(p.picked))),
		cursor: inkOf(r.NewStyle().Reverse(true)),
	}
	for _, colour := range p.shades {
		t.shades = append(t.shades, fore(colour))
	}
	t.paints = newPaints(r, p, name == "light")
	return t
}

// inkOf cuts a style's opening sequence from something it rendered.
func inkOf(s lipgloss.Style) ink {
	opening, _, _ := strings.Cut(s.Render("x"), "x")
	return ink(opening)
}

// shade is the colour of a worker, the same everywhere.
func (t *theme) shade(worker int) ink { return t.shades[uint(worker)%uint(len(t.shades))] }

// level sorts what is said by how much it should catch the eye.
type level uint8

const (
	levelCalm level = iota
	levelNote       // worth reading: paused, draining
	levelWarn       // will be trouble
	levelAlarm
)

func (t *theme) of(l level) ink { return [...]ink{t.calm, t.accent, t.warn, t.alarm}[l] }

// themeName settles "auto" by COLORFGBG, which many terminals set ("15;0": light on dark). The terminal is not asked:
// not all answer, and waiting for one that does not would delay the first frame.
func themeName(name string) string {
	if name != "auto" {
		return name
	}
	_, background, found := strings.Cut(os.Getenv("COLORFGBG"), ";")
	if i := strings.LastIndexByte(background, ';'); i >= 0 {
		background = background[i+1:]
	}
	if found && (background == "7" || background == "15") {
		return "light"
	}
	return "dark"
}
