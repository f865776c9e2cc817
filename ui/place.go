package ui

import (
	"image"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// place is what fills the screen between the header and the verdict: the board, or one of the screens beside it. Its
// methods run on the program's goroutine and do no I/O.
type place interface {
	// name is the word for it in the tabs, the help and the palette.
	name() string
	// bindings are the keys that act here. They go before those that act everywhere.
	bindings() []binding
	// remark is what the tab says beside the name, such as a count; "" for nothing.
	remark(a *App) (ink, string)
	// arrive is called when the place comes onto the screen.
	arrive(a *App) tea.Cmd
	// sampled is called after every look, whether the place is on the screen or not.
	sampled(a *App) tea.Cmd
	// view draws exactly h lines of exactly w cells.
	view(a *App, w, h int) []string
	// mouse takes a press or a turn of the wheel at a cell of the place's own.
	mouse(a *App, m tea.MouseMsg, at image.Point)
}

// placeID names a place; its number key is one more.
type placeID uint8

const (
	placeBoard placeID = iota
	placeTasks
	placeDead
	placeQueues
	placeFleet
	placeLab
	placeCount
)

// tidings are messages that tell themselves to the App: the results of what Cmds did for one place.
type tidings interface {
	tell(a *App) tea.Cmd
}

// bindings are the keys of the place on the screen, in the order of the key line.
func (a *App) bindings() []binding {
	if a.place == placeBoard && a.focus == paneDispatch {
		return a.laneKeys
	}
	return a.keymaps[a.place]
}

// newKeymaps joins the keys of each place with those that act everywhere. A place's own go first, and the first that matches
// acts: what a place shadows is not among its keys. Only on the board, whose keys take none from the others, the key line
// begins with what feeds and steers the queue.
func (a *App) newKeymaps() {
	acts := newActs(a.o.Sandbox)
	if a.player != nil {
		acts = playing
	}
	acts, ways := a.spelled(acts), a.spelled(ways)
	for id := range placeCount {
		own := a.spelled(a.places[id].bindings())
		a.keymaps[id] = slices.Concat(own, unshadowed(acts, own), ways)
		if id == placeBoard {
			n := slices.IndexFunc(acts, func(b binding) bool { return b.word == "prefetch" })
			if n < 0 { // those of a recording
				n = len(acts)
			}
			a.keymaps[id] = slices.Concat(acts[:n], own, acts[n:], ways)
		}
		a.groups[id] = []group{
			{title: "Here: " + a.places[id].name(), where: a.places[id].name(), own: true, bindings: own},
			{title: "The queue and its workers", bindings: acts}, {title: "Everywhere", bindings: ways},
		}
	}
	a.laneKeys = inFront(a.spelled(laneBindings), a.keymaps[placeBoard])
}

// spelled names the keys by words where there is ASCII only: the twin of a pictured key would be taken for a key of its own.
func (a *App) spelled(bindings []binding) []binding {
	if !a.o.Config.ASCII {
		return bindings
	}
	bindings = slices.Clone(bindings)
	for i := range bindings {
		bindings[i].show = keyWords.Replace(bindings[i].show)
	}
	return bindings
}

var keyWords = strings.NewReplacer("↵", "enter", "⇧tab", "shift+tab")

// keyGroups are the keys of the place on the screen by where they act, in the order in which they are asked.
func (a *App) keyGroups() []group {
	if a.place == placeBoard && a.focus == paneDispatch {
		lanes := group{title: "In the Dispatch pane", where: a.here().name(), own: true, bindings: a.spelled(laneBindings)}
		return append([]group{lanes}, a.groups[a.place]...)
	}
	return a.groups[a.place]
}

func (a *App) fleet() *fleetPlace { return a.places[placeFleet].(*fleetPlace) }

// group is the keys of a place that belong together, for the help and the palette.
type group struct {
	title    string
	where    string // the place's name; "" for keys that act everywhere
	own      bool   // they act in this place only
	bindings []binding
}

// unshadowed are those of the keys that act everywhere which a place has not taken for itself.
func unshadowed(everywhere, own []binding) []binding {
	return slices.DeleteFunc(slices.Clone(everywhere), func(b binding) bool {
		return slices.ContainsFunc(own, func(o binding) bool { return slices.Contains(o.keys, b.keys[0]) })
	})
}

// here is the place on the screen.
func (a *App) here() place { return a.places[a.place] }

// goTo brings the place of a number key onto the screen.
func (a *App) goTo(key string) tea.Cmd { return a.show(placeID(key[0] - '1')) }

func (a *App) show(id placeID) tea.Cmd {
	a.place = id
	return a.here().arrive(a)
}

// tabsHeight is how high a screen must be to have a row for the tabs; below it the key line tells of 1 to 6.
const tabsHeight = 24

// tabsWidth is from where on the tabs stand further apart than they must.
const tabsWidth = 80

// headRows are above the panes on a screen of h lines: the header, and the tabs where there is room.
func headRows(h int) int {
	if h >= tabsHeight {
		return 2
	}
	return 1
}

// tabsLine names the places with their keys; the one on the screen is marked by a glyph as well as by colour.
func (a *App) tabsLine() string {
	p := &a.pen
	p.begin(a.w)
	p.space(1)
	gap := 3
	if a.w < tabsWidth {
		gap = 1
	}
	for id := range placeCount {
		mark, k := " ", a.t.dim
		if id == a.place {
			mark, k = "▸", a.t.strong
		}
		p.put(a.t.accent, mark)
		from := a.w - p.left
		p.cell(k, '1'+rune(id))
		p.space(1)
		p.put(k, a.places[id].name())
		a.hits = append(a.hits, hit{y: 1, from: from, to: a.w - p.left, place: id})
		if k, text := a.places[id].remark(a); text != "" {
			p.space(1)
			p.put(k, "("+text+")")
		}
		p.space(gap)
	}
	return p.end()
}
