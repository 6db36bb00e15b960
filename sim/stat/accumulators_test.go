package stat

import (
	"math"
	"reflect"
	"testing"

	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

// Mean 5, n-1 variance 32/7, third central moment 42/8 by hand.
func TestTallyByHand(t *testing.T) {
	var y Tally
	for _, x := range []float64{2, 4, 4, 4, 5, 5, 7, 9} {
		y.Add(x)
	}
	if y.N != 8 || y.Mean != 5 || !near(y.Variance(), 32.0/7, 1e-14) || y.Min != 2 || y.Max != 9 || y.Sum() != 40 {
		t.Errorf("%+v", y)
	}
	if want := (42.0 / 8) / 8; !near(y.Skewness(), want, 1e-14) { // m2 = 4, so m2^1.5 = 8
		t.Errorf("skewness %v, want %v", y.Skewness(), want)
	}
	y.Add(math.NaN())
	y.Add(math.Inf(1))
	if y.N != 8 || y.Skipped != 2 || y.Mean != 5 {
		t.Errorf("after NaN and Inf %+v", y)
	}
	if s, _ := y.Interval(0.95); s.Doubts&DoubtSkipped == 0 || s.Doubts&DoubtFew == 0 {
		t.Errorf("doubts %v", s.Doubts)
	}
}

// A level of 2 for 3 s, 5 for 1 s, 0 for 6 s: area 11, mean 1.1.
func TestTimeWeightedByHand(t *testing.T) {
	var w TimeWeighted
	w.Reset(10 * sim.Second)
	w.Set(10*sim.Second, 2)
	w.Add(13*sim.Second, 3)
	w.Set(14*sim.Second, 0)
	end := 20 * sim.Second
	before := w
	if w.Area(end) != 11 || w.Mean(end) != 1.1 || w.Min() != 0 || w.Max() != 5 {
		t.Errorf("area %v mean %v of %+v", w.Area(end), w.Mean(end), w)
	}
	if w != before {
		t.Error("reading changed it")
	}
	w.Set(12*sim.Second, 7) // back in time: counts as at 14 s
	if w.Area(14*sim.Second) != 11 || w.Value != 7 {
		t.Errorf("back in time: %+v", w)
	}
	w.Set(15*sim.Second, math.NaN())
	if w.Value != 7 || w.Skipped != 1 {
		t.Errorf("NaN: %+v", w)
	}
	w.Reset(16 * sim.Second)
	w.Set(16*sim.Second, 9) // replaced at once: counts for nothing
	w.Set(16*sim.Second, 7)
	if w.Mean(18*sim.Second) != 7 || w.Min() != 7 || w.Max() != 7 {
		t.Errorf("after reset %+v", w)
	}
}

// For whole levels the area is that of integers, to the last bit, whatever the
// order of long and short intervals.
func TestTimeWeightedIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w TimeWeighted
		var now sim.Time
		var area, level int64
		for range rapid.IntRange(1, 200).Draw(t, "changes") {
			span := rapid.Int64Range(0, 1<<40).Draw(t, "span")
			area += level * span
			now += sim.Time(span)
			level = rapid.Int64Range(0, 1000).Draw(t, "level")
			w.Set(now, float64(level))
		}
		// area below 2^58, so Sum + Carry holds it exactly
		if got := int64(w.Sum) + int64(w.Carry); got != area {
			t.Fatalf("area %d, want %d", got, area)
		}
	})
}

// A thousand intervals of a nanosecond after 52 days: too short for Sum alone,
// which holds whole numbers up to 2^53 only.
func TestTimeWeightedKeepsShortIntervals(t *testing.T) {
	var w TimeWeighted
	w.Set(0, 3)
	now := sim.Time(1 << 52)
	for range 1000 {
		w.Set(now, 1)
		now++
	}
	w.Set(now, 0)
	if got := int64(w.Sum) + int64(w.Carry); got != 3<<52+1000 {
		t.Errorf("area %d, want %d", got, 3<<52+1000)
	}
}

func TestTallyMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 0, 100).Draw(t, "values")
		cut := rapid.IntRange(0, len(values)).Draw(t, "cut")
		var all, left, right Tally
		for i, x := range values {
			all.Add(x)
			if i < cut {
				left.Add(x)
			} else {
				right.Add(x)
			}
		}
		left.Merge(right)
		if left.N != all.N || left.Min != all.Min || left.Max != all.Max {
			t.Fatalf("%+v, want %+v", left, all)
		}
		size := max(math.Abs(all.Min), math.Abs(all.Max), 1)
		n := float64(max(all.N, 1))
		if !near(left.Mean, all.Mean, 1e-13*size) || !near(left.M2, all.M2, 1e-12*size*size*n) || !near(left.M3, all.M3, 1e-11*size*size*size*n) {
			t.Fatalf("%+v, want %+v", left, all)
		}
	})
}

func TestCounter(t *testing.T) {
	var c Counter
	c.Inc()
	c.Add(4)
	if c.Rate(0) != 0 || c.Rate(10*sim.Second) != 0.5 {
		t.Errorf("rate %v", c.Rate(10*sim.Second))
	}
	c.Merge(Counter{N: 5, Start: 4 * sim.Second}) // the earlier start counts
	if c.Rate(10*sim.Second) != 1 {
		t.Errorf("merged %+v", c)
	}
	c.Reset(10 * sim.Second)
	c.Inc()
	if c.Rate(12*sim.Second) != 0.5 {
		t.Errorf("after reset %v", c.Rate(12*sim.Second))
	}
}

func TestHistogram(t *testing.T) {
	h, err := NewHistogram(0, 0.3, 3)
	if err != nil {
		t.Fatal(err)
	}
	// Edges belong to the bin above, also where the edge is no exact decimal.
	for _, x := range []float64{-1, 0, h.Edge(1), math.Nextafter(h.Edge(1), 0), h.Edge(2), 0.3, math.Inf(1), math.NaN()} {
		h.Add(x)
	}
	want := Histogram{Low: 0, High: 0.3, Counts: []int64{2, 1, 1}, Under: 1, Over: 2, Skipped: 1}
	if !reflect.DeepEqual(h, want) {
		t.Errorf("%+v, want %+v", h, want)
	}
	if h.Fraction(0) != 2.0/7 {
		t.Errorf("fraction %v", h.Fraction(0))
	}
	other, _ := NewHistogram(0, 0.3, 4)
	if h.Merge(other) == nil {
		t.Error("merged other bins")
	}
	for _, bad := range [][2]float64{{1, 1}, {2, 1}, {0, math.Inf(1)}, {math.NaN(), 1}, {-1e308, 1e308}} {
		if _, err := NewHistogram(bad[0], bad[1], 3); err == nil {
			t.Errorf("%v was not refused", bad)
		}
	}
	var zero Histogram
	zero.Add(-1)
	zero.Add(0)
	if _, ok := zero.Quantile(0.5); ok || zero.Under != 1 || zero.Over != 1 {
		t.Errorf("zero histogram %+v", zero)
	}
}

// The quantile of a histogram is within a bin of the true one, every value is in
// the bin whose edges hold it, and merging gives what adding all would.
func TestHistogramProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(-100, 100).Draw(t, "low")
		width := rapid.Float64Range(1e-3, 1e3).Draw(t, "width")
		bins := rapid.IntRange(1, 50).Draw(t, "bins")
		all, err := NewHistogram(low, low+width, bins)
		if err != nil {
			t.Fatal(err)
		}
		left, _ := NewHistogram(low, low+width, bins)
		right, _ := NewHistogram(low, low+width, bins)
		values := rapid.SliceOfN(rapid.Float64Range(low, low+width), 1, 20).Draw(t, "values")
		for k := range bins {
			values = append(values, all.Edge(k), math.Nextafter(all.Edge(k+1), low))
		}
		for i, x := range values {
			one, _ := NewHistogram(low, low+width, bins)
			one.Add(x)
			for k, c := range one.Counts {
				if c == 1 && !(one.Edge(k) <= x && x < one.Edge(k+1)) {
					t.Fatalf("%v is in the bin from %v to %v", x, one.Edge(k), one.Edge(k+1))
				}
			}
			all.Add(x)
			if i%2 == 0 {
				left.Add(x)
			} else {
				right.Add(x)
			}
		}
		if err := left.Merge(right); err != nil || !reflect.DeepEqual(left, all) {
			t.Fatalf("%+v, %v, want %+v", left, err, all)
		}
	})
}

