package dist

import (
	"fmt"
	"math"
	"slices"

	"github.com/twinsim/twinsim/sim"
)

// Arrivals is a Poisson process whose rate is constant piece by piece and may
// repeat, as by the week. It is plain data, to be saved with a run. Next inverts
// the integrated rate, which is exact, and takes one number.
type Arrivals struct {
	// Starts[i] is where piece i begins: ascending, the first 0. With a Period they
	// count from the beginning of each period.
	Starts []sim.Time
	// Rates[i] is the rate of piece i, in events per second.
	Rates []float64
	// Period repeats the pieces; 0 means that the last piece goes on for ever.
	Period sim.Time
	// Origin is the time at which the first period, or the first piece, begins.
	// Without a Period nothing arrives before it.
	Origin sim.Time
}

// Weekly returns the process whose rate is perHour[h], in events per hour, in hour
// h of a week of 168 hours that begins at origin.
func Weekly(origin sim.Time, perHour [168]float64) Arrivals {
	a := Arrivals{Period: 168 * sim.Hour, Origin: origin}
	for h, r := range perHour {
		a.Starts = append(a.Starts, sim.Time(h)*sim.Hour)
		a.Rates = append(a.Rates, r/3600)
	}
	return a
}

// Validate returns an error unless the pieces ascend from 0, every rate is finite
// and not negative, and one of them is positive.
func (a Arrivals) Validate() error {
	if len(a.Starts) == 0 || len(a.Starts) != len(a.Rates) {
		return fmt.Errorf("dist: arrivals: %d starts and %d rates: want as many, one or more", len(a.Starts), len(a.Rates))
	}
	if a.Starts[0] != 0 {
		return fmt.Errorf("dist: arrivals: the first piece starts at %v: want 0", a.Starts[0])
	}
	for i := 1; i < len(a.Starts); i++ {
		if a.Starts[i] <= a.Starts[i-1] {
			return fmt.Errorf("dist: arrivals: piece %d starts at %v, not after the one before it", i, a.Starts[i])
		}
	}
	if last := a.Starts[len(a.Starts)-1]; a.Period < 0 || a.Period > 0 && a.Period <= last {
		return fmt.Errorf("dist: arrivals: the period is %v: want 0 or more than the last start, %v", a.Period, last)
	}
	for i, r := range a.Rates {
		if !(r >= 0 && r <= 1e9) {
			return fmt.Errorf("dist: arrivals: rate %d is %v per second: want 0 to 1e9", i, r)
		}
	}
	if slices.Max(a.Rates) == 0 {
		return fmt.Errorf("dist: arrivals: every rate is 0: want one that is positive")
	}
	return nil
}

// MeanRate returns the mean rate of a period, or the rate of the last piece if
// there is none, in events per second.
func (a Arrivals) MeanRate() float64 {
	if len(a.Rates) == 0 {
		return 0
	}
	if a.Period == 0 {
		return a.Rates[len(a.Rates)-1]
	}
	return a.perPeriod() / a.Period.Seconds()
}

// perPeriod returns the expected number of events of a period.
func (a *Arrivals) perPeriod() float64 {
	sum := 0.0
	for i, r := range a.Rates {
		sum += float64(r * (a.end(i) - a.Starts[i]).Seconds())
	}
	return sum
}

// end returns where piece i ends.
func (a *Arrivals) end(i int) sim.Time {
	switch {
	case i+1 < len(a.Starts):
		return a.Starts[i+1]
	case a.Period > 0:
		return a.Period
	}
	return sim.Never
}

// Rate returns the rate at t, in events per second.
func (a *Arrivals) Rate(t sim.Time) float64 {
	if t < a.Origin && a.Period == 0 {
		return 0
	}
	_, i, _ := a.locate(t)
	return a.Rates[i]
}

// locate returns the beginning of t's period, its piece, and its place in the period.
func (a *Arrivals) locate(t sim.Time) (base sim.Time, i int, in sim.Time) {
	base = a.Origin
	in = t - base
	if a.Period > 0 {
		in %= a.Period
		if in < 0 {
			in += a.Period
		}
		base = t - in
	}
	i, found := slices.BinarySearch(a.Starts, in)
	if !found {
		i--
	}
	return base, i, in
}

// Next returns the time of the first event after now, to the nearest nanosecond; ok
// is false if there is none before the end of time. Two events may fall into the
// same nanosecond.
func (a *Arrivals) Next(now sim.Time, s *sim.Stream) (at sim.Time, ok bool) {
	if len(a.Rates) == 0 {
		return sim.Never, false
	}
	need := s.ExponentialInv()
	if a.Period == 0 && now < a.Origin {
		now = a.Origin
	}
	base, i, in := a.locate(now)
	for first := true; ; first = false {
		for ; i < len(a.Rates); i++ {
			end := a.end(i)
			r := a.Rates[i]
			room := float64(r * (end - in).Seconds())
			if need < room {
				return later(base, in, need/r)
			}
			need -= room
			in = end
		}
		if a.Period == 0 || base > sim.Never-2*a.Period {
			return sim.Never, false
		}
		base += a.Period
		if first { // pass over whole periods
			whole := a.perPeriod()
			if !(whole > 0) {
				return sim.Never, false
			}
			n := math.Floor(need / whole)
			if n >= float64((sim.Never-base)/a.Period) {
				return sim.Never, false
			}
			base += sim.Time(n) * a.Period
			need = max(0, need-float64(n*whole))
		}
		i, in = 0, 0
	}
}

// later returns base + in + dt seconds, unless that is beyond the end of time.
func later(base, in sim.Time, dt float64) (sim.Time, bool) {
	ns := math.Round(dt * 1e9)
	if ns >= float64(sim.Never-in-max(base, 0)) {
		return sim.Never, false
	}
	return base + in + sim.Time(ns), true
}

// Thinning is a Poisson process with any rate that has a bound (Lewis & Shedler,
// 1979). The rate is a function of time given to Next, so that this stays plain
// data. Next takes two numbers for each candidate, of which there are Max/rate for
// an event on average.
type Thinning struct {
	Max float64  // bound of the rate, in events per second
	End sim.Time // no events from there on
}

// Validate returns an error unless Max is positive and at most 1e9 and End is given.
func (t Thinning) Validate() error {
	if t.End <= 0 {
		return fmt.Errorf("dist: thinning: End is %v: want a positive time, such as the end of the run", t.End)
	}
	if !(t.Max > 0 && t.Max <= 1e9) {
		return fmt.Errorf("dist: thinning: Max is %v per second: want a positive number up to 1e9", t.Max)
	}
	return nil
}

// Next returns the time of the first event after now, to the nearest nanosecond; ok
// is false if there is none before End. A rate, in events per second, that is above
// Max, negative or NaN is an error.
func (t Thinning) Next(now sim.Time, rate func(sim.Time) float64, s *sim.Stream) (at sim.Time, ok bool, err error) {
	if err := t.Validate(); err != nil {
		return t.End, false, err
	}
	for {
		now, ok = later(now, 0, s.ExponentialInv()/t.Max)
		u := float64(s.Float64() * t.Max)
		if !ok || now >= t.End {
			return t.End, false, nil
		}
		r := rate(now)
		if !(r >= 0 && r <= t.Max) {
			return now, false, fmt.Errorf("dist: thinning: the rate at %v is %v per second: want 0 to Max, %v", now, r, t.Max)
		}
		if u < r {
			return now, true, nil
		}
	}
}
