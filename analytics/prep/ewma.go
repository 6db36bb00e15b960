package prep

import (
	"math"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/detmath"
)

// EWMA is the exponentially weighted moving average (Roberts 1959). With Alpha
// each reading counts as one step, whatever the time between. With HalfLife the
// weight of the past halves in that event time, for irregular sampling:
// alpha = 1 - 2^(-dt/HalfLife); a reading not after the last one has dt = 0.
//
// Without Adjust, y += alpha (x - y) from y = the first value (pandas:
// adjust=False). With Adjust, y is the weighted mean of all readings, the
// newest with weight 1 (pandas' default, and its rule for a half-life with times).
// The output is Warming until the first reading's share, (1-alpha)^n, has fallen
// to a half. Unusable readings pass and leave the average alone.
type EWMA struct {
	Alpha    float64  // weight of the newest, above 0, at most 1
	HalfLife sim.Time // or in event time
	Adjust   bool     // weigh as pandas does by default
	MaxGap   sim.Time // start anew after a longer silence; 0 is never
}

// New makes the stage.
func (c EWMA) New() (analytics.Stage, error) {
	switch {
	case c.HalfLife < 0:
		return nil, bad("ewma", "half_life", "is %v, want more than 0", c.HalfLife)
	case c.HalfLife > 0 && c.Alpha != 0:
		return nil, bad("ewma", "half_life", "can't stand beside alpha; give one")
	case c.HalfLife == 0 && !(c.Alpha > 0 && c.Alpha <= 1):
		return nil, bad("ewma", "alpha", "is %v, want more than 0 and at most 1", c.Alpha)
	}
	if err := checkGap("ewma", "max_gap", c.MaxGap); err != nil {
		return nil, err
	}
	return &ewma{EWMA: c, state: new(ewmaState)}, nil
}

type ewma struct {
	EWMA
	state *ewmaState
}

type ewmaState struct {
	Mean   float64 // in the channel's unit
	Weight float64 // of the past: sum of weights, the newest 1 (Adjust)
	Share  float64 // of the first reading, until it has fallen to a half
	Track  track
}

func (s *ewma) State() any { return s.state }

func (s *ewma) Apply(r devices.Reading, emit func(devices.Reading)) {
	emit(s.step(r))
}

// ApplyBatch is a loop of Apply: see [analytics.Batcher].
func (s *ewma) ApplyBatch(in, out []devices.Reading) []devices.Reading {
	out, n := room(out, len(in))
	for i, r := range in {
		out[n+i] = s.step(r)
	}
	return out
}

// step returns what becomes of r.
func (s *ewma) step(r devices.Reading) devices.Reading {
	r = clean(r)
	if !r.Quality.Usable() {
		return r
	}
	st := s.state
	if st.Track.broken(r.At, s.MaxGap) {
		st.Track = track{}
	}
	if !st.Track.Any {
		st.Mean, st.Weight, st.Share = r.Value, 1, 1
		st.Track.step(r.At)
	} else {
		alpha := s.Alpha
		if dt := st.Track.step(r.At); s.HalfLife > 0 {
			alpha = -detmath.Expm1(-math.Ln2 * float64(max(dt, 0)) / float64(s.HalfLife))
		}
		if st.Share > 0.5 { // or it would end as a denormal number, which is slow
			st.Share *= 1 - alpha
		}
		step := alpha
		if s.Adjust {
			st.Weight = st.Weight*(1-alpha) + 1
			step = 1 / st.Weight
		}
		st.Mean += step * (r.Value - st.Mean)
	}
	var flags devices.Quality
	if st.Share > 0.5 {
		flags = devices.Warming
	}
	return result(r, st.Mean, flags)
}
