package prep

import (
	"bytes"
	"encoding/gob"
	"math"
	"slices"
	"sort"
	"testing"

	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

// naive folds values from scratch, in the plainest way.
func naive(f fold, v []float64) float64 {
	switch f {
	case foldMin:
		return slices.Min(v)
	case foldMax:
		return slices.Max(v)
	case foldMedian:
		s := slices.Clone(v)
		sort.Float64s(s)
		if n := len(s); n%2 == 0 {
			return (s[n/2-1] + s[n/2]) / 2
		}
		return s[len(s)/2]
	}
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	mean := sum / float64(len(v))
	if f == foldMean {
		return mean
	}
	ss := 0.0
	for _, x := range v {
		ss += (x - mean) * (x - mean)
	}
	return math.Sqrt(ss / float64(len(v)))
}

// near compares with a tolerance relative to the greatest value of the window.
func near(f fold, got float64, v []float64) bool {
	want := naive(f, v)
	if f == foldMin || f == foldMax || f == foldMedian {
		return got == want
	}
	scale := max(math.Abs(slices.Min(v)), math.Abs(slices.Max(v)))
	// Squares of deviations below 1e-150 lose their digits.
	return math.Abs(got-want) <= 1e-12*scale*math.Sqrt(float64(len(v)))+1e-150
}

// value draws readings that tie often, cancel, and differ in size.
func valueGen() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.Map(rapid.IntRange(-3, 3), func(i int) float64 { return float64(i) }),
		rapid.Float64Range(-1, 1),
		rapid.Map(rapid.Float64Range(-1, 1), func(x float64) float64 { return 1e6 + x }),
	)
}

// A window is a queue: whatever is pushed, popped, grown, cleared or saved in
// between, its folds are those of the values in it.
func TestWindowIsAQueue(t *testing.T) {
	for _, f := range folds {
		t.Run(string(f.name), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { checkQueue(t, f.fold) })
		})
	}
}

func checkQueue(t *rapid.T, f fold) {
	var w window
	w.make(f, rapid.IntRange(1, 9).Draw(t, "size"), rapid.Bool().Draw(t, "timed"))
	var model []float64
	t.Repeat(map[string]func(*rapid.T){
		"push": func(t *rapid.T) {
			if w.Len == len(w.Value) {
				t.Skip("full")
			}
			v := valueGen().Draw(t, "v")
			w.push(f, sim.Time(len(model)), v)
			model = append(model, v)
		},
		"pop": func(t *rapid.T) {
			if w.Len == 0 {
				t.Skip("empty")
			}
			w.pop(f)
			model = model[1:]
		},
		"grow": func(t *rapid.T) {
			if len(w.Value) > 40 {
				t.Skip("large")
			}
			w.grow(f, len(w.Value)+rapid.IntRange(1, 5).Draw(t, "more"))
		},
		"clear": func(t *rapid.T) {
			if rapid.IntRange(0, 9).Draw(t, "really") == 0 {
				w.clear()
				model = nil
			}
		},
		"save": func(t *rapid.T) {
			var b bytes.Buffer
			var loaded window
			if err := gob.NewEncoder(&b).Encode(&w); err != nil {
				t.Fatal(err)
			}
			if err := gob.NewDecoder(&b).Decode(&loaded); err != nil {
				t.Fatal(err)
			}
			w = loaded
		},
		"": func(t *rapid.T) { checkValues(t, f, &w, model) },
	})
}

// checkValues compares a window with the values that should be in it.
func checkValues(t *rapid.T, f fold, w *window, model []float64) {
	if w.Len != len(model) {
		t.Fatalf("%d values, want %d", w.Len, len(model))
	}
	for i, v := range model {
		if w.Value[w.slot(i)] != v {
			t.Fatalf("value %d is %v, want %v", i, w.Value[w.slot(i)], v)
		}
	}
	if len(model) == 0 {
		return
	}
	s := rolling{fold: f, Rolling: Rolling{MinPeriods: 1}, state: &rollingState{Window: *w}}
	if got, _ := s.value(); !near(f, got, model) {
		t.Fatalf("got %v, want %v of %v", got, naive(f, model), model)
	}
	if f == foldMedian {
		checkHeaps(t, w)
	}
}

