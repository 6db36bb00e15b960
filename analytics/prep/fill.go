package prep

import (
	"fmt"

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
	s := &fill{Fill: c, rolling: c.Method == RollingMean, linear: c.Method == Linear, state: new(fillState)}
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
		s.state.Ring = make([]devices.Reading, c.Window)
	case Linear:
		if err := checkCap("fill", &s.Cap); err != nil {
			return nil, err
		}
		if c.Limit > 0 {
			s.Cap = c.Limit
		}
		if s.Cap > 1<<24 {
			return nil, bad("fill", "limit", "is %d readings, want at most %d", c.Limit, 1<<24)
		}
		s.state.Ring = make([]devices.Reading, 0, min(64, s.Cap))
	default:
		return nil, bad("fill", "", "no method %q; there are hold, linear, rolling_mean, constant", string(c.Method))
	}
	return s, nil
}

type fill struct {
	Fill
	rolling, linear bool // the Method: a string is slow to compare for each reading
	state           *fillState
}

type fillState struct {
	Ring    []devices.Reading // RollingMean: the window, a ring; Linear: what waits
	Head    int               // RollingMean: slot of the oldest
	Len     int               // RollingMean: readings in the ring
	Last    devices.Reading   // the last usable one
	Any     bool              // there was one
	Run     int               // consecutive unusable readings so far
	Beyond  bool              // Linear: this gap has been given up
	Imputed uint64
	Left    uint64 // unusable readings that could not be filled
}

func (s *fill) State() any { return s.state }

// Shape returns what the ring is for, and how long it is.
func (s *fill) Shape() string { return fmt.Sprint(s.rolling, s.linear, " ", s.Window) }

// Held returns how many readings wait for the other end of a line.
func (s *fill) Held() int {
	if !s.linear {
		return 0
	}
	return len(s.state.Ring)
}

// Flush hands on what waits as it came: the line has no other end.
func (s *fill) Flush(emit func(devices.Reading)) {
	if s.linear {
		s.giveUp(emit)
	}
}

func (s *fill) Counts(add func(string, uint64)) {
	add("imputed", s.state.Imputed)
	add("left_missing", s.state.Left)
}

func (s *fill) Apply(r devices.Reading, emit func(devices.Reading)) {
	r = clean(r)
	st := s.state
	if s.rolling {
		st.push(r)
	}
	if r.Quality.Usable() {
		if s.linear && len(st.Ring) > 0 {
			s.bridge(r, emit)
		}
		st.Last, st.Any, st.Run, st.Beyond = r, true, 0, false
		emit(r)
		return
	}
	st.Run++
	if s.linear {
		s.wait(r, emit)
		return
	}
	v, ok := s.value(r.At)
	if !ok {
		s.leave(r, emit)
		return
	}
	s.impute(r, v, emit)
}

func (s *fill) impute(r devices.Reading, v float64, emit func(devices.Reading)) {
	s.state.Imputed++
	r.Quality &^= devices.Missing | devices.Stale
	emit(result(r, v, devices.Imputed))
}

func (s *fill) leave(r devices.Reading, emit func(devices.Reading)) {
	s.state.Left++
	emit(r)
}

// value returns what a gap at the given time is filled with, in the channel's unit.
func (s *fill) value(at sim.Time) (float64, bool) {
	st := s.state
	if s.Limit > 0 && st.Run > s.Limit {
		return 0, false
	}
	if s.MaxAge > 0 && (!st.Any || at-st.Last.At > s.MaxAge) {
		return 0, false
	}
	switch s.Method {
	case Constant:
		return s.Value, true
	case Hold:
		return st.Last.Value, st.Any
	}
	var p part
	for i := 0; i < st.Len; i++ {
		if q := st.Ring[(st.Head+i)%len(st.Ring)]; q.Quality.Usable() {
			p = foldMean.join(p, part{1, q.Value, 0})
		}
	}
	return (p.A + p.B) / float64(max(p.N, 1)), p.N > 0
}

func (st *fillState) push(r devices.Reading) {
	if st.Len < len(st.Ring) {
		st.Ring[st.Len] = r
		st.Len++
		return
	}
	st.Ring[st.Head] = r
	if st.Head++; st.Head == len(st.Ring) { // a remainder takes as long as all the rest
		st.Head = 0
	}
}

// wait keeps an unusable reading for Linear, or gives the gap up.
func (s *fill) wait(r devices.Reading, emit func(devices.Reading)) {
	st := s.state
	tooLong := len(st.Ring) >= s.Cap || s.MaxAge > 0 && r.At-st.Last.At > s.MaxAge
	if !st.Any || st.Beyond || tooLong {
		s.giveUp(emit)
		st.Beyond = true
		s.leave(r, emit)
		return
	}
	st.Ring = append(st.Ring, r)
}

// giveUp hands on what waits as it came.
func (s *fill) giveUp(emit func(devices.Reading)) {
	st := s.state
	st.Beyond = st.Beyond || len(st.Ring) > 0
	for _, q := range st.Ring {
		s.leave(q, emit)
	}
	st.Ring = st.Ring[:0]
}

// bridge fills what waits with a line to r.
func (s *fill) bridge(r devices.Reading, emit func(devices.Reading)) {
	st := s.state
	a := st.Last
	span := r.At - a.At
	ok := span > 0 && (s.MaxAge == 0 || span <= s.MaxAge)
	for _, q := range st.Ring {
		if !ok || q.At < a.At || q.At > r.At {
			s.leave(q, emit)
			continue
		}
		w := float64(q.At-a.At) / float64(span)
		s.impute(q, a.Value*(1-w)+r.Value*w, emit)
	}
	st.Ring = st.Ring[:0]
}
