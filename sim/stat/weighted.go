package stat

import "github.com/twinsim/twinsim/sim"

// A TimeWeighted is a level that holds between changes, such as the length of a
// queue, and its mean over time. The zero TimeWeighted is the level 0 from the
// run's epoch on; for another start call Reset.
//
// The area under the level is kept in value x nanoseconds as an unevaluated sum
// Sum + Carry (Knuth's two-sum), so that nothing is lost when a long run adds a
// short interval: for levels that are whole numbers and intervals with level x
// nanoseconds below 2^53 (104 days at level 1) it is exact.
type TimeWeighted struct {
	Value   float64  // the level now, in its unit
	Start   sim.Time // when the mean begins
	Last    sim.Time // when the level was last set
	Sum     float64  // area from Start to Last, in value x ns; see Carry
	Carry   float64  // what Sum lost to rounding, in value x ns
	Lo      float64  // lowest level since Start, in its unit
	Hi      float64  // highest level since Start, in its unit
	Skipped int64    // levels left out because they were NaN or infinite
}

// Set says that the level is v, in its unit, from now on. A level that is
// replaced at the instant of Start counts for nothing. Times must not go back:
// an earlier now counts as the latest time seen.
func (w *TimeWeighted) Set(now sim.Time, v float64) {
	if v-v != 0 { // NaN or infinite
		w.Skipped++
		return
	}
	if now > w.Last {
		x := float64(w.Value * float64(now-w.Last))
		sum := w.Sum + x
		part := sum - w.Sum
		w.Carry += (w.Sum - (sum - part)) + (x - part)
		w.Sum = sum
		w.Last = now
	} else if w.Last == w.Start {
		w.Value, w.Lo, w.Hi = v, v, v
		return
	}
	w.Value = v
	if v < w.Lo {
		w.Lo = v
	}
	if v > w.Hi {
		w.Hi = v
	}
}

// Add changes the level by delta, in its unit, from now on.
func (w *TimeWeighted) Add(now sim.Time, delta float64) { w.Set(now, w.Value+delta) }

// area returns the integral of the level from Start to now, in value x ns.
func (w *TimeWeighted) area(now sim.Time) float64 {
	a := w.Carry
	if now > w.Last {
		a += float64(w.Value * float64(now-w.Last))
	}
	return w.Sum + a
}

// Area returns the integral of the level from Start to now, in value x seconds.
func (w *TimeWeighted) Area(now sim.Time) float64 { return w.area(now) / 1e9 }

// Mean returns the level's mean over the time from Start to now, in its unit; at
// Start itself it is the level.
func (w *TimeWeighted) Mean(now sim.Time) float64 {
	now = max(now, w.Last)
	if now <= w.Start {
		return w.Value
	}
	return w.area(now) / float64(now-w.Start)
}

// Min returns the lowest level since Start, in its unit.
func (w *TimeWeighted) Min() float64 { return w.Lo }

// Max returns the highest level since Start, in its unit, however short it held.
func (w *TimeWeighted) Max() float64 { return w.Hi }

// Reset begins the mean anew at now with the level as it is: the end of a
// warm-up.
func (w *TimeWeighted) Reset(now sim.Time) {
	*w = TimeWeighted{Value: w.Value, Start: now, Last: now, Lo: w.Value, Hi: w.Value}
}
