package ui

import (
	"context"
	"strconv"
	"sync"
	"time"

	"carousel/broker"
	"carousel/ui/tape"

	tea "github.com/charmbracelet/bubbletea"
)

// player plays a tape in the place of a broker and a pool: time on the screen is the tape's. Keys set where it stands and how
// fast it goes, looks read on to there.
type player struct {
	tape *tape.Tape

	mu     sync.Mutex // guards what follows: keys write, looks read and move it on
	at     time.Duration
	wall   time.Time // when at was true; zero: it was never looked at
	speed  float64
	paused bool
	sought bool // at has come to elsewhere: what is on the screen is to be made anew

	reel *tape.Player // only the look under way uses it; nil: at the beginning
}

// The speeds that < and > go through, and how far , and . go.
const (
	slowest, fastest = 0.25, 64
	skip             = 10 * time.Second
)

func newPlayer(t *tape.Tape, at time.Duration, speed float64) *player {
	p := &player{tape: t, speed: min(max(speed, slowest), fastest)}
	p.seek(at)
	return p
}

// stand is where a player stands.
type stand struct {
	at     time.Duration
	speed  float64
	paused bool // by the user, or at the end
}

func (p *player) stand() stand {
	p.mu.Lock()
	defer p.mu.Unlock()
	return stand{p.at, p.speed, p.paused || p.at >= p.tape.Length}
}

func (p *player) seek(at time.Duration) {
	p.at, p.sought = max(0, min(at, p.tape.Length)), true
}

// leap is how far a look plays on. Beyond that, as after the console was suspended, it seeks: what it passes need not be held.
const leap = 5 * time.Minute

// goOn moves the player to where it should stand now.
func (p *player) goOn(now time.Time) (at time.Duration, sought bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.wall.IsZero() && !p.paused {
		before := p.at
		p.at = min(p.tape.Length, p.at+time.Duration(float64(max(0, now.Sub(p.wall)))*p.speed))
		p.sought = p.sought || p.at-before > leap
	}
	p.wall = now
	at, sought = p.at, p.sought
	p.sought = false
	return at, sought
}

// resume goes on from where the process was stopped: that time is not the recording's.
func (p *player) resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wall = time.Time{}
}

// playedMsg is what a look at the tape found.
type playedMsg struct {
	scene *scene // made anew, when another moment was sought; nil: what is there goes on
	next  []sample
	err   error
	wall  time.Time
}

// look reads the tape up to where it should stand now. A moment that was sought is come to from the beginning, since a lane is
// made of all that went before.
func (p *player) look(now time.Time) playedMsg {
	at, sought := p.goOn(now)
	msg := playedMsg{wall: now}
	if sought {
		p.close()
		msg.scene = newScene(p.tape.HasPool, p.tape.Sandbox)
	}
	if p.reel == nil {
		if p.reel, msg.err = p.tape.Play(); msg.err != nil {
			return msg
		}
	}
	for f, more := p.reel.Next(at); more; f, more = p.reel.Next(at) {
		n := sample{now: f.At, stage: f.Stage, links: f.Links, queue: f.Queue, pool: f.Pool, events: f.Events, missed: f.Missed}
		n.workers, n.far = apart(f.Workers)
		if msg.scene != nil {
			if msg.scene.elsewhere(&n) {
				*msg.scene = *newScene(n.stage.HasPool, n.stage.Sandbox)
			}
			msg.scene.take(n)
		} else {
			msg.next = append(msg.next, n)
		}
	}
	last := p.newest(&msg)
	last.now, last.events, last.missed = p.tape.Made.Add(at), nil, 0 // the moment itself, between two frames
	msg.next = append(msg.next, last)
	return msg
}

// elsewhere reports whether a sample is of another queue or broker than the ones before: the console had gone there.
func (s *scene) elsewhere(n *sample) bool {
	return s.stage != nil && *n.stage != *s.stage || s.queue.Queue != "" && n.queue.Queue != s.queue.Queue
}

// staged has the header say where the console was that is played.
func (a *App) staged() {
	x := a.scene.stage
	if x == nil {
		return
	}
	colour := x.Colour
	if CheckColour(colour) != nil { // a recording may come from anybody
		colour = ""
	}
	a.head.context, a.head.readOnly, a.head.sandbox = Context{x.Context, colour, x.Protected}, x.ReadOnly, x.Sandbox
}

