package prep

import (
	"fmt"
	"slices"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// defaultCap bounds windows of time and waiting readings, unless told otherwise.
const defaultCap = 1 << 16

// clean enforces the contract of [devices.Reading]: a missing value is 0, and
// NaN and infinities are missing. It turns -0 into 0, so that whether a zero came
// from the left or the right never shows.
func clean(r devices.Reading) devices.Reading {
	if r.Quality.Has(devices.Missing) {
		r.Value = 0
		return r
	}
	return result(r, r.Value, 0)
}

// usable reports whether a value, cleaned, can be computed with. It comes to what
// [clean] and a look at the flags come to, and is small enough to be inlined.
func usable(v float64, q devices.Quality) bool { return q.Usable() && v-v == 0 }

// result is r with the value v and more flags.
func result(r devices.Reading, v float64, flags devices.Quality) devices.Reading {
	r.Value = v + 0
	r.Quality |= flags
	if v-v != 0 { // NaN or infinite
		r.Value = 0
		r.Quality |= devices.Missing | devices.Suspect
	}
	return r
}

// room returns out with room for n readings after the ones it has, and where
// those begin: a batch is written by index, which is faster than by append.
func room(out []devices.Reading, n int) ([]devices.Reading, int) {
	have := len(out)
	return slices.Grow(out, n)[:have+n], have
}

// stretches appends what becomes of a batch of which most readings go the short
// way: run takes those up to the first that doesn't and returns how many they are,
// other takes that one, and so on.
func stretches(in, out []devices.Reading, run func(in, out []devices.Reading) int, other func(devices.Reading) (devices.Reading, bool)) []devices.Reading {
	out, n := room(out, len(in))
	for {
		k := run(in, out[n:])
		n += k
		if k == len(in) {
			return out[:n]
		}
		if r, ok := other(in[k]); ok {
			out[n] = r
			n++
		}
		in = in[k+1:]
	}
}

// filtered appends what step hands on of a batch.
func filtered(in, out []devices.Reading, step func(devices.Reading) (devices.Reading, bool)) []devices.Reading {
	out, n := room(out, len(in))
	for _, r := range in {
		if r, ok := step(r); ok {
			out[n] = r
			n++
		}
	}
	return out[:n]
}

// absent is r without a value.
func absent(r devices.Reading, flags devices.Quality) devices.Reading {
	r.Value = 0
	r.Quality |= devices.Missing | flags
	return r
}

// track remembers when the last usable reading was.
type track struct {
	Last sim.Time
	Any  bool
}

// broken reports whether more than maxGap lies between the last reading and at.
// A maxGap of 0 never breaks.
func (t *track) broken(at, maxGap sim.Time) bool {
	return t.Any && maxGap > 0 && at-t.Last > maxGap
}

// step moves on to at and returns the time since the last reading, 0 for the first.
func (t *track) step(at sim.Time) sim.Time {
	d := at - t.Last
	if !t.Any {
		d = 0
	}
	t.Last, t.Any = at, true
	return d
}

func bad(kind, param, format string, args ...any) error {
	return &analytics.ParamError{Kind: kind, Param: param, Msg: fmt.Sprintf(format, args...)}
}

// checkGap refuses a negative span of time.
func checkGap(kind, param string, t sim.Time) error {
	if t < 0 {
		return bad(kind, param, "is %v, want 0 (never) or more", t)
	}
	return nil
}

// checkCap refuses a bound that is too small and fills in the default.
func checkCap(kind string, c *int) error {
	if *c == 0 {
		*c = defaultCap
	}
	if *c < 2 || *c > 1<<24 {
		return bad(kind, "cap", "is %d readings, want 2 to %d", *c, 1<<24)
	}
	return nil
}

// checkSpan refuses a span that is not exactly one positive count or time.
func checkSpan(kind, param string, s analytics.Span) error {
	if s.Count < 0 || s.For < 0 || (s.Count == 0) == (s.For == 0) {
		return bad(kind, param, "is %d readings and %v, want one of them positive, such as 12 or \"1 h\"", s.Count, s.For)
	}
	if s.Count > 1<<24 {
		return bad(kind, param, "is %d readings, want at most %d", s.Count, 1<<24)
	}
	return nil
}
