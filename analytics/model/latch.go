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