// 10 s at level 1, 30 s at level 3, of which 20 s are not yet closed by a change.
func TestTimeHistogram(t *testing.T) {
	past, _ := NewHistogram(0, 4, 4)
	h := TimeHistogram{Past: past}
	h.Set(0, 1)
	h.Set(10*sim.Second, 3)
	h.Set(20*sim.Second, 3)
	all := h.Until(40 * sim.Second)
	if all.Counts[1] != int64(10*sim.Second) || all.Counts[3] != int64(30*sim.Second) || h.Past.Counts[3] != int64(10*sim.Second) {
		t.Errorf("%+v, %+v", all, h)
	}
	if q, ok := all.Quantile(0.5); !ok || q < 3 || q >= 4 {
		t.Errorf("median %v", q)
	}
	h.Reset(40 * sim.Second)
	if c := h.Until(41 * sim.Second); c.Total() != int64(sim.Second) || c.Counts[3] != int64(sim.Second) {
		t.Errorf("after reset %+v", c)
	}
}

func TestStatesByHand(t *testing.T) {
	var s States
	s.Set(0, 2) // replaces state 0 at the start: counts for nothing
	s.Set(5, 1)
	s.Set(5, 2) // a state for no time is a visit all the same
	s.Set(9, 2) // no change
	s.Set(10, 0)
	s.Set(10, -1)
	s.Set(10, 1<<20)
	if s.Time(2, 12) != 10 || s.Time(1, 12) != 0 || s.Time(0, 12) != 2 || s.Time(99, 12) != 0 {
		t.Errorf("times %v %v %v", s.Time(2, 12), s.Time(1, 12), s.Time(0, 12))
	}
	if s.Visits(2) != 2 || s.Visits(1) != 1 || s.Visits(0) != 1 || s.Skipped != 2 {
		t.Errorf("visits %v %v %v, skipped %v", s.Visits(2), s.Visits(1), s.Visits(0), s.Skipped)
	}
	if s.Fraction(2, 12) != 10.0/12 {
		t.Errorf("fraction %v", s.Fraction(2, 12))
	}
	s.Reset(12)
	if s.Visits(0) != 1 || s.Visits(2) != 0 || s.Time(0, 15) != 3 || s.Fraction(0, 12) != 1 {
		t.Errorf("after reset %+v", s)
	}
}

// Times of all states sum to the time that passed; exits and entries agree; and
// reading changes nothing.
func TestStatesSumExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := sim.Time(rapid.Int64Range(0, 1<<40).Draw(t, "start"))
		n := rapid.IntRange(0, 5).Draw(t, "states")
		s := NewStates(n, start)
		now := start
		for range rapid.IntRange(0, 100).Draw(t, "changes") {
			now += sim.Time(rapid.Int64Range(0, 1<<40).Draw(t, "span"))
			s.Set(now, rapid.IntRange(0, 7).Draw(t, "state"))
			later := now + sim.Time(rapid.Int64Range(0, 100).Draw(t, "later"))
			var sum sim.Time
			var share float64
			for k := range s.Len() {
				sum += s.Time(k, later)
				share += s.Fraction(k, later)
			}
			if sum != later-start || sum != s.Total(later) || !near(share, 1, 1e-12) {
				t.Fatalf("states sum to %d of %d, shares to %v", sum, later-start, share)
			}
		}
	})
}
