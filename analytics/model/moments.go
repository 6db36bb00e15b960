package model

import (
	"fmt"
	"math"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/detmath"
)

// moments are the running mean and variance of one input. The first readings
// count all alike (Welford 1962), then the past fades exponentially (West 1979;
// Finch 2009), as memory says.
type moments struct {
	N     int      // readings learned from
	First sim.Time // of the first
	Last  sim.Time // of the newest
	Mean  float64  // in the input's unit
	Var   float64  // in its square, divided by n
}

// memory says how fast the past fades: over Count readings (alpha = 2/(n+1), as
// a moving average of n has) or by half in For. The zero value never forgets.
type memory analytics.Span

// alpha returns the weight of a reading at the given time: that of a plain mean
// as long as it is greater.
func (m memory) alpha(s *moments, at sim.Time) float64 {
	fade := 0.0
	switch {
	case m.Count > 0:
		fade = 2 / float64(m.Count+1)
	case m.For > 0 && s.N > 0:
		fade = -detmath.Expm1(-math.Ln2 * float64(max(at-s.Last, 0)) / float64(m.For))
	}
	return max(fade, 1/float64(s.N+1))
}

// add learns from a value with weight alpha.
func (s *moments) add(at sim.Time, v, alpha float64) {
	if s.N == 0 {
		s.First = at
	}
	if s.N < math.MaxInt32 {
		s.N++
	}
	s.Last = at
	d := v - s.Mean
	step := alpha * d
	s.Mean += step
	s.Var = (1 - alpha) * (s.Var + d*step)
}

// learned reports whether enough has been seen for the reading at the given time.
func (s *moments) learned(want analytics.Span, at sim.Time) bool {
	if want.For > 0 {
		return s.N > 1 && at-s.First >= want.For
	}
	return s.N >= want.Count
}

// deviations returns how many standard deviations v is from the mean. If there
// is no deviation and no floor, any other value is infinitely far.
func (s *moments) deviations(v, floor float64) float64 {
	d := v - s.Mean
	if d == 0 {
		return 0
	}
	return d / max(math.Sqrt(s.Var), floor)
}

func bad(kind, param, format string, args ...any) error {
	return &analytics.ParamError{Kind: kind, Param: param, Msg: fmt.Sprintf(format, args...)}
}

// checkInputs fills in the default and refuses what a [analytics.Mask] can't say.
func checkInputs(kind string, n *int) error {
	if *n == 0 {
		*n = 1
	}
	if *n < 1 || *n > 64 {
		return bad(kind, "inputs", "is %d, want 1 to 64", *n)
	}
	return nil
}

// checkSpan refuses a span that is not one count or time; with fallback, zero
// becomes that.
func checkSpan(kind, param string, s *analytics.Span, fallback analytics.Span) error {
	if s.Zero() {
		*s = fallback
	}
	if s.Count < 0 || s.For < 0 || s.Count > 0 && s.For > 0 {
		return bad(kind, param, "is %d readings and %v, want one of them positive, such as 300 or \"1 d\"", s.Count, s.For)
	}
	return nil
}

// checkLearn is checkSpan for the warm-up, which needs two readings for a deviation.
func checkLearn(kind string, s *analytics.Span, fallback int) error {
	if err := checkSpan(kind, "learn", s, analytics.Span{Count: fallback}); err != nil {
		return err
	}
	if s.Count == 1 {
		return bad(kind, "learn", "is 1 reading, want at least 2 to know a deviation")
	}
	return nil
}

// checkLevel fills in the default and refuses what is not above 0.
func checkLevel(kind, param string, v *float64, fallback float64) error {
	if *v == 0 {
		*v = fallback
	}
	if !(*v > 0) || *v-*v != 0 {
		return bad(kind, param, "is %v, want a number above 0", *v)
	}
	return nil
}

// checkLatch refuses a rule that can't work and fills in the defaults.
func checkLatch(kind string, persist *int, dwell sim.Time) error {
	if *persist == 0 {
		*persist = 1
	}
	if *persist < 0 {
		return bad(kind, "persist", "is %d readings, want 1 or more", *persist)
	}
	if dwell < 0 {
		return bad(kind, "dwell", "is %v, want 0 or more", dwell)
	}
	return nil
}
