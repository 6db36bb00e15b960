package model

import (
	"strconv"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/sim"
)

// CUSUM is the two-sided cumulative sum chart (Page 1954): for each input z, in
// standard deviations from the reference, it sums up what exceeds K to either
// side, S+ = max(0, S+ + z - K) and S- = max(0, S- - z - K). The distance is the
// greater sum over H. With K = 0.5 it is best against a shift of one deviation; independent
// normal readings then give a false alarm every 168 readings for H = 4 and every
// 465 for H = 5 (Montgomery, Introduction to Statistical Quality Control, 9.1).
// Readings that resemble their neighbours need a greater K and H by far.
//
// The reference is fixed (Mean and SD), or the mean and deviation of the warm-up;
// with a Memory it follows slowly, as During says while the alarm is on. The
// alarm rises with the Persist-th consecutive reading with a sum of H or more, and
// falls when the sums are below Leave times H, not before Dwell. The sums stop at
// Top times H, so that an alarm ends some time after its cause. Gaps and
// irregular sampling make no difference, but to a Memory in time.
type CUSUM struct {
	Inputs  int            // default 1
	K       float64        // allowance, standard deviations; default 0.5
	H       float64        // decision interval, standard deviations; default 5
	Mean    float64        // fixed reference, in the input's unit; with SD, one input only
	SD      float64        // fixed standard deviation, in the input's unit; 0 is learn both
	Learn   analytics.Span // warm-up; default 100 readings
	Memory  analytics.Span // of the learned reference; default none: frozen after the warm-up
	Leave   float64        // part of H; default 0.5
	Top     float64        // most that the sums reach, in H; default 2
	Persist int            // readings; default 1
	Dwell   sim.Time       // shortest alarm
	During  During         // default Suspend
}

// New makes the model.
func (c CUSUM) New() (analytics.Model, error) {
	if err := checkInputs("cusum", &c.Inputs); err != nil {
		return nil, err
	}
	if c.SD-c.SD != 0 || c.SD < 0 || c.Mean-c.Mean != 0 || c.Mean != 0 && c.SD == 0 {
		return nil, bad("cusum", "sd", "mean %v and sd %v don't make a reference: give a finite mean with an sd above 0, or neither", c.Mean, c.SD)
	}
	if c.SD > 0 && (c.Inputs > 1 || !c.Learn.Zero() || !c.Memory.Zero()) {
		return nil, bad("cusum", "sd", "a fixed reference is for one input and excludes learn and memory")
	}
	if err := checkLearn("cusum", &c.Learn, 100); err != nil {
		return nil, err
	}
	if err := checkSpan("cusum", "memory", &c.Memory, analytics.Span{}); err != nil {
		return nil, err
	}
	levels := []struct {
		name     string
		v        *float64
		fallback float64
	}{{"k", &c.K, 0.5}, {"h", &c.H, 5}, {"leave", &c.Leave, 0.5}, {"top", &c.Top, 2}}
	for _, l := range levels {
		if err := checkLevel("cusum", l.name, l.v, l.fallback); err != nil {
			return nil, err
		}
	}
	if c.Leave > 1 || c.Top < 1 {
		return nil, bad("cusum", "leave", "leave = %v and top = %v are parts of h: want leave at most 1 and top at least 1", c.Leave, c.Top)
	}
	if err := checkLatch("cusum", &c.Persist, c.Dwell); err != nil {
		return nil, err
	}
	if err := c.During.fill("cusum"); err != nil {
		return nil, err
	}
	st := &cusumState{Charts: make([]chart, c.Inputs)}
	return &cusum{c, latchRule{c.Leave, c.Persist, c.Dwell}, st}, nil
}

type cusum struct {
	cfg   CUSUM
	rule  latchRule
	state *cusumState
}

type chart struct {
	Reference moments // not used with a fixed reference
	Up, Down  float64 // sums, standard deviations
}

type cusumState struct {
	Charts  []chart // by input
	Verdict verdict
}

func (m *cusum) State() any { return m.state }

// Shape returns the number of inputs.
func (m *cusum) Shape() string { return strconv.Itoa(m.cfg.Inputs) }

// sums returns the sums of an input after the value v; false while its
// reference is being learned. They are finite and not NaN even when the reference
// has no deviation: an infinite z is cut at Top.
func (m *cusum) sums(c *chart, at sim.Time, v float64) (up, down float64, ready bool) {
	z := (v - m.cfg.Mean) / m.cfg.SD
	if m.cfg.SD == 0 {
		if !c.Reference.learned(m.cfg.Learn, at) {
			return 0, 0, false
		}
		z = c.Reference.deviations(v, 0)
	}
	top := m.cfg.Top * m.cfg.H
	up = min(max(0, c.Up+z-m.cfg.K), top)
	down = min(max(0, c.Down-z-m.cfg.K), top)
	return up, down, true
}

// judge finds the greatest sum of all inputs.
func (m *cusum) judge(at sim.Time, x []float64, missing analytics.Mask) judgement {
	d, any, ready := 0.0, false, true
	for i := range m.state.Charts {
		c := &m.state.Charts[i]
		up, down := c.Up, c.Down // of an input that takes no part: as they were
		if present(x, missing, i) {
			any = true
			var ok bool
			if up, down, ok = m.sums(c, at, x[i]); !ok {
				ready = false
			}
		}
		d = max(d, up/m.cfg.H, down/m.cfg.H)
	}
	return judgement{d, any, ready}
}

// Score judges a reading; see [analytics.Model].
func (m *cusum) Score(at sim.Time, x []float64, missing analytics.Mask) analytics.Estimate {
	return m.state.Verdict.estimate(m.rule, at, m.judge(at, x, missing))
}

// Learn takes a reading in; see [analytics.Model].
func (m *cusum) Learn(at sim.Time, x []float64, missing analytics.Mask) {
	st := m.state
	if !st.Verdict.learn(m.rule, at, m.judge(at, x, missing)) {
		return
	}
	part := m.cfg.During.part(st.Verdict.Alarm.On)
	for i := range st.Charts {
		if !present(x, missing, i) {
			continue
		}
		c := &st.Charts[i]
		up, down, charted := m.sums(c, at, x[i])
		c.Up, c.Down = up, down
		switch {
		case m.cfg.SD > 0 || charted && memory(m.cfg.Memory) == memory{}:
		case part == 0:
			c.Reference.Last = at
		default:
			c.Reference.add(at, x[i], part*memory(m.cfg.Memory).alpha(&c.Reference, at))
		}
	}
}
