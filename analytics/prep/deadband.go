package prep

import (
	"math"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// Deadband hands on the first reading and then only those that differ from the
// last one handed on by more than Band, or in their flags, or come Heartbeat or
// more after it. Between two of them the value is known to within Band. The
// others are counted. Unusable readings follow the same rule, so a gap shows as
// one missing reading and then as heartbeats. A stamp before the last one handed
// on passes. There is no warm-up.
type Deadband struct {
	Band      float64  // in the channel's unit; 0 hands on every change
	Heartbeat sim.Time // longest event time without a reading; 0 is for ever
}

// New makes the stage.
func (c Deadband) New() (analytics.Stage, error) {
	if !(c.Band >= 0) || c.Band-c.Band != 0 {
		return nil, bad("deadband", "band", "is %v, want 0 or more", c.Band)
	}
	if err := checkGap("deadband", "heartbeat", c.Heartbeat); err != nil {
		return nil, err
	}
	return &deadband{c, new(deadbandState)}, nil
}

type deadband struct {
	Deadband
	state *deadbandState
}

type deadbandState struct {
	Last    devices.Reading // handed on
	Any     bool
	Quieted uint64
}

func (s *deadband) State() any { return s.state }

func (s *deadband) Counts(add func(string, uint64)) { add("within_deadband", s.state.Quieted) }

func (s *deadband) Apply(r devices.Reading, emit func(devices.Reading)) {
	if r, ok := s.step(r); ok {
		emit(r)
	}
}

// ApplyBatch is a loop of Apply: see [analytics.Batcher].
func (s *deadband) ApplyBatch(in, out []devices.Reading) []devices.Reading {
	return filtered(in, out, s.step)
}

// step returns what becomes of r; false if it is not handed on.
func (s *deadband) step(r devices.Reading) (devices.Reading, bool) {
	r = clean(r)
	st := s.state
	dt := r.At - st.Last.At
	same := st.Any && r.Quality == st.Last.Quality && !(math.Abs(r.Value-st.Last.Value) > s.Band)
	if same && dt >= 0 && (s.Heartbeat == 0 || dt < s.Heartbeat) {
		st.Quieted++
		return r, false
	}
	st.Last, st.Any = r, true
	return r, true
}
