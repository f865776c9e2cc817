package ui

import (
	"context"
	"fmt"
	"image"
	"runtime/debug"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// App is the console's one model. Update decides, Cmds do what may wait, View draws. Update and View run on the
// program's goroutine.
type App struct {
	o       Options
	t       *theme // the App's own; written in place when another one is chosen
	pen     pen
	crew    crew
	sampler *sampler
	player  *player // plays a recording; nil: what is seen is now
	scene   *scene

	clock  time.Time // of the newest look; scene.now is another one in a recording
	w, h   int
	layout layout
	frame  string // what View returns; drawn at the end of an Update

	place    placeID
	places   [placeCount]place
	keymaps  [placeCount][]binding
	groups   [placeCount][]group
	laneKeys []binding // of the board while its Dispatch pane is focused

	lens     lens
	head     headline
	queue    queuePane
	dispatch dispatchPane
	workers  *workersPane
	tasks    tasksPane

	hits    []hit       // what can be clicked on the frame
	mouseOn bool        // clicks and wheel are ours
	pointer image.Point // where the mouse is, or offScreen
	span    *laneSpan   // that was dragged over; nil: none

	focus       paneID // of the board
	zoomed      bool
	editing     bool // an editor has the terminal, or is about to
	writing     bool // a file is being written
	selected    int  // id of the selected worker
	dialog      dialog
	draft       *form // kept when the form is closed
	finder      *finder
	toQueue     func(queue string) tea.Cmd // watches another queue; nil: there is only this one
	batch       *batch                     // the newest
	batches     []*batch
	batchesMade int
	batchList   *batchList
	toast       toast
	events      chronicle
	witness     witness
	noticed     int  // notices that were shown
	greeting    bool // the first hint is shown until the first key
	briefed     bool // it was told in the key line
	offered     bool // the foreign-task dialog was shown for the present hold
	leaving     *leaving
	crash       *Crash // ends the console

	display   *display  // nil: frames are written at once
	keyboard  *keyboard // nil: its end is not watched
	late      bool      // the frame is older than the board: the screen is behind
	suspended *suspending
	resumedAt time.Time
	troubled  string     // the trouble that was shown
	switching *switching // nil: the console stays on its queue
}

// dialog is what stands over the board and takes its keys.
type dialog interface {
	// key handles one key; typing tells that single characters belong to a text field, and are not taken apart.
	key(a *App, k tea.KeyMsg) tea.Cmd
	typing() bool
	// view draws at most h lines, all of one width of at most w cells.
	view(a *App, w, h int) []string
}

// toast is the result of an action, shown for a while in place of the keys.
type toast struct {
	text  string
	level level
	until time.Time
}

// toastFor is how long a toast stays: long enough to read a sentence.
const toastFor = 6 * time.Second

func newApp(ctx context.Context, o Options, t *theme) *App {
	own := *t
	t = &own
	a := &App{
		o: o, t: t, scene: newScene(o.Pool != nil, o.Sandbox), focus: paneWorkers, pointer: offScreen,
		sampler: newSampler(&o),
	}
	a.crew.ctx = ctx
	if o.Tape != nil {
		a.player = newPlayer(o.Tape, o.TapeStart, o.TapeSpeed)
		a.scene = newScene(o.Tape.HasPool, o.Tape.Sandbox)
		a.o.Broker, a.o.ReadOnly = past{}, true
	}
	d := drawing{scene: a.scene, t: t, p: &a.pen}
	a.head = headline{drawing: d, version: o.Version, context: o.Context, readOnly: o.ReadOnly && o.Tape == nil, sandbox: o.Sandbox, player: a.player, lens: &a.lens}
	a.queue = queuePane{drawing: d}
	a.dispatch = dispatchPane{drawing: d, lens: &a.lens, config: &a.o.Config, zoom: defaultZoom, selected: &a.selected}
	a.workers = newWorkersPane(d, &a.selected)
	a.tasks = tasksPane{drawing: d}
	a.greeting, a.mouseOn = o.Greet, o.Config.Mouse
	a.draft, a.finder = newForm(), new(finder)
	a.draft.most = max(mostSent, o.Config.History)
	a.batchList = newBatchList(a)
	a.newPlaces()
	a.newKeymaps()
	return a
}

// newPlaces makes the places, which know nothing of any queue yet.
func (a *App) newPlaces() {
	d := drawing{scene: a.scene, t: a.t, p: &a.pen}
	queues := newQueuesPlace(d)
	a.places = [placeCount]place{boardPlace{}, newTasksPlace(d), newDeadPlace(d), queues, newFleetPlace(d), newLabPlace(d, a.o.Config.ASCII)}
	a.toQueue = func(queue string) tea.Cmd { return queues.watchNamed(a, queue) }
}

// Init begins to look, and to listen for the order to stop.
func (a *App) Init() tea.Cmd {
	return tea.Batch(a.lookAfter(0), a.awaitStop(), a.awaitEnd(), a.lookForLeft(), a.awaitJob(a.o.Suspend, suspendMsg), a.awaitJob(a.o.Continued, continuedMsg))
}

// stopMsg tells that Options.Stop was closed, or that there is no terminal any more.
type stopMsg struct{}

func (a *App) awaitStop() tea.Cmd {
	var ended <-chan struct{}
	if a.keyboard != nil {
		ended = a.keyboard.ended
	}
	return a.crew.send(func(ctx context.Context) tea.Msg {
		select {
		case <-ctx.Done():
			return nil
		case <-a.o.Stop:
		case <-ended:
		}
		return stopMsg{}
	})
}

// awaitEnd leaves at once when Run's context ends. bubbletea, given that context, would close the reader of the keys under the
// goroutine that still reads them.
func (a *App) awaitEnd() tea.Cmd {
	return a.crew.send(func(ctx context.Context) tea.Msg {
		<-ctx.Done()
		return tea.Quit() // after the end of Run nobody hears it
	})
}

// Update takes a message in and draws the frame that follows from it. A panic in it ends the program in good order, and
// Run reports it.
func (a *App) Update(msg tea.Msg) (model tea.Model, cmd tea.Cmd) {
	if a.crash != nil {
		return a, tea.Quit
	}
	defer func() {
		if v := recover(); v != nil {
			model, cmd = a, tea.Quit
			a.crash = &Crash{fmt.Sprint(v), debug.Stack()}
		}
	}()
	if m, mouse := msg.(tea.MouseMsg); mouse && a.roams(m) {
		if a.hover(m) {
			a.draw()
		}
		return a, nil
	}
	cmd = a.react(msg)
	a.draw()
	return a, cmd
}

func (a *App) react(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.w, a.h = msg.Width, msg.Height
		if a.w <= 0 || a.h <= 0 { // a terminal that does not know, such as a serial line
			a.w, a.h = 80, 24
		}
	case tea.KeyMsg:
		a.pointer = offScreen // the mouse rests, and may be in the way
		return tea.Batch(a.greeted(), a.keys(msg))
	case tea.MouseMsg:
		return tea.Batch(a.greeted(), a.mouse(msg))
	case sampleMsg:
		if msg.by != a.sampler { // it was ordered on the queue that was left
			return a.lookAfter(0)
		}
		a.clock = msg.now
		return tea.Batch(a.take(sample(msg)), a.lookAfter(a.pause()), a.halt())
	case playedMsg:
		return a.played(msg)
	case tidings:
		return msg.tell(a)
	case purgedMsg:
		a.purged(msg)
	case declaredMsg:
		a.declared(msg)
	case countedMsg:
		a.counted(msg)
	case bodyMsg:
		return a.publish(msg)
	case batchMsg:
		a.published(msg)
	case jobMsg:
		return a.job(msg)
	case resumedMsg:
		return a.resumed(msg)
	case stopMsg:
		return a.leave()
	case drainedMsg:
		return tea.Quit
	case crashMsg:
		a.crash = msg.crash
		return tea.Quit
	}
	return nil
}

