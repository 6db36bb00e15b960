package prep

import (
	"math"
	"sort"
	"testing"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

// readings draws a stream with gaps, repeated and disordered stamps, flags and ties.
func readings(most int) *rapid.Generator[[]devices.Reading] {
	return rapid.Custom(func(t *rapid.T) []devices.Reading {
		n := rapid.IntRange(0, most).Draw(t, "n")
		out := make([]devices.Reading, n)
		at := sim.Time(0)
		for i := range out {
			step := rapid.SampledFrom([]int{-3, 0, 1, 1, 1, 1, 2, 5, 40}).Draw(t, "step")
			at += sim.Time(step) * sim.Minute
			r := devices.Reading{At: at, Value: valueGen().Draw(t, "v"), Channel: 3, Tag: devices.Tag{Seq: uint32(i)}}
			switch rapid.IntRange(0, 9).Draw(t, "quality") {
			case 0:
				r.Quality, r.Value = devices.Missing, 0
			case 1:
				r.Quality = devices.Stale
			case 2:
				r.Quality = devices.Suspect
			}
			out[i] = r
		}
		return out
	})
}

func run(s analytics.Stage, in []devices.Reading) (out []devices.Reading) {
	for _, r := range in {
		s.Apply(r, func(q devices.Reading) { out = append(out, q) })
	}
	return out
}

// A rolling stage, reading by reading, is what its comment says: here told
// again with slices and no memory but the readings themselves.
func TestRollingIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(folds).Draw(t, "of")
		c := Rolling{Of: f.name, MinPeriods: rapid.IntRange(1, 3).Draw(t, "min_periods")}
		if rapid.Bool().Draw(t, "timed") {
			c.Window.For = sim.Time(rapid.IntRange(1, 20).Draw(t, "minutes")) * sim.Minute
			c.Cap = rapid.SampledFrom([]int{2, 3, 1000}).Draw(t, "cap")
		} else {
			c.Window.Count = rapid.IntRange(c.MinPeriods, 8).Draw(t, "count")
		}
		if rapid.Bool().Draw(t, "gap") {
			c.MaxGap = 30 * sim.Minute
		}
		s, err := c.New()
		if err != nil {
			t.Fatal(err)
		}
		in := readings(150).Draw(t, "in")
		out := run(s, in)
		if len(out) != len(in) {
			t.Fatalf("%d readings, want %d", len(out), len(in))
		}
		var at []sim.Time
		var v []float64
		warm := false
		for i, r := range in {
			if !r.Quality.Usable() {
				if out[i] != r {
					t.Fatalf("reading %d: %v, want it unchanged: %v", i, out[i], r)
				}
				continue
			}
			stamp := r.At
			if n := len(at); n > 0 {
				if c.MaxGap > 0 && r.At-at[n-1] > c.MaxGap {
					at, v, warm = nil, nil, false
				} else {
					stamp = max(stamp, at[n-1])
				}
			}
			at, v = append(at, stamp), append(v, r.Value)
			from := 0
			if c.Window.For > 0 {
				from = sort.Search(len(at), func(k int) bool { return stamp-at[k] < c.Window.For })
				from = max(from, len(at)-c.Cap)
				warm = warm || stamp-at[0] >= c.Window.For
			} else {
				from = max(0, len(at)-c.Window.Count)
				warm = warm || len(at) >= c.Window.Count
			}
			checkRolled(t, f.fold, c, r, out[i], v[from:], warm)
		}
	})
}

func checkRolled(t *rapid.T, f fold, c Rolling, in, out devices.Reading, v []float64, warm bool) {
	want := in.Quality
	if len(v) < c.MinPeriods {
		if out.Quality != want|devices.Missing|devices.Warming || out.Value != 0 {
			t.Fatalf("%v of %v: want it missing", out, v)
		}
		return
	}
	if !warm {
		want |= devices.Warming
	}
	if out.Quality != want || out.At != in.At || out.Seq != in.Seq || out.Channel != in.Channel {
		t.Fatalf("%v of %v, want quality %v", out, in, want)
	}
	if !near(f, out.Value, v) {
		t.Fatalf("%v, want %v of %v", out.Value, naive(f, v), v)
	}
}

// A Hampel stage against its definition, trailing and centred.
func TestHampelIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Hampel{
			Window: rapid.SampledFrom([]int{3, 5, 9}).Draw(t, "window"), K: 2,
			Centred: rapid.Bool().Draw(t, "centred"), Floor: rapid.SampledFrom([]float64{0, 0.5}).Draw(t, "floor"),
			Action: rapid.SampledFrom(outlierActions).Draw(t, "action"),
		}
		s, err := c.New()
		if err != nil {
			t.Fatal(err)
		}
		in := readings(80).Draw(t, "in")
		out := run(s, in)
		if !c.Centred {
			checkHampel(t, c, in, in, out)
			return
		}
		judged := in[:max(0, len(in)-c.Window/2)]
		checkHampel(t, c, in, judged, out)
	})
}

