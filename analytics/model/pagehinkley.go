package model

import (
	"math"
	"strconv"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/sim"
)

// PageHinkley is the two-sided Page-Hinkley test for a change of the mean (Page
// 1954; Hinkley 1971): for each input it sums up the deviations from the mean of
// all readings since the last change, less Delta, and compares the sum with the
// lowest (to the other side: the highest) it has been. Both are in standard
// deviations of the warm-up, so that inputs of all units are judged alike. The
// distance is the greater difference over Lambda.
//
// A change starts the test anew with that input's next reading: a new mean, a new
// warm-up, during which the model is not Ready. The alarm rises with the change
// and falls with the first reading that comes Dwell or more later and is no change
// itself; with Dwell 0 it lasts one reading.
type PageHinkley struct {
	Inputs int            // default 1
	Delta  float64        // change that is tolerated, standard deviations; default 0.5
	Lambda float64        // level of the alarm, standard deviations; default 20
	Learn  analytics.Span // warm-up; default 50 readings
	Dwell  sim.Time       // shortest alarm
}

// New makes the model.
func (c PageHinkley) New() (analytics.Model, error) {
	if err := checkInputs("page_hinkley", &c.Inputs); err != nil {
		return nil, err
	}
	if err := checkLearn("page_hinkley", &c.Learn, 50); err != nil {
		return nil, err
	}
	if err := checkLevel("page_hinkley", "delta", &c.Delta, 0.5); err != nil {
		return nil, err
	}
	if err := checkLevel("page_hinkley", "lambda", &c.Lambda, 20); err != nil {
		return nil, err
	}
	persist := 1
	if err := checkLatch("page_hinkley", &persist, c.Dwell); err != nil {
		return nil, err
	}
	st := &pageHinkleyState{Tests: make([]hinkley, c.Inputs)}
	return &pageHinkley{c, latchRule{1, persist, c.Dwell}, st}, nil
}

type pageHinkley struct {
	cfg   PageHinkley
	rule  latchRule
	state *pageHinkleyState
}

// hinkley is the test of one input; sums are in standard deviations.
type hinkley struct {
	Warm     moments // of the warm-up; its mean goes on with all readings
	SD       float64 // of the warm-up, in the input's unit; 0 until then
	Up, Down float64 // sums to either side
	Low      float64 // the lowest that Up has been
	High     float64 // the highest that Down has been
}

type pageHinkleyState struct {
	Tests []hinkley // by input
	Alarm latch
	Ready bool
}

func (m *pageHinkley) State() any { return m.state }

// Shape returns the number of inputs.
func (m *pageHinkley) Shape() string { return strconv.Itoa(m.cfg.Inputs) }

// after returns the test after the value v, and its distance; false during warm-up.
func (m *pageHinkley) after(t hinkley, at sim.Time, v float64) (next hinkley, d float64, ready bool) {
	ready = t.Warm.learned(m.cfg.Learn, at)
	if ready && t.SD == 0 {
		t.SD = math.Sqrt(t.Warm.Var)
	}
	before := t.Warm.Mean
	t.Warm.add(at, v, memory{}.alpha(&t.Warm, at))
	if !ready {
		return t, 0, false
	}
	z := 0.0
	if v != before {
		z = (v - before) / t.SD
	}
	z = min(max(z, -most), most)
	t.Up += z - m.cfg.Delta
	t.Down += z + m.cfg.Delta
	t.Low, t.High = min(t.Low, t.Up), max(t.High, t.Down)
	return t, max(t.Up-t.Low, t.High-t.Down) / m.cfg.Lambda, true
}

// most keeps the sums finite when the warm-up had no deviation at all.
const most = 1e12

// Score judges a reading; see [analytics.Model].
func (m *pageHinkley) Score(at sim.Time, x []float64, missing analytics.Mask) analytics.Estimate {
	var worst float64
	any, ready := false, true
	for i := range m.state.Tests {
		if !present(x, missing, i) {
			continue
		}
		_, d, ok := m.after(m.state.Tests[i], at, x[i])
		any, ready, worst = true, ready && ok, max(worst, d)
	}
	if !any {
		return analytics.Estimate{Ready: m.state.Ready, Alarm: m.state.Alarm.On}
	}
	e := analytics.Estimate{Ready: ready, Alarm: m.rule.next(m.state.Alarm, at, worst).On}
	if ready {
		e.Score = score(worst)
	}
	return e
}

// Learn takes a reading in; see [analytics.Model].
func (m *pageHinkley) Learn(at sim.Time, x []float64, missing analytics.Mask) {
	st := m.state
	var worst float64
	any, ready := false, true
	for i := range st.Tests {
		if !present(x, missing, i) {
			continue
		}
		next, d, ok := m.after(st.Tests[i], at, x[i])
		any, ready, worst = true, ready && ok, max(worst, d)
		st.Tests[i] = next
		if d >= 1 {
			st.Tests[i] = hinkley{}
		}
	}
	if !any {
		return
	}
	st.Ready = ready
	st.Alarm = m.rule.next(st.Alarm, at, worst)
}
