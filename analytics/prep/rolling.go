package prep

import (
	"fmt"
	"math"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// Statistic names what a rolling window computes.
type Statistic string

// The statistics of a window.
const (
	Mean   Statistic = "mean"
	Median Statistic = "median"
	Least  Statistic = "min"
	Most   Statistic = "max"
	Std    Statistic = "std" // standard deviation, with DDoF
)

var folds = []struct {
	name Statistic
	fold fold
}{
	{Mean, foldMean}, {Median, foldMedian}, {Least, foldMin}, {Most, foldMax}, {Std, foldStd},
}

// Rolling hands on a statistic of the trailing window that ends with each
// reading, that reading included. It is Warming until the window has once been
// full: Window.Count usable readings, or Window.For of event time since the
// first. With fewer than MinPeriods values (or not more than DDoF of them, for
// Std) the result is missing and Warming. Unusable readings pass as they came
// and take no place. Irregular sampling is no matter to windows of time; windows
// of readings don't know of it. O(1) amortised, O(log n) for medians; values
// that left the window leave no rounding error behind.
type Rolling struct {
	Of         Statistic
	Window     analytics.Span
	MinPeriods int      // default 1
	DDoF       int      // for Std: 0 (default) divides by n, 1 by n - 1
	MaxGap     sim.Time // forget the window after a longer silence; 0 is never
	Cap        int      // most readings in a window of time; default 65536
}

// New makes the stage.
func (c Rolling) New() (analytics.Stage, error) {
	s := &rolling{Rolling: c, state: new(rollingState)}
	found := false
	for _, f := range folds {
		if f.name == c.Of {
			s.fold, found = f.fold, true
		}
	}
	if !found {
		return nil, bad("rolling", "", "no statistic %q; there are mean, median, min, max, std", string(c.Of))
	}
	if err := checkSpan("rolling", string(c.Of), c.Window); err != nil {
		return nil, err
	}
	if err := checkGap("rolling", "max_gap", c.MaxGap); err != nil {
		return nil, err
	}
	if s.MinPeriods == 0 {
		s.MinPeriods = 1
	}
	if s.MinPeriods < 0 || c.Window.Count > 0 && s.MinPeriods > c.Window.Count {
		return nil, bad("rolling", "min_periods", "is %d, want 1 to the window's %d", c.MinPeriods, c.Window.Count)
	}
	if c.DDoF != 0 && (c.DDoF != 1 || c.Of != Std) {
		return nil, bad("rolling", "ddof", "is %d, want 0 or 1, and 0 for all but std", c.DDoF)
	}
	if c.Window.Count > 0 {
		if c.Cap != 0 {
			return nil, bad("rolling", "cap", "is for windows of time; this one has %d readings", c.Window.Count)
		}
		s.Cap = c.Window.Count
		s.state.Window.make(s.fold, s.Cap, false)
		return s, nil
	}
	if err := checkCap("rolling", &s.Cap); err != nil {
		return nil, err
	}
	s.state.Window.make(s.fold, min(64, s.Cap), true)
	return s, nil
}

type rolling struct {
	Rolling
	fold  fold
	state *rollingState
}

type rollingState struct {
	Window window
	Track  track
	First  sim.Time // of the oldest reading since the start or the last gap
	Warm   bool     // the window has once been full
	Capped uint64
}

func (s *rolling) State() any { return s.state }

// Shape returns what the window holds and what it folds to.
func (s *rolling) Shape() string {
	return fmt.Sprint(string(s.Of), " ", s.Window.Count, " ", s.Window.For)
}

func (s *rolling) Counts(add func(string, uint64)) { add("capped", s.state.Capped) }

func (s *rolling) Apply(r devices.Reading, emit func(devices.Reading)) {
	emit(s.step(r))
}

// ApplyBatch is a loop of Apply: see [analytics.Batcher].
func (s *rolling) ApplyBatch(in, out []devices.Reading) []devices.Reading {
	out, n := room(out, len(in))
	for i, r := range in {
		out[n+i] = s.step(r)
	}
	return out
}

// step returns what becomes of r.
func (s *rolling) step(r devices.Reading) devices.Reading {
	r = clean(r)
	if !r.Quality.Usable() {
		return r
	}
	st := s.state
	if st.Track.broken(r.At, s.MaxGap) {
		st.Window.clear()
		st.Track, st.Warm = track{}, false
	}
	at := r.At
	if st.Track.Any {
		at = max(at, st.Track.Last)
	} else {
		st.First = at
	}
	st.Track.step(at)
	s.advance(at, r.Value)
	var flags devices.Quality
	if !st.Warm {
		st.Warm = s.full(at)
	}
	if !st.Warm {
		flags = devices.Warming
	}
	v, ok := s.value()
	if !ok {
		return absent(r, devices.Warming)
	}
	return result(r, v, flags)
}

// advance lets go of what is too old and takes in a value.
func (s *rolling) advance(at sim.Time, v float64) {
	w := &s.state.Window
	if s.Window.For > 0 {
		for w.Len > 0 && at-w.At[w.Head] >= s.Window.For {
			w.pop(s.fold)
		}
	}
	if w.Len == len(w.Value) {
		switch {
		case w.Len < s.Cap:
			w.grow(s.fold, min(2*w.Len, s.Cap))
		default:
			if s.Window.For > 0 {
				s.state.Capped++
			}
			w.pop(s.fold)
		}
	}
	w.push(s.fold, at, v)
}

func (s *rolling) full(at sim.Time) bool {
	if s.Window.For > 0 {
		return at-s.state.First >= s.Window.For
	}
	return s.state.Window.Len == s.Window.Count
}

// value computes the statistic in the channel's unit; false with too few values.
func (s *rolling) value() (float64, bool) {
	w := &s.state.Window
	if w.Len < s.MinPeriods {
		return 0, false
	}
	if s.fold == foldMedian {
		return w.Heaps.median(w.Value), true
	}
	p := w.total(s.fold)
	switch s.fold {
	case foldMean:
		return (p.A + p.B) / float64(p.N), true
	case foldStd:
		if p.N <= s.DDoF {
			return 0, false
		}
		return math.Sqrt(p.B / float64(p.N-s.DDoF)), true
	}
	return p.A, true
}
