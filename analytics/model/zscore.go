package model

import (
	"math"
	"strconv"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/sim"
)

// During says what a model learns while its alarm is on.
type During string

// The choices.
const (
	Suspend During = "suspend" // nothing: the alarm lasts until the readings are back
	Slow    During = "slow"    // a tenth: it gives in after ten memories or so
	Full    During = "full"    // all: it gives in within a memory
)

var durings = []During{Suspend, Slow, Full}

// ZScore is a streaming detector of unusual values: each input has an
// exponentially weighted mean and variance (Roberts 1959), and its distance is
// the number of standard deviations from the mean, by what was known before the
// reading, over Enter. A value further than Clip deviations is learned from
// as if it were that far off (Huber's winsorising), so that a spike does not
// blind the detector. The alarm rises with the Persist-th consecutive reading of
// Enter deviations or more and falls below Leave, not before Dwell.
//
// With a Memory in event time, irregular sampling and gaps are seen: after a
// long gap the first reading weighs much.
type ZScore struct {
	Inputs  int            // default 1
	Memory  analytics.Span // of mean and variance; default 288 readings; For is a half-life
	Learn   analytics.Span // warm-up; default 50 readings
	Enter   float64        // standard deviations; default 4
	Leave   float64        // standard deviations; default half of Enter
	Clip    float64        // standard deviations; default 3; negative is off
	Floor   float64        // least standard deviation, in the input's unit; one input only
	Persist int            // readings; default 1
	Dwell   sim.Time       // shortest alarm
	During  During         // default Suspend
}

// New makes the model.
func (c ZScore) New() (analytics.Model, error) {
	if err := checkInputs("zscore", &c.Inputs); err != nil {
		return nil, err
	}
	if err := checkSpan("zscore", "memory", &c.Memory, analytics.Span{Count: 288}); err != nil {
		return nil, err
	}
	if err := checkLearn("zscore", &c.Learn, 50); err != nil {
		return nil, err
	}
	if err := checkLevel("zscore", "enter", &c.Enter, 4); err != nil {
		return nil, err
	}
	if err := checkLevel("zscore", "leave", &c.Leave, c.Enter/2); err != nil {
		return nil, err
	}
	if c.Leave > c.Enter {
		return nil, bad("zscore", "leave", "is %v, above enter = %v: the alarm would fall at once", c.Leave, c.Enter)
	}
	if c.Clip == 0 {
		c.Clip = 3
	}
	switch {
	case c.Clip < 0:
		c.Clip = math.Inf(1)
	case c.Clip != c.Clip:
		return nil, bad("zscore", "clip", "is %v, want standard deviations, or a negative number for none", c.Clip)
	}
	if !(c.Floor >= 0) || c.Floor-c.Floor != 0 || c.Floor > 0 && c.Inputs > 1 {
		return nil, bad("zscore", "floor", "is %v, want 0 or more, and 0 with several inputs, whose units differ", c.Floor)
	}
	if err := checkLatch("zscore", &c.Persist, c.Dwell); err != nil {
		return nil, err
	}
	if err := c.During.fill("zscore"); err != nil {
		return nil, err
	}
	rule := latchRule{c.Leave / c.Enter, c.Persist, c.Dwell}
	return &zscore{c, rule, &zscoreState{Moments: make([]moments, c.Inputs)}}, nil
}

// fill sets the default and refuses an unknown word.
func (d *During) fill(kind string) error {
	if *d == "" {
		*d = Suspend
	}
	for _, known := range durings {
		if *d == known {
			return nil
		}
	}
	return bad(kind, "in_alarm", "%q is none of %v", string(*d), durings)
}

// part returns the part of a reading's weight that counts.
func (d During) part(alarm bool) float64 {
	switch {
	case !alarm || d == Full:
		return 1
	case d == Slow:
		return 0.1
	}
	return 0
}

type zscore struct {
	cfg   ZScore
	rule  latchRule
	state *zscoreState
}

type zscoreState struct {
	Moments []moments // by input
	Verdict verdict
}

func (m *zscore) State() any { return m.state }

// Shape returns the number of inputs.
func (m *zscore) Shape() string { return strconv.Itoa(m.cfg.Inputs) }

// judge finds the greatest distance of the inputs that take part.
func (m *zscore) judge(at sim.Time, x []float64, missing analytics.Mask) judgement {
	d, any, ready := 0.0, false, true
	for i := range m.state.Moments {
		if !present(x, missing, i) {
			continue
		}
		any = true
		s := &m.state.Moments[i]
		if !s.learned(m.cfg.Learn, at) {
			ready = false
			continue
		}
		d = max(d, math.Abs(s.deviations(x[i], m.cfg.Floor))/m.cfg.Enter)
	}
	return judgement{d, any, ready}
}

// Score judges a reading; see [analytics.Model].
func (m *zscore) Score(at sim.Time, x []float64, missing analytics.Mask) analytics.Estimate {
	return m.state.Verdict.estimate(m.rule, at, m.judge(at, x, missing))
}

// Learn takes a reading in; see [analytics.Model].
func (m *zscore) Learn(at sim.Time, x []float64, missing analytics.Mask) {
	st := m.state
	if !st.Verdict.learn(m.rule, at, m.judge(at, x, missing)) {
		return
	}
	part := m.cfg.During.part(st.Verdict.Alarm.On)
	for i := range st.Moments {
		if !present(x, missing, i) {
			continue
		}
		s := &st.Moments[i]
		v := x[i]
		if s.learned(m.cfg.Learn, at) {
			reach := m.cfg.Clip * max(math.Sqrt(s.Var), m.cfg.Floor)
			if reach > 0 {
				v = min(max(v, s.Mean-reach), s.Mean+reach)
			}
		}
		if part == 0 {
			s.Last = at // so that what was not learned does not weigh later
			continue
		}
		s.add(at, v, part*memory(m.cfg.Memory).alpha(s, at))
	}
}