func checkHampel(t *rapid.T, c Hampel, in, judged, out []devices.Reading) {
	k := 0
	for i, r := range judged {
		want, dropped := r, false
		if r.Quality.Usable() {
			v := hampelWindow(c, in, i)
			m := naive(foldMedian, v)
			d := make([]float64, len(v))
			for j := range v {
				d[j] = math.Abs(v[j] - m)
			}
			switch scale := max(madScale*naive(foldMedian, d), c.Floor); {
			case len(v) < (c.Window+1)/2:
				want.Quality |= devices.Warming
			case math.Abs(r.Value-m) > c.K*scale:
				dropped = c.Action == Drop
				want.Quality |= devices.Outlier
				if c.Action == Blank {
					want.Value, want.Quality = 0, want.Quality|devices.Missing
				} else if c.Action == Replace {
					want.Value, want.Quality = m, want.Quality|devices.Imputed
				}
			}
		}
		if dropped {
			continue
		}
		if k >= len(out) || out[k] != want {
			t.Fatalf("reading %d: got %v at %d, want %v", i, out[min(k, len(out)-1):], k, want)
		}
		k++
	}
	if k != len(out) {
		t.Fatalf("%d readings too many: %v", len(out)-k, out[k:])
	}
}

// hampelWindow returns the usable values of the window in which reading i is judged.
func hampelWindow(c Hampel, in []devices.Reading, i int) (v []float64) {
	if c.Centred {
		for j := max(0, i-c.Window/2); j <= min(len(in)-1, i+c.Window/2); j++ {
			if in[j].Quality.Usable() {
				v = append(v, in[j].Value)
			}
		}
		return v
	}
	for j := i; j >= 0 && len(v) < c.Window; j-- {
		if in[j].Quality.Usable() {
			v = append(v, in[j].Value)
		}
	}
	return v
}

// A linear fill loses nothing, keeps the order, and fills a gap exactly if it
// lies between two usable readings within its limits.
func TestLinearFillIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Fill{Method: Linear, Limit: rapid.IntRange(0, 4).Draw(t, "limit")}
		if rapid.Bool().Draw(t, "aged") {
			c.MaxAge = sim.Time(rapid.IntRange(1, 60).Draw(t, "age")) * sim.Minute
		}
		s, err := c.New()
		if err != nil {
			t.Fatal(err)
		}
		in := readings(80).Draw(t, "in")
		out := run(s, in)
		for i := 0; i < len(in); {
			if in[i].Quality.Usable() {
				expect(t, in, out, i, in[i])
				i++
				continue
			}
			end := i
			for end < len(in) && !in[end].Quality.Usable() {
				end++
			}
			checkGapFilled(t, c, in, out, i, end)
			i = end
		}
	})
}

func expect(t *rapid.T, in, out []devices.Reading, i int, want devices.Reading) {
	if i >= len(out) || math.Abs(out[i].Value-want.Value) > 1e-9 {
		t.Fatalf("reading %d: got %v, want %v, of %v", i, out[min(i, len(out)):], want, in)
	}
	want.Value = out[i].Value
	if out[i] != want {
		t.Fatalf("reading %d: got %v, want %v, of %v", i, out[i], want, in)
	}
}

// checkGapFilled looks at the gap in[from:to].
func checkGapFilled(t *rapid.T, c Fill, in, out []devices.Reading, from, to int) {
	givenUp := from == 0 || c.Limit > 0 && to-from > c.Limit
	for i := from; i < to && from > 0; i++ {
		givenUp = givenUp || c.MaxAge > 0 && in[i].At-in[from-1].At > c.MaxAge
	}
	if to == len(in) && !givenUp {
		if len(out) != from {
			t.Fatalf("%d came out, want the last gap of %d to wait", len(out), to-from)
		}
		return
	}
	ok := !givenUp && in[to].At > in[from-1].At && (c.MaxAge == 0 || in[to].At-in[from-1].At <= c.MaxAge)
	for i := from; i < to; i++ {
		want := in[i]
		if ok && want.At >= in[from-1].At && want.At <= in[to].At {
			a, b := in[from-1], in[to]
			want.Value = a.Value + (b.Value-a.Value)*float64(want.At-a.At)/float64(b.At-a.At)
			want.Quality = want.Quality&^(devices.Missing|devices.Stale) | devices.Imputed
		}
		expect(t, in, out, i, want)
	}
}
