package prep

import (
	"fmt"
	"math"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// madScale makes the median absolute deviation of a normal law its standard
// deviation: 1 / 0.6745 (Hampel 1974).
const madScale = 1.4826

var outlierActions = []Action{Replace, Flag, Drop, Blank}

// Hampel finds outliers: a reading further than K times the scaled median
// absolute deviation (1.4826 MAD) from the median of its window is replaced by
// that median (the default), flagged, dropped or made missing; always with the
// flag Outlier. The window has Window usable readings, the judged one included,
// as they came, not as they were replaced: a step in the signal is an outlier
// for half a window only.
//
// The window trails, so nothing is late. With Centred the judged reading is in
// the middle: readings come out Window/2 readings late, in order; there the
// window counts all readings, unusable ones take a place but no part; it is
// shorter at both ends of the data and at a gap longer than MaxGap, as pandas'
// rolling(center=True, min_periods=(Window+1)/2) is. A reading
// is not judged, and Warming, while fewer than (Window+1)/2 values are in the
// window. If more than half of them are equal, MAD is 0 and any other value is an
// outlier: set Floor to the sensor's resolution. Irregular sampling is no matter.
type Hampel struct {
	Window  int      // readings, odd, at least 3
	K       float64  // in scaled median absolute deviations; default 3
	Floor   float64  // least scaled deviation, in the channel's unit
	Centred bool     // judge the middle of the window, late, instead of its end
	Action  Action   // Replace (default), Flag, Drop or Blank
	MaxGap  sim.Time // forget the window after a longer silence; 0 is never
}

// New makes the stage.
func (c Hampel) New() (analytics.Stage, error) {
	if c.Window < 3 || c.Window%2 == 0 || c.Window > 9999 {
		return nil, bad("hampel", "window", "is %d readings, want an odd number from 3 to 9999", c.Window)
	}
	if c.K == 0 {
		c.K = 3
	}
	if c.Action == "" {
		c.Action = Replace
	}
	if !(c.K > 0) || c.K-c.K != 0 {
		return nil, bad("hampel", "k", "is %v, want a number above 0, such as 3", c.K)
	}
	if !(c.Floor >= 0) || c.Floor-c.Floor != 0 {
		return nil, bad("hampel", "floor", "is %v, want 0 or the resolution of the sensor", c.Floor)
	}
	if err := checkGap("hampel", "max_gap", c.MaxGap); err != nil {
		return nil, err
	}
	if err := c.Action.check("hampel", outlierActions...); err != nil {
		return nil, err
	}
	st := &hampelState{Ring: make([]devices.Reading, c.Window), Sorted: make([]float64, 0, c.Window)}
	return &hampel{Hampel: c, state: st}, nil
}

type hampel struct {
	Hampel
	state *hampelState
}

type hampelState struct {
	Ring     []devices.Reading // the window
	Head     int               // slot of the oldest
	Len      int
	Sorted   []float64 // the usable values of the window
	Waiting  int       // how many of the newest have not come out
	Track    track
	Outliers uint64
}

func (s *hampel) State() any { return s.state }

// Shape returns what the ring depends on.
func (s *hampel) Shape() string { return fmt.Sprint(s.Window, s.Centred) }

// Held returns how many readings wait for the later half of their window.
func (s *hampel) Held() int { return s.state.Waiting }

// Flush judges what waits by what there is.
func (s *hampel) Flush(emit func(devices.Reading)) {
	if s.Centred {
		s.flush(emit)
	}
}

func (s *hampel) Counts(add func(string, uint64)) { add("outlier", s.state.Outliers) }

func (s *hampel) Apply(r devices.Reading, emit func(devices.Reading)) {
	r = clean(r)
	st := s.state
	usable := r.Quality.Usable()
	if usable {
		if st.Track.broken(r.At, s.MaxGap) {
			s.flush(emit)
		}
		st.Track.step(r.At)
	} else if !s.Centred {
		emit(r)
		return
	}
	st.push(r)
	if !s.Centred {
		s.judge(r, emit)
		return
	}
	if st.Waiting++; st.Waiting > s.Window/2 {
		s.next(emit)
	}
}

// next judges the oldest reading that waits.
func (s *hampel) next(emit func(devices.Reading)) {
	st := s.state
	r := st.Ring[(st.Head+st.Len-st.Waiting)%len(st.Ring)]
	st.Waiting--
	s.judge(r, emit)
}

// flush judges what waits, each by the readings of its window that there are,
// then forgets the window.
func (s *hampel) flush(emit func(devices.Reading)) {
	st := s.state
	for st.Waiting > 0 {
		for st.Len-st.Waiting > s.Window/2 {
			st.pop()
		}
		s.next(emit)
	}
	st.Head, st.Len, st.Sorted = 0, 0, st.Sorted[:0]
}

func (s *hampel) judge(r devices.Reading, emit func(devices.Reading)) {
	st := s.state
	if !r.Quality.Usable() {
		emit(r)
		return
	}
	if len(st.Sorted) < (s.Window+1)/2 {
		emit(result(r, r.Value, devices.Warming))
		return
	}
	m := medianOf(st.Sorted)
	scale := max(madScale*deviation(st.Sorted, m), s.Floor)
	if !(math.Abs(r.Value-m) > s.K*scale) {
		emit(r)
		return
	}
	st.Outliers++
	if r, ok := object(s.Action, r, m); ok {
		emit(r)
	}
}

// object does to an outlier what the action says; v is the value expected. It
// returns false if the outlier is dropped.
func object(a Action, r devices.Reading, v float64) (devices.Reading, bool) {
	switch a {
	case Flag:
		return result(r, r.Value, devices.Outlier), true
	case Blank:
		return absent(r, devices.Outlier), true
	case Replace:
		return result(r, v, devices.Outlier|devices.Imputed), true
	}
	return r, false
}

// push takes r into the ring, in the place of the oldest if it is full.
func (st *hampelState) push(r devices.Reading) {
	if st.Len == len(st.Ring) {
		st.pop()
	}
	st.Ring[(st.Head+st.Len)%len(st.Ring)] = r
	st.Len++
	if r.Quality.Usable() {
		st.Sorted = with(st.Sorted, r.Value)
	}
}

// pop lets the oldest go.
func (st *hampelState) pop() {
	if old := st.Ring[st.Head]; old.Quality.Usable() {
		st.Sorted = without(st.Sorted, old.Value)
	}
	st.Head = (st.Head + 1) % len(st.Ring)
	st.Len--
}

// rank returns how many of the sorted values are below v.
func rank(sorted []float64, v float64) int {
	lo, hi := 0, len(sorted)
	for lo < hi {
		if m := (lo + hi) / 2; sorted[m] < v {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

// with inserts v; it allocates only when the capacity is used up.
func with(sorted []float64, v float64) []float64 {
	i := rank(sorted, v)
	sorted = append(sorted, 0)
	copy(sorted[i+1:], sorted[i:])
	sorted[i] = v
	return sorted
}

// without removes v, which must be there.
func without(sorted []float64, v float64) []float64 {
	i := rank(sorted, v)
	return append(sorted[:i], sorted[i+1:]...)
}

// medianOf returns the median of at least one sorted value.
func medianOf(sorted []float64) float64 {
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return middle(sorted[n/2-1], sorted[n/2])
}

// deviation returns the median of |x - m| for sorted values x: the distances
// grow to both sides of m, so they are met in order by walking outwards.
func deviation(sorted []float64, m float64) float64 {
	n := len(sorted)
	right := rank(sorted, m)
	left := right - 1
	var before, d float64
	for i := 0; i <= n/2; i++ {
		before = d
		if left < 0 || right < n && sorted[right]-m <= m-sorted[left] {
			d = sorted[right] - m
			right++
		} else {
			d = m - sorted[left]
			left--
		}
	}
	if n%2 == 1 {
		return d
	}
	return middle(before, d)
}
