package prep

import (
	"strconv"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// Difference hands on each usable reading minus the one Lag usable readings
// before. The first Lag ones have none: they come out missing and Warming, and
// again after a silence longer than MaxGap. Time between readings is no matter:
// [Rate] divides by it.
type Difference struct {
	Lag    int      // readings; default 1
	MaxGap sim.Time // start anew after a longer silence; 0 is never
}

// New makes the stage.
func (c Difference) New() (analytics.Stage, error) {
	if c.Lag == 0 {
		c.Lag = 1
	}
	if c.Lag < 0 || c.Lag > 1<<24 {
		return nil, bad("difference", "lag", "is %d readings, want 1 to %d", c.Lag, 1<<24)
	}
	if err := checkGap("difference", "max_gap", c.MaxGap); err != nil {
		return nil, err
	}
	return &difference{c, &differenceState{Ring: make([]float64, c.Lag)}}, nil
}

type difference struct {
	Difference
	state *differenceState
}

type differenceState struct {
	Ring  []float64 // the last Lag values
	Next  int       // slot of the oldest
	Len   int
	Track track
}

func (s *difference) State() any { return s.state }

// Shape returns the length of the ring.
func (s *difference) Shape() string { return strconv.Itoa(s.Lag) }

func (s *difference) Apply(r devices.Reading, emit func(devices.Reading)) {
	emit(s.step(r))
}

// ApplyBatch is a loop of Apply: see [analytics.Batcher].
func (s *difference) ApplyBatch(in, out []devices.Reading) []devices.Reading {
	out, n := room(out, len(in))
	for i, r := range in {
		out[n+i] = s.step(r)
	}
	return out
}

// step returns what becomes of r.
func (s *difference) step(r devices.Reading) devices.Reading {
	r = clean(r)
	if !r.Quality.Usable() {
		return r
	}
	st := s.state
	if st.Track.broken(r.At, s.MaxGap) {
		st.Next, st.Len = 0, 0
	}
	st.Track.step(r.At)
	before := st.Ring[st.Next]
	st.Ring[st.Next] = r.Value
	st.Next = (st.Next + 1) % len(st.Ring)
	if st.Len < len(st.Ring) {
		st.Len++
		return absent(r, devices.Warming)
	}
	return result(r, r.Value-before, 0)
}

// Rate hands on the change since the last usable reading per time Per, such as
// kelvins per hour. The first reading has none and comes out missing and
// Warming, and so does the first after a silence longer than MaxGap. A reading
// that is not later than the one before has no rate: it comes out missing and
// Suspect, and the next one is compared with it.
type Rate struct {
	Per    sim.Time // default 1 s
	MaxGap sim.Time // start anew after a longer silence; 0 is never
}

// New makes the stage.
func (c Rate) New() (analytics.Stage, error) {
	if c.Per == 0 {
		c.Per = sim.Second
	}
	if c.Per < 0 {
		return nil, bad("rate", "per", "is %v, want more than 0, such as \"1 h\"", c.Per)
	}
	if err := checkGap("rate", "max_gap", c.MaxGap); err != nil {
		return nil, err
	}
	return &rate{c, new(rateState)}, nil
}

type rate struct {
	Rate
	state *rateState
}

type rateState struct {
	Value float64 // of the last usable reading
	Track track
}

func (s *rate) State() any { return s.state }

func (s *rate) Apply(r devices.Reading, emit func(devices.Reading)) {
	emit(s.step(r))
}

// ApplyBatch is a loop of Apply: see [analytics.Batcher].
func (s *rate) ApplyBatch(in, out []devices.Reading) []devices.Reading {
	out, n := room(out, len(in))
	for i, r := range in {
		out[n+i] = s.step(r)
	}
	return out
}

// step returns what becomes of r.
func (s *rate) step(r devices.Reading) devices.Reading {
	r = clean(r)
	if !r.Quality.Usable() {
		return r
	}
	st := s.state
	fresh := !st.Track.Any || st.Track.broken(r.At, s.MaxGap)
	dt, before := st.Track.step(r.At), st.Value
	st.Value = r.Value
	switch {
	case fresh:
		return absent(r, devices.Warming)
	case dt <= 0:
		return absent(r, devices.Suspect)
	default:
		return result(r, (r.Value-before)/(float64(dt)/float64(s.Per)), 0)
	}
}
