package prep

import (
	"strconv"

	"math"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// ZScore finds outliers: a reading further than K standard deviations (divided
// by n) from the mean of the Window usable readings before it, itself not
// among them, is replaced by that mean (the default), flagged, dropped or made
// missing; always with the flag Outlier. Readings enter the window as they
// came, outliers too, so that a step in the signal is taken in within a window,
// and so that one great outlier hides the next; [Hampel] resists that. A reading is
// not judged, and Warming, while fewer than (Window+1)/2 values are in the
// window. If they are all equal, any other value is an outlier: set Floor to the
// sensor's resolution. Irregular sampling is no matter.
type ZScore struct {
	Window int      // readings, at least 3
	K      float64  // in standard deviations; default 3
	Floor  float64  // least standard deviation, in the channel's unit
	Action Action   // Replace (default), Flag, Drop or Blank
	MaxGap sim.Time // forget the window after a longer silence; 0 is never
}

// New makes the stage.
func (c ZScore) New() (analytics.Stage, error) {
	if c.Window < 3 || c.Window > 1<<24 {
		return nil, bad("zscore", "window", "is %d readings, want 3 to %d", c.Window, 1<<24)
	}
	if c.K == 0 {
		c.K = 3
	}
	if c.Action == "" {
		c.Action = Replace
	}
	if !(c.K > 0) || c.K-c.K != 0 {
		return nil, bad("zscore", "k", "is %v, want a number above 0, such as 3", c.K)
	}
	if !(c.Floor >= 0) || c.Floor-c.Floor != 0 {
		return nil, bad("zscore", "floor", "is %v, want 0 or the resolution of the sensor", c.Floor)
	}
	if err := checkGap("zscore", "max_gap", c.MaxGap); err != nil {
		return nil, err
	}
	if err := c.Action.check("zscore", outlierActions...); err != nil {
		return nil, err
	}
	s := &zscore{ZScore: c, state: new(zscoreState)}
	s.state.Window.make(foldStd, c.Window, false)
	return s, nil
}

type zscore struct {
	ZScore
	state *zscoreState
}

type zscoreState struct {
	Window   window
	Track    track
	Outliers uint64
}

func (s *zscore) State() any { return s.state }

// Shape returns the length of the window.
func (s *zscore) Shape() string { return strconv.Itoa(s.Window) }

func (s *zscore) Counts(add func(string, uint64)) { add("outlier", s.state.Outliers) }

func (s *zscore) Apply(r devices.Reading, emit func(devices.Reading)) {
	if r, ok := s.step(r); ok {
		emit(r)
	}
}

// ApplyBatch is a loop of Apply: see [analytics.Batcher].
func (s *zscore) ApplyBatch(in, out []devices.Reading) []devices.Reading {
	return filtered(in, out, s.step)
}

// step returns what becomes of r; false if it is not handed on.
func (s *zscore) step(r devices.Reading) (devices.Reading, bool) {
	r = clean(r)
	if !r.Quality.Usable() {
		return r, true
	}
	st := s.state
	if st.Track.broken(r.At, s.MaxGap) {
		st.Window.clear()
	}
	st.Track.step(r.At)
	n, p := st.Window.Len, st.Window.total(foldStd)
	if n == len(st.Window.Value) {
		st.Window.pop(foldStd)
	}
	st.Window.push(foldStd, r.At, r.Value)
	if n < (s.Window+1)/2 {
		return result(r, r.Value, devices.Warming), true
	}
	sd := max(math.Sqrt(p.B/float64(p.N)), s.Floor)
	if !(math.Abs(r.Value-p.A) > s.K*sd) {
		return r, true
	}
	st.Outliers++
	return object(s.Action, r, p.A)
}
