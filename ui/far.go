package ui

import (
	"strings"
	"time"

	"carousel/worker"
	"carousel/worker/fleet"
)

// everybody are the workers here and elsewhere, as of the newest look.
func (s *scene) everybody() []worker.WorkerStatus {
	if len(s.far) == 0 {
		return s.workers
	}
	s.all = append(append(s.all[:0], s.workers...), s.far...)
	return s.all
}

// farRows adds the workers elsewhere that have a row: below ours, by host.
func (s *scene) farRows() {
	for i := range s.far {
		if w := &s.far[i]; w.State != worker.StateGone || s.now.Sub(w.Since) < goneFor {
			s.shown = append(s.shown, *w)
		}
	}
}

// ours are the rows of the pool here.
func (s *scene) ours() []worker.WorkerStatus {
	n := len(s.shown)
	for n > 0 && isFar(s.shown[n-1].ID) {
		n--
	}
	return s.shown[:n]
}

// unheard draws as unknown what was not heard of workers elsewhere: while a host is silent, and while it told of a part only.
func (s *scene) unheard() {
	var (
		h        *fleet.Host
		from, to time.Time
	)
	for i := range s.far { // the workers of a host stand together
		w := &s.far[i]
		if h == nil || h.Name != w.Host {
			if h = s.hostNamed(w.Host); h == nil {
				continue
			}
			from, to = s.gapOf(h)
		}
		if l := s.past.lanes[w.ID]; l != nil && from.Before(to) {
			l.unseen(from, to)
		}
	}
}

// gapOf is the stretch of which not everything was heard of a host, as far as it was not drawn yet.
func (s *scene) gapOf(h *fleet.Host) (from, to time.Time) {
	from, to = h.Gap.From, h.Gap.To
	if h.State == fleet.HostLate || h.State == fleet.HostLost || s.deaf != nil {
		from, to = h.Heard, s.now
	}
	if drawn := s.gaps[h.ID]; from.Before(drawn) {
		from = drawn
	}
	if from.Before(to) {
		if s.gaps == nil || len(s.gaps) > mostGaps {
			s.gaps = map[string]time.Time{}
		}
		s.gaps[h.ID] = to
	}
	return from, to
}

// mostGaps bounds what is remembered of hosts that come and go.
const mostGaps = 1000

// isFar reports whether a worker is not of the pool here.
func isFar(id int) bool { return id >= fleet.FirstID }

// hostNamed is the host that a worker elsewhere belongs to, nil for one here.
func (s *scene) hostNamed(name string) *fleet.Host {
	if name == "" {
		return nil
	}
	for i := range s.hosts {
		if s.hosts[i].Name == name {
			return &s.hosts[i]
		}
	}
	return nil
}

// apart takes the rows of a recording apart, which keeps those of all pools in one list.
func apart(rows []worker.WorkerStatus) (ours, far []worker.WorkerStatus) {
	for i := range rows {
		if isFar(rows[i].ID) {
			far = append(far, rows[i])
		} else {
			ours = append(ours, rows[i])
		}
	}
	return ours, far
}

// farAlive is how many workers elsewhere are alive.
func (s *scene) farAlive() (n int) {
	for i := range s.far {
		if s.far[i].State != worker.StateGone {
			n++
		}
	}
	return n
}

// Cells for the names of workers: of ours, and at most for those elsewhere, which have their host's before them.
const (
	nameCells    = 7
	farNameCells = 22
)

// nameWidth is how many cells the names of all shown workers need, a gap included; at most most where some are elsewhere.
func (s *scene) nameWidth(most int) int {
	n := nameCells
	for i := len(s.ours()); i < len(s.shown); i++ {
		n = max(n, width(s.shown[i].Name)+1)
	}
	return max(nameCells, min(n, most))
}

// farName is a worker's name in at most n cells. Of a host's name the end gives way, not the worker's own.
func farName(name string, n int) string {
	at := strings.LastIndexByte(name, '/')
	if at < 0 || width(name) <= n {
		return name
	}
	host, _ := clip(plain(name[:at]), max(1, n-width(name[at:])))
	return host + name[at:]
}
