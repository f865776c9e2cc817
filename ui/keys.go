package ui

import (
	"slices"

	"carousel/broker"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// binding is what some keys do in a place. The one table of them handles keys, draws the key line and writes the help.
type binding struct {
	keys []string          // as bubbletea spells them
	show string            // as the key line and the help spell them
	word string            // in the key line; "" where only the help names it
	help string            // where show names several keys that differ, what each does, joined by ", or "
	bar  func(*App) string // why it cannot act now, "" when it can; nil: it always can
	do   func(*App, string) tea.Cmd
}

// has reports whether a key is one of the binding's.
func (b *binding) has(key string) bool { return slices.Contains(b.keys, key) }

// boardBindings are the keys of the board's panes.
var boardBindings = []binding{
	{[]string{"enter"}, "↵", "inspect", "show the selected worker or task; other panes zoom", nil, (*App).inspect},
	{[]string{"tab", "l", "right"}, "tab", "pane", "focus the next pane; shift+tab the one before", nil, (*App).nextPane},
	{[]string{"shift+tab", "h", "left"}, "⇧tab", "", "focus the pane before", nil, (*App).previousPane},
	{[]string{"d"}, "d", "dead", "the dead letters: look, replay, discard", nil, (*App).openDead},
	{[]string{"w"}, "w", "what if", "foretell the queue with other workers or another prefetch", nil, (*App).openWhatIf},
	{[]string{"x"}, "x", "crash", "crash the selected worker: its channel closes without an ack",
		(*App).barWorker, (*App).askCrash},
	{[]string{"s"}, "s", "", "pause the selected worker only, or let it go on", (*App).barWorker, (*App).pauseWorker},
	{[]string{"z"}, "z", "", "give the focused pane the whole screen, or give it back", nil, (*App).toggleZoom},
	{moves, "j k g G", "", "select: down, up, first, last; arrows and page keys too", nil, (*App).move},
	{[]string{"[", "]"}, "[ ]", "", "zoom into the lanes, or zoom out of them", nil, (*App).zoomLanes},
	{[]string{"L"}, "L", "", "the connections to the broker and their nodes; the queue's leader and members", nil, (*App).openLinks},
	{[]string{"m"}, "m", "", "dispatch: lanes, or a heatmap of groups of workers", nil, (*App).toggleHeat},
	{[]string{"esc"}, "esc", "", "back: unzoom, follow the newest task", nil, (*App).back},
}

// newActs are the keys that feed and steer the queue, wherever one is.
func newActs(sandbox bool) []binding {
	var own []binding
	if sandbox {
		own = []binding{{[]string{"t"}, "t", "test tasks", "put some test tasks into the sandbox's queue",
			(*App).barSamples, (*App).sendSamples}}
	}
	return append(own, []binding{
		{[]string{"e"}, "e", "enqueue", "make tasks and publish them", (*App).barPublish, (*App).openForm},
		{[]string{"B"}, "B", "", "the batches that are being published, and how the others ended", nil, (*App).openBatches},
		{[]string{"+", "=", "-"}, "+ -", "workers", "start a worker more, or let the newest one finish and end",
			(*App).barPool, (*App).resize},
		{[]string{" "}, "space", "pause", "pause the pool, or let it go on; in the Dispatch pane it freezes the picture",
			(*App).barPool, (*App).pausePool},
		{[]string{"p"}, "p", "prefetch", "change how many tasks a worker may hold", (*App).barPool, (*App).askPrefetch},
		{[]string{"P"}, "P", "purge", "remove every ready task from the queue", (*App).barPurge, (*App).askPurge},
		{[]string{"r"}, "r", "retry", "try again after a refusal or a hold; declare a missing queue",
			(*App).barRetry, (*App).retry},
		{[]string{"T"}, "T", "", "trace: show to which consumers of other programs the tasks go, by RabbitMQ's firehose, or end that; it costs (asks)",
			(*App).barLens, (*App).turnLens},
		{[]string{"W"}, "W", "", "work this queue: let workers start where carousel only watches", (*App).barWorkHere, (*App).workHere},
	}...)
}

// ways are the keys that lead around and out, everywhere.
var ways = []binding{
	{[]string{"v"}, "v", "why", "explain the verdict: what is seen, how it is known, what to do", (*App).away, (*App).openWhy},
	{[]string{"1", "2", "3", "4", "5", "6"}, "1-6", "screens", "board, tasks, dead letters, queues, fleet, lab", nil, (*App).goTo},
	{[]string{":"}, ":", "commands", "find anything that can be done, and any queue, by a few letters", nil, (*App).openPalette},
	{[]string{"?"}, "?", "help", "this help", nil, (*App).openHelp},
	{[]string{"!"}, "!", "", "events: what carousel did and saw, with times", nil, (*App).openEvents},
	{[]string{"S"}, "S", "", "save the screen as a picture or as text", (*App).barWrite, (*App).askSave},
	{[]string{"M"}, "M", "", "mouse: take it or leave it to the terminal", nil, (*App).toggleMouse},
	{[]string{"ctrl+z"}, "^Z", "", "suspend: the shell has the terminal until fg; tasks in hand finish first",
		(*App).barSuspend, (*App).suspend},
	{[]string{"q"}, "q", "quit", "quit; asks when tasks run, and lets them finish", nil, (*App).quit},
}

// keys takes keys apart that a terminal sent in one piece ("jjj", or Escape and a letter), unless a field is to have
// them. Pasted text is for fields only.
func (a *App) keys(k tea.KeyMsg) tea.Cmd {
	if k.Type == tea.KeyCtrlC {
		return a.interrupt()
	}
	if k.Type == tea.KeyCtrlZ {
		return a.suspend("")
	}
	if a.dialog != nil && a.dialog.typing() {
		return a.dialog.key(a, a.text(k))
	}
	if k.Paste {
		return nil
	}
	if k.Type != tea.KeyRunes {
		return a.key(k)
	}
	var cmds []tea.Cmd
	if k.Alt {
		cmds = append(cmds, a.key(tea.KeyMsg{Type: tea.KeyEsc}))
	}
	for i, r := range k.Runes {
		if a.dialog != nil && a.dialog.typing() { // the rune before has opened a field
			rest := tea.KeyMsg{Type: tea.KeyRunes, Runes: k.Runes[i:]}
			return tea.Batch(append(cmds, a.dialog.key(a, a.text(rest)))...)
		}
		cmds = append(cmds, a.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}))
	}
	return tea.Batch(cmds...)
}