// View returns the frame as the last Update left it; nothing before the size of the screen is known.
func (a *App) View() string { return a.frame }

// take takes a sample in, and keeps the selection on a worker that is there.
func (a *App) take(n sample) tea.Cmd {
	fairAt := a.scene.fairAt
	a.scene.readOnly, a.scene.taped, a.scene.workable = a.o.ReadOnly, a.player != nil, a.o.Switch != nil && !a.o.ReadOnly
	a.scene.take(n)
	if a.scene.fairAt != fairAt {
		a.dispatch.fitZoom() // as seldom as the other figures that should not flicker
	}
	if a.scene.row(a.selected) == nil && a.dispatch.scene.row(a.selected) == nil && len(a.scene.shown) > 0 {
		a.selected = a.scene.shown[0].ID
	}
	a.readTallies()
	a.lookLens()
	if a.clock.After(a.toast.until) {
		a.toast = toast{}
		a.notice()
	}
	if a.o.Trouble != nil {
		if text := a.o.Trouble(); text != a.troubled {
			a.troubled = text
			a.say(levelWarn, text)
		}
	}
	a.witness.bear(a)
	a.offerForeign()
	a.recount()
	if s, open := a.dialog.(*sheet); open && s.observe != nil && len(n.events) > 0 {
		s.observe(a)
	}
	var cmds []tea.Cmd
	for _, p := range a.places {
		cmds = append(cmds, p.sampled(a))
	}
	if a.dialog == dialog(a.finder) {
		cmds = append(cmds, a.fetchNames())
	}
	return tea.Batch(cmds...)
}

// notice shows the next notice, one after the other from the start; all of them stay in the help.
func (a *App) notice() {
	if a.greetBriefly() {
		return
	}
	if a.noticed < len(a.o.Notices) {
		a.say(levelNote, a.o.Notices[a.noticed])
		a.toast.until = a.clock.Add(2 * toastFor)
		a.noticed++
	}
}
