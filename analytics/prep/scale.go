package prep

import (
	"fmt"
	"math"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// learning is the state that the three scalings share while they learn.
type learning struct {
	First sim.Time // of the first usable reading
	N     int      // readings learned from
	Done  bool
}

// more reports whether the reading at the given time is to be learned from.
func (l *learning) more(at sim.Time, want analytics.Span) bool {
	if l.Done || want.Zero() {
		return false
	}
	if l.N == 0 {
		l.First = at
	}
	if want.For > 0 && at-l.First >= want.For {
		l.Done = true
		return false
	}
	l.N++
	l.Done = want.Count > 0 && l.N == want.Count
	return true
}

func (l *learning) flags(want analytics.Span) devices.Quality {
	if l.Done || want.Zero() {
		return devices.Good
	}
	return devices.Warming
}

// scaled is (v - offset) / scale.
func scaled(v, offset, scale float64) float64 {
	if scale == 0 {
		scale = 1
	}
	return (v - offset) / scale
}

// given is a scale that was given, not learned: most readings take this short
// way. The zero value is none.
type given struct{ offset, scale float64 } // in the channel's unit

// scaled returns the scaled value and true if it is usable and the result finite,
// which it never is without a scale.
func (g *given) scaled(v float64, q devices.Quality) (float64, bool) {
	v = (v-g.offset)/g.scale + 0
	return v, usable(v, q)
}

// run scales readings as long as that is all there is to do, and returns how many
// those are.
func (g *given) run(in, out []devices.Reading) int {
	for i := range min(len(in), len(out)) {
		v, ok := g.scaled(in[i].Value, in[i].Quality)
		if !ok {
			return i
		}
		out[i] = in[i]
		out[i].Value = v
	}
	return len(in)
}

// checkLearn refuses parameters that are both given and learned, or neither.
func checkLearn(kind, param string, learn analytics.Span, a, b float64, given bool) error {
	switch {
	case !learn.Zero():
		if a != 0 || b != 0 {
			return bad(kind, param, "%v and %v can't be given and learned at once", a, b)
		}
		return checkSpan(kind, "learn", learn)
	case a-a != 0 || b-b != 0:
		return bad(kind, param, "%v and %v must be finite", a, b)
	case !given:
		return bad(kind, param, "give the parameters (the scale above 0), or learn = 500 or \"2 d\"")
	}
	return nil
}

// MinMax maps [Min, Max] to [0, 1]. Values outside map outside, unless Clip.
//
// The two parameters are given, or learned from the first Learn.Count usable
// readings or those of the first Learn.For of event time, and frozen from then
// on. While they are learned, a reading is scaled by what the readings so far
// say, itself included, and is Warming: the unit of the output never changes,
// only its trust. A scale of zero (all values equal) counts as one. Unusable
// readings pass; gaps and irregular sampling make no difference. [Standardise]
// and [Robust] do the same.
type MinMax struct {
	Min, Max float64        // in the channel's unit
	Learn    analytics.Span // or learn them from the first readings
	Clip     bool           // values outside become 0 or 1 and Clipped
}

// New makes the stage.
func (c MinMax) New() (analytics.Stage, error) {
	if err := checkLearn("minmax", "min", c.Learn, c.Min, c.Max, c.Max > c.Min); err != nil {
		return nil, err
	}
	s := &minmax{MinMax: c, state: &minmaxState{Min: c.Min, Max: c.Max}}
	if c.Learn.Zero() && !c.Clip {
		s.given = given{c.Min, c.Max - c.Min}
	}
	return s, nil
}

type minmax struct {
	given given
	MinMax
	state *minmaxState
}

type minmaxState struct {
	Learning learning
	Min, Max float64
	Clipped  uint64
}

func (s *minmax) State() any { return s.state }

// Shape returns the scale if it is given: the state holds it, too.
func (s *minmax) Shape() string { return fmt.Sprint(s.Min, s.Max) }

func (s *minmax) Counts(add func(string, uint64)) { add("clipped", s.state.Clipped) }

func (s *minmax) Apply(r devices.Reading, emit func(devices.Reading)) {
	v, ok := s.given.scaled(r.Value, r.Quality)
	if ok {
		r.Value = v
		emit(r)
		return
	}
	emit(s.step(r))
}

// ApplyBatch is a loop of Apply: see [analytics.Batcher].
func (s *minmax) ApplyBatch(in, out []devices.Reading) []devices.Reading {
	return stretches(in, out, s.given.run, func(r devices.Reading) (devices.Reading, bool) { return s.step(r), true })
}

// step returns what becomes of r.
func (s *minmax) step(r devices.Reading) devices.Reading {
	r = clean(r)
	if !r.Quality.Usable() {
		return r
	}
	st := s.state
	if st.Learning.more(r.At, s.Learn) {
		if st.Learning.N == 1 {
			st.Min, st.Max = r.Value, r.Value
		}
		st.Min, st.Max = min(st.Min, r.Value), max(st.Max, r.Value)
	}
	v, flags := scaled(r.Value, st.Min, st.Max-st.Min), st.Learning.flags(s.Learn)
	if s.Clip && !(v >= 0 && v <= 1) {
		st.Clipped++
		v, flags = min(max(v, 0), 1), flags|devices.Clipped
	}
	return result(r, v, flags)
}

// Standardise subtracts Mean and divides by SD. They are given, or learned as
// the mean and the standard deviation (divided by n - DDoF) of the first
// readings, as [MinMax] does.
type Standardise struct {
	Mean  float64        // in the channel's unit
	SD    float64        // standard deviation, in the channel's unit
	Learn analytics.Span // or learn them from the first readings
	DDoF  int            // 0 (default) or 1, for Learn
}

// New makes the stage.
func (c Standardise) New() (analytics.Stage, error) {
	if err := checkLearn("standardise", "sd", c.Learn, c.Mean, c.SD, c.SD > 0); err != nil {
		return nil, err
	}
	if c.DDoF != 0 && (c.DDoF != 1 || c.Learn.Zero()) {
		return nil, bad("standardise", "ddof", "is %d, want 0 or 1, together with learn", c.DDoF)
	}
	return &standardise{Standardise: c, given: given{c.Mean, c.SD}, state: new(standardiseState)}, nil
}

type standardise struct {
	given given
	Standardise
	state *standardiseState
}

type standardiseState struct {
	Learning learning
	Mean, M2 float64 // Welford 1962
}

func (s *standardise) State() any { return s.state }

func (s *standardise) Apply(r devices.Reading, emit func(devices.Reading)) {
	v, ok := s.given.scaled(r.Value, r.Quality)
	if ok {
		r.Value = v
		emit(r)
		return
	}
	emit(s.step(r))
}

// ApplyBatch is a loop of Apply: see [analytics.Batcher].
func (s *standardise) ApplyBatch(in, out []devices.Reading) []devices.Reading {
	return stretches(in, out, s.given.run, func(r devices.Reading) (devices.Reading, bool) { return s.step(r), true })
}

// step returns what becomes of r.
func (s *standardise) step(r devices.Reading) devices.Reading {
	r = clean(r)
	if !r.Quality.Usable() {
		return r
	}
	if s.Learn.Zero() {
		return result(r, scaled(r.Value, s.Mean, s.SD), 0)
	}
	st := s.state
	if st.Learning.more(r.At, s.Learn) {
		d := r.Value - st.Mean
		st.Mean += d / float64(st.Learning.N)
		st.M2 += d * (r.Value - st.Mean)
	}
	sd := 0.0
	if n := st.Learning.N - s.DDoF; n > 0 {
		sd = math.Sqrt(st.M2 / float64(n))
	}
	return result(r, scaled(r.Value, st.Mean, sd), st.Learning.flags(s.Learn))
}

// Robust subtracts Median and divides by IQR, the distance between the
// quartiles. They are given, or learned from the first readings, the quartiles
// with linear interpolation as in NumPy, as [MinMax] does. Learning keeps its
// readings, at most Cap of them: beyond it learning ends early ("capped").
type Robust struct {
	Median float64        // in the channel's unit
	IQR    float64        // interquartile range, in the channel's unit
	Learn  analytics.Span // or learn them from the first readings
	Cap    int            // most readings learned from; default 65536
}

// New makes the stage.
func (c Robust) New() (analytics.Stage, error) {
	if err := checkLearn("robust", "iqr", c.Learn, c.Median, c.IQR, c.IQR > 0); err != nil {
		return nil, err
	}
	if c.Learn.Zero() && c.Cap != 0 {
		return nil, bad("robust", "cap", "is for learn")
	}
	if err := checkCap("robust", &c.Cap); err != nil {
		return nil, err
	}
	if c.Learn.Count > c.Cap {
		return nil, bad("robust", "learn", "is %d readings, more than cap = %d", c.Learn.Count, c.Cap)
	}
	return &robust{Robust: c, state: &robustState{Median: c.Median, IQR: c.IQR}}, nil
}

type robust struct {
	Robust
	state *robustState
}

type robustState struct {
	Learning    learning
	Sorted      []float64 // what is learned from; nil once that is done
	Median, IQR float64
	Capped      uint64
}

func (s *robust) State() any { return s.state }

// Shape returns the scale if it is given: the state holds it, too.
func (s *robust) Shape() string { return fmt.Sprint(s.Median, s.IQR) }

func (s *robust) Counts(add func(string, uint64)) { add("capped", s.state.Capped) }

func (s *robust) Apply(r devices.Reading, emit func(devices.Reading)) {
	emit(s.step(r))
}

// ApplyBatch is a loop of Apply: see [analytics.Batcher].
func (s *robust) ApplyBatch(in, out []devices.Reading) []devices.Reading {
	out, n := room(out, len(in))
	for i, r := range in {
		out[n+i] = s.step(r)
	}
	return out
}

// step returns what becomes of r.
func (s *robust) step(r devices.Reading) devices.Reading {
	r = clean(r)
	if !r.Quality.Usable() {
		return r
	}
	st := s.state
	if st.Learning.more(r.At, s.Learn) {
		st.Sorted = with(st.Sorted, r.Value)
		st.Median = medianOf(st.Sorted)
		st.IQR = quantile(st.Sorted, 0.75) - quantile(st.Sorted, 0.25)
		if len(st.Sorted) == s.Cap && !st.Learning.Done {
			st.Learning.Done = true
			st.Capped++
		}
	}
	if st.Learning.Done {
		st.Sorted = nil
	}
	return result(r, scaled(r.Value, st.Median, st.IQR), st.Learning.flags(s.Learn))
}

// quantile interpolates linearly between the sorted values (type 7 of Hyndman
// and Fan 1996, NumPy's default).
func quantile(sorted []float64, q float64) float64 {
	h := q * float64(len(sorted)-1)
	i := int(h)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	w := h - float64(i)
	return sorted[i]*(1-w) + sorted[i+1]*w
}
