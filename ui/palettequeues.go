package ui

import (
	"context"
	"strings"
	"time"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// queueNames are the vhost's queues as far as the palette has read them. A vhost with few is read once; of one with many, as
// many as have the typed text in their name.
type queueNames struct {
	generation int // of the palette's opening; answers for another one are not wanted any more
	asking     bool
	typed      time.Time // when a key changed what is asked for
	known      bool      // the last answer is here
	filter     string    // what it was asked for
	names      []string
	whole      bool // there are no more of them
	total      int
	err        error
}

// Bounds of one question for names.
const (
	namesAtOnce  = 500
	namesTimeout = 30 * time.Second
)

// namesMsg brings names of queues to the palette.
type namesMsg struct {
	generation int
	filter     string
	page       broker.QueuePage
	err        error
}

// fetchNames asks for the queues' names, one question at a time, until all are known that what is typed can mean. Of a vhost with
// many it asks once nothing more is typed for a moment.
func (a *App) fetchNames() tea.Cmd {
	q := &a.finder.queues
	if a.o.Admin == nil || a.toQueue == nil || q.asking || q.err != nil {
		return nil
	}
	filter := ""
	if q.known {
		if q.whole && q.filter == "" {
			return nil
		}
		if filter = longestWord(a.finder.field.value()); filter == q.filter || a.scene.now.Before(q.typed.Add(typingPause)) {
			return nil
		}
	}
	q.asking = true
	admin, generation := a.o.Admin, q.generation
	return a.crew.asks(namesTimeout, func(ctx context.Context) tea.Msg {
		page, err := admin.Queues(ctx, broker.QueueQuery{Page: 1, Size: namesAtOnce, Name: filter, Sort: "name", NamesOnly: true})
		return namesMsg{generation, filter, page, err}
	})
}

// longestWord is what tells most of a query.
func longestWord(query string) (longest string) {
	for word := range strings.FieldsSeq(query) {
		if len(word) > len(longest) {
			longest = word
		}
	}
	return longest
}

// tell takes names in, and asks on when something else was typed meanwhile.
func (m namesMsg) tell(a *App) tea.Cmd {
	p := a.finder
	q := &p.queues
	if m.generation != q.generation || a.dialog != dialog(p) {
		return nil
	}
	q.asking, q.known, q.filter, q.err = false, true, m.filter, m.err
	if m.err != nil {
		return nil
	}
	q.whole, q.total = m.page.Filtered <= len(m.page.Rows), m.page.Filtered
	q.names = q.names[:0]
	for i := range m.page.Rows {
		q.names = append(q.names, m.page.Rows[i].Name)
	}
	var selected string
	if p.at < len(p.found) {
		selected = p.found[p.at].text
	}
	p.entries = append(a.entries(), a.queueEntries()...)
	p.find(a)
	for i := range p.found { // what was selected stays so while names come in
		if p.found[i].text == selected {
			p.at = i
		}
	}
	return a.fetchNames()
}

func (a *App) queueEntries() (all []entry) {
	for _, name := range a.finder.queues.names {
		all = append(all, entry{
			text: "queue: " + plain(name), where: "watch it",
			bar: func(a *App) string {
				if name == a.scene.queue.Queue {
					return "it is watched already"
				}
				return ""
			},
			do: func(a *App) tea.Cmd { return a.toQueue(name) },
		})
	}
	return all
}
