package ui

import (
	"slices"
	"strings"

	"carousel/ui/fuzzy"

	tea "github.com/charmbracelet/bubbletea"
)

// The palette finds what can be done by a few letters of its name: every key's action, from the tables that handle the keys,
// and what has no key, such as the themes and the other queues.

// entry is one thing that the palette can do.
type entry struct {
	text  string // what it does; plain. It names the entry among those that were chosen before
	where string // the place or the kind that it belongs to; "" for what acts everywhere
	key   string // that does the same here; "" when none does
	bar   func(*App) string
	do    func(*App) tea.Cmd
}

// label is what is searched and shown.
func (e *entry) label() string {
	if e.where == "" {
		return e.text
	}
	return e.text + " · " + e.where
}

// barred is why it cannot be done now, "" when it can.
func (e *entry) barred(a *App) string {
	if e.bar == nil {
		return ""
	}
	return e.bar(a)
}

// found is an entry with the letters of its label that were asked for.
type found struct {
	*entry
	fuzzy.Match
}

// finder is the palette. It is kept while the console runs, for what was chosen before.
type finder struct {
	field   *field
	entries []entry
	found   []found // best first
	at      int     // selected one of found
	offset  int
	rows    int      // that had room in the last view
	trouble string   // why the last choice did nothing
	chosen  []string // texts of entries, the newest first
	queues  queueNames
}

const (
	mostChosen  = 20 // choices that are remembered
	scoreBarred = 6  // what cannot be done now stands behind what can, where both are meant as much
)

func (a *App) openPalette(string) tea.Cmd {
	p := a.finder
	p.field = newField(":", "", "")
	p.field.focus(true)
	p.trouble = ""
	p.queues = queueNames{generation: p.queues.generation + 1}
	p.entries = a.entries()
	p.find(a)
	a.dialog = p
	return a.fetchNames()
}

// find looks for what is typed. With nothing typed, what was chosen before comes first.
func (p *finder) find(a *App) {
	query := p.field.value()
	p.found, p.at, p.offset = p.found[:0], 0, 0
	for i := range p.entries {
		e := &p.entries[i]
		m, ok := fuzzy.Find(query, e.label())
		if !ok {
			continue
		}
		if n := slices.Index(p.chosen, e.text); n >= 0 {
			m.Score += mostChosen - n
		}
		if e.barred(a) != "" {
			m.Score -= scoreBarred
		}
		p.found = append(p.found, found{e, m})
	}
	slices.SortStableFunc(p.found, func(a, b found) int {
		if a.Score == b.Score && query != "" { // the less else it says, the more it is what was meant
			return len(a.text) - len(b.text)
		}
		return b.Score - a.Score
	})
}

func (p *finder) typing() bool { return true }

func (p *finder) key(a *App, k tea.KeyMsg) tea.Cmd {
	page := max(1, p.rows-1)
	switch k.String() {
	case "esc":
		a.dialog = nil
	case "enter":
		return p.choose(a)
	case "down", "ctrl+n", "tab":
		p.move(1)
	case "up", "ctrl+p", "shift+tab":
		p.move(-1)
	case "pgdown":
		p.move(page)
	case "pgup":
		p.move(-page)
	default:
		before := p.field.value()
		p.field.key(k)
		if p.field.value() != before {
			p.trouble = ""
			p.find(a)
			p.queues.typed = a.scene.now
			return a.fetchNames()
		}
	}
	return nil
}

func (p *finder) move(by int) {
	p.at = max(0, min(p.at+by, len(p.found)-1))
	p.trouble = ""
}

// choose does what is selected, unless it cannot be done now.
func (p *finder) choose(a *App) tea.Cmd {
	if len(p.found) == 0 {
		return nil
	}
	e := p.found[p.at].entry
	if why := e.barred(a); why != "" {
		p.trouble = "It cannot be done now: " + why + "."
		return nil
	}
	p.chosen = slices.DeleteFunc(p.chosen, func(text string) bool { return text == e.text })
	p.chosen = slices.Insert(p.chosen, 0, e.text)
	p.chosen = p.chosen[:min(len(p.chosen), mostChosen)]
	a.dialog = nil
	return e.do(a)
}

// entries lists all that can be done from where one is: first what the keys do here, then the ways to other places and what
// can be done there, then what has no key.
func (a *App) entries() (all []entry) {
	taken := map[string]bool{} // keys that act before others of the same name
	for _, g := range a.keyGroups() {
		for i := range g.bindings {
			all = append(all, actions(&g.bindings[i], g.where, taken)...)
		}
	}
	for id := range placeCount {
		if id == a.place {
			continue
		}
		name, key := a.places[id].name(), string('1'+rune(id))
		all = append(all, entry{text: "go to " + name, key: key, do: func(a *App) tea.Cmd { return a.show(id) }})
		for _, g := range a.groups[id] {
			if !g.own {
				continue
			}
			for i := range g.bindings {
				for _, e := range actions(&g.bindings[i], name, nil) {
					all = append(all, e.elsewhere(id))
				}
			}
		}
	}
	all = append(all, autoscaleEntry)
	all = append(all, entry{text: "forget what the enqueue form has sent: clear its history", bar: (*App).barForget, do: (*App).askForget})
	all = append(all, a.contextEntries()...)
	for _, name := range themes {
		all = append(all, entry{
			text: "theme: " + name, where: "colours",
			bar: func(a *App) string {
				if themeName(name) == a.t.name {
					return "it is the theme already"
				}
				return ""
			},
			do: func(a *App) tea.Cmd { a.setTheme(name); return nil },
		})
	}
	return all
}

// elsewhere makes an entry go to its place instead of acting at once: what it acts on should be seen first.
func (e entry) elsewhere(id placeID) entry {
	key, text := e.key, e.text
	e.key, e.bar = "", nil
	e.do = func(a *App) tea.Cmd {
		cmd := a.show(id)
		a.hint(levelNote, "Here "+key+" does it: "+text+".")
		return cmd
	}
	return e
}

// actions are the entries of a binding: one, or one a key where its help says what each of them does. Keys that move about
// within a place are none. taken holds the keys of the bindings before it, and takes its own; nil: it does not matter.
func actions(b *binding, where string, taken map[string]bool) (all []entry) {
	if slices.Equal(b.keys, moves) || slices.Contains([]string{"esc", ":", "1"}, b.keys[0]) {
		return nil
	}
	add := func(name, show, help string) {
		text := help
		if b.word != "" && !strings.HasPrefix(help, b.word) {
			text = b.word + ": " + help
		}
		if taken[name] {
			show = ""
		}
		all = append(all, entry{text: text, where: where, key: show, bar: b.bar, do: func(a *App) tea.Cmd { return b.do(a, name) }})
	}
	shown, helps := strings.Fields(b.show), strings.Split(b.help, ", or ")
	each := len(shown) > 1 && len(shown) == len(helps)
	for _, key := range shown {
		each = each && slices.Contains(b.keys, key)
	}
	if each {
		for i, key := range shown {
			add(key, key, helps[i])
		}
	} else {
		add(b.keys[0], b.show, b.help)
	}
	if taken != nil {
		for _, key := range b.keys {
			taken[key] = true
		}
	}
	return all
}