// maxPaste is how much of a paste a field takes; larger bodies come from a file.
const maxPaste = 32 << 10

// text is a key for a field. Characters that came in one piece are spelled as pasted ones, for otherwise "esc" that was typed
// fast would be the key of that name.
func (a *App) text(k tea.KeyMsg) tea.KeyMsg {
	if k.Type == tea.KeyRunes && len(k.Runes) > 1 {
		k.Paste = true
	}
	if k.Paste && len(k.Runes) > maxPaste {
		k.Runes = k.Runes[:maxPaste]
		text := "The paste was cut at " + count(maxPaste) + " characters; name a file with @path for a larger body."
		a.say(levelWarn, text)
		a.draft.trouble = text
	}
	return k
}

func (a *App) key(k tea.KeyMsg) tea.Cmd {
	if a.dialog != nil {
		return a.dialog.key(a, k)
	}
	if k.Type == tea.KeyEsc {
		a.toast = toast{} // read, and in the way of the keys
		if a.span != nil {
			a.span = nil
			return nil
		}
	}
	name := k.String()
	bindings := a.bindings()
	for i := range bindings {
		b := &bindings[i]
		if !slices.Contains(b.keys, name) {
			continue
		}
		return a.act(b, name)
	}
	return nil
}

// act does what a binding's key does, or says why it cannot.
func (a *App) act(b *binding, key string) tea.Cmd {
	if b.bar != nil {
		if why := b.bar(a); why != "" {
			a.hint(levelWarn, b.show+" cannot act now: "+why)
			return nil
		}
	}
	return b.do(a, key)
}

// The reasons for which keys cannot act.

func (a *App) barPublish() string {
	if a.o.ReadOnly {
		return "the console is read-only, nothing is published"
	}
	return a.away()
}

func (a *App) barPool() string {
	switch {
	case a.player != nil:
		return "this is a recording"
	case a.o.ReadOnly:
		return "the console is read-only, nothing is consumed"
	case a.o.Pool == nil:
		return a.scene.noPool()
	case a.switching != nil && !a.switching.opened: // there may be no such queue
		return ""
	case a.scene.pool.State == worker.PoolDraining:
		return "the pool is draining"
	}
	return a.away()
}

func (a *App) barWorker() string {
	if isFar(a.selected) {
		return "this worker is elsewhere; its process is steered from the fleet screen (5)"
	}
	if why := a.barPool(); why != "" {
		return why
	}
	if w := a.scene.row(a.selected); w == nil || w.State == worker.StateGone {
		return "no living worker is selected"
	}
	return ""
}

func (a *App) barPurge() string {
	switch {
	case a.o.ReadOnly:
		return "the console is read-only, nothing is purged"
	case a.scene.queue.Missing:
		return "there is no such queue"
	}
	return a.away()
}

func (a *App) barRetry() string {
	if a.scene.queue.Missing && a.scene.watched() {
		if a.o.ReadOnly {
			return "the console is read-only, nothing is declared"
		}
		return a.away()
	}
	if a.scene.pool.State == worker.PoolHeld || a.scene.queue.Missing {
		return ""
	}
	for i := range a.scene.links {
		if s := a.scene.links[i].Status; s == broker.LinkRefused || s == broker.LinkConnecting {
			return ""
		}
	}
	return "no link is down and the pool does not hold"
}

// Movement.

func (a *App) nextPane(string) tea.Cmd {
	a.focus = (a.focus + 1) % paneCount
	return nil
}

func (a *App) previousPane(string) tea.Cmd {
	a.focus = (a.focus + paneCount - 1) % paneCount
	return nil
}

func (a *App) toggleZoom(string) tea.Cmd {
	a.zoomed = !a.zoomed
	return nil
}

func (a *App) back(string) tea.Cmd {
	if !a.zoomed {
		a.tasks.selected = 0
	}
	a.zoomed = false
	return nil
}

// farAway moves the selection beyond any end.
const farAway = 1 << 30

func (a *App) move(key string) tea.Cmd {
	a.moveBy(moved(key, a.layout.panes[a.focus].Dy()-frameRows))
	return nil
}

func (a *App) moveBy(by int) {
	switch a.focus {
	case paneTasks:
		a.tasks.move(by)
		return
	case paneDispatch:
		a.dispatch.moveRow(by)
		return
	}
	if len(a.scene.shown) == 0 || a.focus == paneQueue {
		return
	}
	at := slices.IndexFunc(a.scene.shown, func(w worker.WorkerStatus) bool { return w.ID == a.selected })
	a.selected = a.scene.shown[max(0, min(at+by, len(a.scene.shown)-1))].ID
}
