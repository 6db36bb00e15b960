package prep

import (
	"math"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices"
)

// Action says what becomes of a reading that a stage objects to.
type Action string

// The actions. The zero value is the default of the stage.
const (
	Drop    Action = "drop"    // it is not handed on; counted
	Flag    Action = "flag"    // it keeps its value and gets the flag
	Blank   Action = "missing" // it loses its value and gets the flag: a later Fill may mend it
	Replace Action = "replace" // it gets the value expected instead, the flag and Imputed
)

func (a Action) check(kind string, allowed ...Action) error {
	for _, b := range allowed {
		if a == b {
			return nil
		}
	}
	return bad(kind, "action", "%q is none of %v", string(a), allowed)
}

// Range is a plausibility gate. A reading outside [Min, Max], or on a bound if
// Exclusive, is dropped, flagged OutOfRange or made missing. The default is to
// drop it. Unusable readings are neither inside nor outside: they pass. There
// is no warm-up, and gaps make no difference.
type Range struct {
	Min, Max     float64 // bounds, in the channel's unit
	NoMin, NoMax bool    // leave that side open
	Exclusive    bool    // the bounds themselves are outside
	Action       Action  // Drop (default), Flag or Blank
}

// New makes the stage.
func (c Range) New() (analytics.Stage, error) {
	if c.Action == "" {
		c.Action = Drop
	}
	if err := c.Action.check("range", Drop, Flag, Blank); err != nil {
		return nil, err
	}
	switch {
	case c.NoMin && c.NoMax:
		return nil, bad("range", "", "give min, max or both")
	case c.Min-c.Min != 0 || c.Max-c.Max != 0:
		return nil, bad("range", "", "min %v and max %v must be finite; leave one out for an open side", c.Min, c.Max)
	case !c.NoMin && !c.NoMax && (c.Min > c.Max || c.Exclusive && c.Min == c.Max):
		return nil, bad("range", "min", "%v to %v leaves no value inside; swap min and max", c.Min, c.Max)
	}
	s := &rangeStage{Range: c, low: c.Min, high: c.Max, state: new(rangeState)}
	if c.Exclusive {
		s.low, s.high = math.Nextafter(c.Min, math.Inf(1)), math.Nextafter(c.Max, math.Inf(-1))
	}
	if c.NoMin {
		s.low = -math.MaxFloat64 // infinities are never inside
	}
	if c.NoMax {
		s.high = math.MaxFloat64
	}
	return s, nil
}

type rangeStage struct {
	Range
	low, high float64 // the least and the greatest value inside, in the channel's unit
	state     *rangeState
}

type rangeState struct{ Outside uint64 }

func (s *rangeStage) State() any { return s.state }

func (s *rangeStage) Counts(add func(string, uint64)) { add("out_of_range", s.state.Outside) }

func (s *rangeStage) Apply(r devices.Reading, emit func(devices.Reading)) {
	if s.inside(r.Value, r.Quality) {
		r.Value += 0
		emit(r)
		return
	}
	if r, ok := s.other(r); ok {
		emit(r)
	}
}

// ApplyBatch is a loop of Apply: see [analytics.Batcher].
func (s *rangeStage) ApplyBatch(in, out []devices.Reading) []devices.Reading {
	return stretches(in, out, s.run, s.other)
}

// run copies what is inside, up to the first reading that is not, and returns how
// many those are. A loop without a call keeps all it needs in registers.
func (s *rangeStage) run(in, out []devices.Reading) int {
	for i := range min(len(in), len(out)) {
		out[i] = in[i]
		out[i].Value += 0
		if !s.inside(in[i].Value, in[i].Quality) {
			return i
		}
	}
	return len(in)
}

// inside reports whether a reading is usable and inside.
func (s *rangeStage) inside(v float64, q devices.Quality) bool {
	return q.Usable() && v >= s.low && v <= s.high
}

// other returns what becomes of a reading that is not inside; false if it is dropped.
func (s *rangeStage) other(r devices.Reading) (devices.Reading, bool) {
	r = clean(r)
	if !r.Quality.Usable() {
		return r, true
	}
	s.state.Outside++
	switch s.Action {
	case Flag:
		return result(r, r.Value, devices.OutOfRange), true
	case Blank:
		return absent(r, devices.OutOfRange), true
	}
	return r, false
}
