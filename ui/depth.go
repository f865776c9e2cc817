package ui

import "time"

// depthWindow is how far back the queue's depth is drawn.
const depthWindow = 10 * time.Minute

const depthSlots = int64(depthWindow / time.Second)

// depth is a ring of the queue's depth, a sample a second. A second without a sample stays a gap.
type depth struct {
	first   int64 // Unix second of the first sample ever; 0: none
	newest  int64 // Unix second of the newest sample
	samples [depthSlots]depthSample
}

type depthSample struct {
	at    int64 // Unix second; another value than the slot's own means a gap
	ready int64
}

// record keeps a sample; a second one within a second replaces the first.
func (d *depth) record(at time.Time, ready int64) {
	second := at.Unix()
	if second <= 0 || second <= d.newest-depthSlots {
		return
	}
	if d.first == 0 {
		d.first = second
	}
	d.newest = max(d.newest, second)
	d.samples[second%depthSlots] = depthSample{at: second, ready: ready}
}

func (d *depth) sample(second int64) (int64, bool) {
	if second <= 0 {
		return 0, false
	}
	s := d.samples[second%depthSlots]
	return s.ready, s.at == second
}

// window is the shortest of a few stretches that holds every sample, at most depthWindow: the chart has a shape from its
// first minute on.
func (d *depth) window(now time.Time) time.Duration {
	for _, w := range []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute} {
		if now.Unix()-d.first < int64(w/time.Second) {
			return w
		}
	}
	return depthWindow
}

// columns fills out with the deepest sample of each of its equal parts of the window that ends at now, -1 for a gap.
// Parts stand at whole multiples of their length, so that the picture moves by columns and its shape does not flicker.
func (d *depth) columns(now time.Time, out []int64) {
	if len(out) == 0 {
		return
	}
	seconds := int64(d.window(now) / time.Second)
	step := max(1, (seconds+int64(len(out))-1)/int64(len(out)))
	last := now.Unix() / step
	for i := range out {
		out[i] = -1
		first := (last - int64(len(out)-1-i)) * step
		for s := first; s < first+step; s++ {
			if v, ok := d.sample(s); ok {
				out[i] = max(out[i], v)
			}
		}
	}
}

// The windows of the trend. The long one sees through the sawtooth of prefetch and refresh; the short one follows when the
// queue has turned.
const (
	trendWindow = 30 * time.Second
	turnWindow  = 8 * time.Second
)

// trend is the slope of the depth over the last half minute but not before since, in tasks a second; or over the last
// seconds, where that has the other sign. It is not known before there are samples over at least five seconds.
func (d *depth) trend(now, since time.Time) (slope float64, known bool) {
	from := max(now.Add(-trendWindow).Unix(), since.Unix())
	slope, known = d.slope(from, now.Unix())
	if lately, ok := d.slope(max(now.Add(-turnWindow).Unix(), since.Unix()), now.Unix()); ok && lately*slope < 0 {
		slope = lately
	}
	return slope, known
}

// slope is the least-squares line's through the samples from one Unix second to another.
func (d *depth) slope(from, end int64) (slope float64, known bool) {
	const fewest = 5 // samples, and seconds between the first and the last
	var n, sx, sy, sxx, sxy float64
	var oldest, newest int64
	for s := from; s <= end; s++ {
		v, ok := d.sample(s)
		if !ok {
			continue
		}
		if n == 0 {
			oldest = s
		}
		newest = s
		x, y := float64(s-end), float64(v)
		n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	if n < fewest || newest-oldest < fewest {
		return 0, false
	}
	return (n*sxy - sx*sy) / (n*sxx - sx*sx), true
}

// lowest is the least of the samples from one Unix second to another, and their number.
func (d *depth) lowest(from, end int64) (low int64, n int) {
	for s := from; s <= end; s++ {
		if v, ok := d.sample(s); ok {
			if n == 0 || v < low {
				low = v
			}
			n++
		}
	}
	return low, n
}