// newest is the last sample that was read; where none was, one without a frame, which tells of no change.
func (p *player) newest(msg *playedMsg) sample {
	switch {
	case len(msg.next) > 0:
		return msg.next[len(msg.next)-1]
	case msg.scene != nil:
		return msg.scene.sample
	}
	return sample{still: true}
}

// close ends the reading. No look is under way.
func (p *player) close() {
	if p.reel != nil {
		p.reel.Close()
		p.reel = nil
	}
}

// played takes a look at the tape in.
func (a *App) played(msg playedMsg) tea.Cmd {
	a.clock = msg.wall
	if msg.err != nil {
		a.say(levelAlarm, "the recording cannot be read any more: "+msg.err.Error())
	}
	if msg.scene != nil {
		*a.scene = *msg.scene
		a.staged()
	}
	var cmds []tea.Cmd
	for _, n := range msg.next {
		if n.still { // time goes on, and everything else is as it was
			now := n.now
			n = a.scene.sample
			n.now, n.events, n.missed = now, nil, 0
		}
		if a.scene.elsewhere(&n) {
			if n.stage.Context != a.scene.stage.Context {
				a.say(levelNote, "Here the console went to "+whither(n.stage.Context)+".")
			}
			*a.scene = *newScene(n.stage.HasPool, n.stage.Sandbox)
		}
		cmds = append(cmds, a.take(n))
	}
	a.staged()
	return tea.Batch(append(cmds, a.lookAfter(a.pause()))...)
}

// playing are the keys of a recording, in the place of those that feed and steer a queue.
var playing = []binding{
	{[]string{" "}, "space", "play", "stop here, or play on", nil, (*App).playOrStop},
	{[]string{"<", ">"}, "< >", "speed", "play slower, or faster: a quarter to 64 times", nil, (*App).playFaster},
	{[]string{",", "."}, ", .", "seek", "ten seconds back, or forward", nil, (*App).playElsewhere},
	{[]string{"0"}, "0", "start", "play from the beginning", nil, (*App).playElsewhere},
}

func (a *App) playOrStop(string) tea.Cmd {
	p := a.player
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paused = !p.paused; p.at >= p.tape.Length { // the end has stopped it
		p.paused = false
		p.seek(0)
	}
	return nil
}

func (a *App) playFaster(key string) tea.Cmd {
	p := a.player
	p.mu.Lock()
	defer p.mu.Unlock()
	if key == ">" {
		p.speed = min(fastest, p.speed*2)
	} else {
		p.speed = max(slowest, p.speed/2)
	}
	return nil
}

func (a *App) playElsewhere(key string) tea.Cmd {
	p := a.player
	p.mu.Lock()
	defer p.mu.Unlock()
	switch key {
	case ",":
		p.seek(p.at - skip)
	case ".":
		p.seek(p.at + skip)
	default:
		p.seek(0)
	}
	return nil
}

// text says where a recording stands: "[recording 1:23 of 5:40, playing 2x]".
func (s stand) text(length time.Duration) string {
	doing := "playing " + strconv.FormatFloat(s.speed, 'g', -1, 64) + "x"
	switch {
	case s.at >= length:
		doing = "ended"
	case s.paused:
		doing = "stopped"
	}
	return "[recording " + position(s.at) + " of " + position(length) + ", " + doing + "]"
}

// position writes a place on a tape: 1:23, 1:02:03.
func position(d time.Duration) string {
	two := func(n int) string { return string([]byte{'0' + byte(n/10%10), '0' + byte(n%10)}) }
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	if h > 0 {
		return strconv.Itoa(h) + ":" + two(m) + ":" + two(s)
	}
	return strconv.Itoa(m) + ":" + two(s)
}

// past is the Broker of a recording, which refuses everything: what it shows has been.
type past struct{}

var errPast = &broker.Fault{Kind: broker.ReadOnly, What: "this is a recording", Why: "what it shows has been"}

func (past) Links() []broker.LinkState { return nil }
func (past) Snapshot() broker.Snapshot { return broker.Snapshot{} }
func (past) Reconnect()                {}
func (past) EnsureQueue(context.Context) (broker.QueueInfo, error) {
	return broker.QueueInfo{}, errPast
}
func (past) Inspect(context.Context) (broker.QueueInfo, error)             { return broker.QueueInfo{}, errPast }
func (past) Purge(context.Context) (int, error)                            { return 0, errPast }
func (past) Enqueue(context.Context, broker.Batch, *broker.Progress) error { return errPast }