// checkHeaps looks at the order and the back references of the two heaps.
func checkHeaps(t *rapid.T, w *window) {
	h := &w.Heaps
	if d := len(h.Low) - len(h.High); d != 0 && d != 1 || len(h.Low)+len(h.High) != w.Len {
		t.Fatalf("heaps of %d and %d for %d values", len(h.Low), len(h.High), w.Len)
	}
	for _, low := range []bool{true, false} {
		s := *h.side(low)
		for p, slot := range s {
			if p > 0 && above(low, w.Value[slot], w.Value[s[(p-1)/2]]) {
				t.Fatalf("position %d is above its parent", p)
			}
			want := int32(p)
			if !low {
				want = int32(-p - 1)
			}
			if h.Pos[slot] != want {
				t.Fatalf("slot %d thinks it is at %d, is at %d", slot, h.Pos[slot], want)
			}
		}
	}
}

// After a million readings around 1e9 the window knows the last 100 as well as
// if it had seen no others. A running sum of squares would have no digit left.
func TestWindowDoesNotDrift(t *testing.T) {
	for _, f := range []fold{foldMean, foldStd} {
		var w window
		w.make(f, 100, false)
		last := make([]float64, 0, 100)
		for i := 0; i < 1_000_000; i++ {
			v := 1e9 + float64(i*7919%1000)/1000
			if i >= 999_900 {
				v = float64(i%10) / 10
				last = append(last, v)
			}
			if w.Len == 100 {
				w.pop(f)
			}
			w.push(f, 0, v)
		}
		p := w.total(f)
		got := (p.A + p.B) / float64(p.N)
		if f == foldStd {
			got = math.Sqrt(p.B / float64(p.N))
		}
		if want := naive(f, last); math.Abs(got-want) > 1e-14 {
			t.Errorf("fold %d: got %v, want %v", f, got, want)
		}
	}
}

func TestDeviationIsTheMedianDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOfN(valueGen(), 1, 30).Draw(t, "v")
		m := valueGen().Draw(t, "m")
		sorted := []float64{}
		for _, x := range v {
			sorted = with(sorted, x)
		}
		if !sort.Float64sAreSorted(sorted) || medianOf(sorted) != naive(foldMedian, v) {
			t.Fatalf("sorted %v, median %v of %v", sorted, medianOf(sorted), v)
		}
		d := make([]float64, len(v))
		for i, x := range v {
			d[i] = math.Abs(x - m)
		}
		if got, want := deviation(sorted, m), naive(foldMedian, d); got != want {
			t.Fatalf("got %v, want %v: %v around %v", got, want, sorted, m)
		}
		for _, x := range v {
			sorted = without(sorted, x)
		}
		if len(sorted) != 0 {
			t.Fatalf("left over: %v", sorted)
		}
	})
}

func TestMiddleDoesNotOverflow(t *testing.T) {
	if got := middle(1.5e308, 1.7e308); got != 1.6e308 {
		t.Errorf("got %v", got)
	}
}

// Means are sums with their rounding carried along: what cancels leaves no trace,
// whichever part of the window it is in.
func TestMeanIsCompensated(t *testing.T) {
	var w window
	w.make(foldMean, 3, false)
	for _, v := range []float64{1, 1e16, 1, -1e16, 1e16, 1, -1e16} {
		if w.Len == 3 {
			w.pop(foldMean)
		}
		w.push(foldMean, 0, v)
	}
	if p := w.total(foldMean); (p.A+p.B)/3 != 1.0/3 {
		t.Errorf("got %v", (p.A+p.B)/3)
	}
}
