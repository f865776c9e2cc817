package ui

import "image"

// paneID names a pane of the board.
type paneID uint8

const (
	paneQueue paneID = iota
	paneDispatch
	paneWorkers
	paneTasks
	paneCount
)

func (p paneID) String() string { return [...]string{"queue", "dispatch", "workers", "tasks"}[p] }

// foldOrder is the order in which panes give way on a small screen. Dispatch never does, and the focused one is passed
// over, so that Tab reaches every pane at every size.
var foldOrder = [...]paneID{paneTasks, paneWorkers, paneQueue}

// screen is what a size allows.
type screen uint8

const (
	screenTooSmall screen = iota
	screenLine            // one honest line
	screenBoard
)

// The sizes at which the screen changes.
const (
	leastWidth, leastHeight = 20, 5
	boardWidth, boardHeight = 60, 16
	wideWidth               = 96 // from here on Queue and Dispatch stand side by side
)

// layout says where each pane is; a folded one has an empty rectangle. The header and the tabs are above top; the verdict
// and the keys are the last lines, below bottom.
type layout struct {
	screen      screen
	panes       [paneCount]image.Rectangle
	top, bottom int // first row of the panes, and the one after their last
}

// arrange lays out a screen of w by h cells, with foot rows below the panes, for a number of workers, and of lanes that belong to
// none of them. With zoomed, the focused pane has all the room.
func arrange(w, h, foot, workers, lanes int, focus paneID, zoomed bool) layout {
	switch {
	case w < leastWidth || h < leastHeight:
		return layout{screen: screenTooSmall}
	case w < boardWidth || h < boardHeight:
		return layout{screen: screenLine}
	}
	l := layout{screen: screenBoard, top: headRows(h), bottom: h - foot}
	body := image.Rect(0, l.top, w, l.bottom)
	switch {
	case zoomed:
		l.panes[focus] = body
	case w >= wideWidth:
		l.wide(body, workers, lanes, focus)
	default:
		l.stacked(body, workers, lanes, focus)
	}
	return l
}

// band is a row of panes across the screen and the height it would like.
type band struct {
	panes             []paneID
	least, want, most int
}

func (l *layout) wide(body image.Rectangle, workers, lanes int, focus paneID) {
	h := body.Dy()
	l.stack(body, focus, []band{
		{[]paneID{paneQueue, paneDispatch}, 8, max(12, workers+lanes+3), h * 45 / 100},
		{[]paneID{paneWorkers}, 5, workers + 3, h * 30 / 100},
		{[]paneID{paneTasks}, 4, h, h},
	})
	const left = 48 // room for the figures with their ages
	l.panes[paneQueue].Max.X = left
	l.panes[paneDispatch].Min.X = left
}

func (l *layout) stacked(body image.Rectangle, workers, lanes int, focus paneID) {
	h := body.Dy()
	l.stack(body, focus, []band{
		{[]paneID{paneQueue}, 6, 6, h / 4},
		{[]paneID{paneDispatch}, 6, workers + lanes + 3, h * 45 / 100},
		{[]paneID{paneWorkers}, 6, workers + 3, h * 30 / 100},
		{[]paneID{paneTasks}, 5, h, h},
	})
}

// stack folds bands until the others fit, lets each grow towards what it wants, in their order, and gives what is left
// to the last one.
func (l *layout) stack(body image.Rectangle, focus paneID, bands []band) {
	bands = unfolded(body.Dy(), focus, bands)
	free := body.Dy() - leastOf(bands)
	y := body.Min.Y
	for i, b := range bands {
		grow := free
		if i < len(bands)-1 {
			grow = min(free, max(0, min(b.want, b.most)-b.least))
		}
		free -= grow
		for _, p := range b.panes {
			l.panes[p] = image.Rect(body.Min.X, y, body.Max.X, y+b.least+grow)
		}
		y += b.least + grow
	}
}

func unfolded(h int, focus paneID, bands []band) []band {
	for _, fold := range foldOrder {
		if leastOf(bands) <= h {
			break
		}
		for i, b := range bands {
			if len(b.panes) == 1 && b.panes[0] == fold && fold != focus {
				bands = append(bands[:i:i], bands[i+1:]...)
				break
			}
		}
	}
	return bands
}

func leastOf(bands []band) (sum int) {
	for _, b := range bands {
		sum += b.least
	}
	return sum
}
