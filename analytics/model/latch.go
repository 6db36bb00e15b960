package model

import (
	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/sim"
)

// latch is the memory of an alarm.
type latch struct {
	On    bool
	Since sim.Time // event time at which it rose
	Over  int      // consecutive readings at or beyond the level
}

// latchRule says when an alarm rises and falls: it rises with the persist-th
// consecutive reading of distance 1 or more, and falls with the first reading
// of distance below leave that comes dwell or more after the rise.
type latchRule struct {
	leave   float64 // distance, 0 to 1
	persist int     // readings
	dwell   sim.Time
}

// next returns the latch after a reading at the given time and distance.
func (rule latchRule) next(l latch, at sim.Time, d float64) latch {
	if d >= 1 {
		l.Over = min(l.Over+1, rule.persist)
	} else {
		l.Over = 0
	}
	switch {
	case !l.On && l.Over >= rule.persist:
		l.On, l.Since = true, at
	case l.On && d < rule.leave && at-l.Since >= rule.dwell:
		l.On = false
	}
	return l
}

// judgement is what a model makes of a reading.
type judgement struct {
	distance float64 // 1 is the level of the alarm; not known before ready
	any      bool    // there are inputs that take part
	ready    bool    // and all of them have been learned
}

// verdict is the memory of a model that is not judging while it learns: then,
// and without inputs, the alarm stays as it is.
type verdict struct {
	Alarm latch
	Ready bool
}

// estimate judges a reading and changes nothing.
func (v *verdict) estimate(rule latchRule, at sim.Time, j judgement) analytics.Estimate {
	switch {
	case !j.any:
		return analytics.Estimate{Ready: v.Ready, Alarm: v.Alarm.On}
	case !j.ready:
		return analytics.Estimate{Alarm: v.Alarm.On}
	}
	return analytics.Estimate{Score: score(j.distance), Ready: true, Alarm: rule.next(v.Alarm, at, j.distance).On}
}

// learn takes a judgement in; false if there is nothing to learn from the reading.
func (v *verdict) learn(rule latchRule, at sim.Time, j judgement) bool {
	if !j.any {
		return false
	}
	v.Ready = j.ready
	if j.ready {
		v.Alarm = rule.next(v.Alarm, at, j.distance)
	}
	return true
}

// score maps a distance (1 is the level of the alarm) to [0, 1].
func score(d float64) float64 {
	if d > 1e8 { // the score is 1 to the last bit; d*d may overflow
		return 1
	}
	return d * d / (1 + d*d)
}

// present reports whether input i takes part. What lies beyond 1e150 is no
// measurement, and its square no number.
func present(x []float64, missing analytics.Mask, i int) bool {
	return i < len(x) && missing&(1<<uint(i)) == 0 && x[i] >= -1e150 && x[i] <= 1e150
}
