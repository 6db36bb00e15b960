package prep

import (
	"math"
	"strconv"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// Method names how a gap is filled.
type Method string

// The methods.
const (
	Hold        Method = "hold"         // the last usable value
	Linear      Method = "linear"       // a line from the last to the next usable value
	RollingMean Method = "rolling_mean" // the mean of the last Window readings
	Constant    Method = "constant"     // Value
)

// Fill gives unusable readings (missing or stale) a value and marks them
// Imputed; the flags Missing and Stale go. It makes up no readings: where none
// came, there is nothing to fill ([Resample] puts a missing one on each grid
// point). What can't be filled, or is beyond a limit, passes as it came.
//
// Hold needs one usable reading before. RollingMean is the pandas rule
// x.fillna(x.rolling(n, min_periods=1).mean()): the window is the last Window
// readings with the gap itself, usable or not; its usable values, never filled
// ones, are averaged; with none of them the gap stays. Linear waits for the next
// usable reading, so that the gap comes out late, in order and with its own
// stamps; a gap that is too long is given up as soon as that is known. Stamps
// that don't lie between the two ends are not filled. At the end of the data a
// gap that has no other end passes as it came, as with pandas'
// interpolate(limit_area="inside"): nothing is invented. There is no warm-up.
type Fill struct {
	Method Method
	Value  float64  // for Constant, in the channel's unit
	Window int      // for RollingMean: readings, at least 2
	Limit  int      // most consecutive readings filled; 0 is any number
	MaxAge sim.Time // most event time since the last usable reading (Linear: to the next); 0 is any
	Cap    int      // for Linear: most readings waiting without a Limit; default 65536
}

// New makes the stage.
func (c Fill) New() (analytics.Stage, error) {
	if c.Limit < 0 {
		return nil, bad("fill", "limit", "is %d readings, want 0 (no limit) or more", c.Limit)
	}
	if err := checkGap("fill", "max_age", c.MaxAge); err != nil {
		return nil, err
	}
	if c.Window != 0 && c.Method != RollingMean {
		return nil, bad("fill", "rolling_mean", "a window of %d readings is only for rolling_mean", c.Window)
	}
	if c.Cap != 0 && c.Method != Linear {
		return nil, bad("fill", "cap", "only linear keeps readings waiting")
	}
	switch c.Method {
	case Hold:
	case Constant:
		if c.Value-c.Value != 0 {
			return nil, bad("fill", "constant", "is %v, want a finite number", c.Value)
		}
	case RollingMean:
		if c.Window < 2 || c.Window > 1<<20 {
			return nil, bad("fill", "rolling_mean", "is %d readings, want 2 to %d: the gap itself is one of them", c.Window, 1<<20)
		}
	case Linear:
		return c.newLinear()
	default:
		return nil, bad("fill", "", "no method %q; there are hold, linear, rolling_mean, constant", string(c.Method))
	}
	return &fill{Fill: c, state: &fillState{Ring: make([]float64, c.Window)}}, nil
}

// fill is the stage of all methods but Linear.
type fill struct {
	Fill
	state *fillState
}

type fillState struct {
	Ring    []float64 // RollingMean: the window, a ring; NaN is an unusable reading
	Head    int       // slot of the oldest
	Len     int       // readings in the ring
	Last    float64   // the last usable value, in the channel's unit
	Track   track     // when it came
	Run     int       // consecutive unusable readings so far
	Imputed uint64
	Left    uint64 // unusable readings that could not be filled
}

func (s *fill) State() any { return s.state }

// Shape returns the length of the ring.
func (s *fill) Shape() string { return strconv.Itoa(s.Window) }

func (s *fill) Counts(add func(string, uint64)) {
	add("imputed", s.state.Imputed)
	add("left_missing", s.state.Left)
}

func (s *fill) Apply(r devices.Reading, emit func(devices.Reading)) {
	if usable(r.Value, r.Quality) {
		r.Value += 0
		s.state.note(r.Value, r.At)
		emit(r)
		return
	}
	emit(s.gap(r))
}

// ApplyBatch is a loop of Apply: see [analytics.Batcher].
func (s *fill) ApplyBatch(in, out []devices.Reading) []devices.Reading {
	return stretches(in, out, s.run, func(r devices.Reading) (devices.Reading, bool) { return s.gap(r), true })
}

// run takes in and copies what is usable, up to the first reading that is not, and
// returns how many those are.
func (s *fill) run(in, out []devices.Reading) int {
	st := s.state
	for i := range min(len(in), len(out)) {
		if !usable(in[i].Value, in[i].Quality) {
			return i
		}
		out[i] = in[i]
		out[i].Value += 0
		st.note(in[i].Value+0, in[i].At)
	}
	return len(in)
}

// note remembers a usable value.
func (st *fillState) note(v float64, at sim.Time) {
	if len(st.Ring) > 0 {
		st.push(v)
	}
	st.Last, st.Track, st.Run = v, track{at, true}, 0
}

// gap returns what becomes of an unusable reading.
func (s *fill) gap(r devices.Reading) devices.Reading {
	r = clean(r)
	st := s.state
	if len(st.Ring) > 0 {
		st.push(math.NaN())
	}
	st.Run++
	v, ok := s.value(r.At)
	if !ok {
		st.Left++
		return r
	}
	st.Imputed++
	return imputed(r, v)
}

// imputed is an unusable reading with a value.
func imputed(r devices.Reading, v float64) devices.Reading {
	r.Quality &^= devices.Missing | devices.Stale
	return result(r, v, devices.Imputed)
}

// value returns what a gap at the given time is filled with, in the channel's unit.
func (s *fill) value(at sim.Time) (float64, bool) {
	st := s.state
	if s.Limit > 0 && st.Run > s.Limit {
		return 0, false
	}
	if s.MaxAge > 0 && (!st.Track.Any || at-st.Track.Last > s.MaxAge) {
		return 0, false
	}
	switch s.Method {
	case Constant:
		return s.Value, true
	case Hold:
		return st.Last, st.Track.Any
	}
	var p part
	for _, values := range [...][]float64{st.Ring[st.Head:st.Len], st.Ring[:st.Head]} {
		for _, v := range values {
			if v == v {
				p = foldMean.join(p, part{1, v, 0})
			}
		}
	}
	return (p.A + p.B) / float64(max(p.N, 1)), p.N > 0
}

func (st *fillState) push(v float64) {
	if st.Len < len(st.Ring) {
		st.Ring[st.Len] = v
		st.Len++
		return
	}
	st.Ring[st.Head] = v
	if st.Head++; st.Head == len(st.Ring) { // a remainder takes as long as all the rest
		st.Head = 0
	}
}
