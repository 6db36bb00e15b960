package stat

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Any quantile is within the promised relative error of the value of its rank,
// for floats of all sizes and both signs.
func TestSketchError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Sketch{Bits: rapid.IntRange(0, 12).Draw(t, "bits")}
		values := rapid.SliceOfN(rapid.Float64(), 1, 50).Draw(t, "values")
		for _, x := range values {
			s.Add(x)
		}
		slices.Sort(values)
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		want := values[int(p*float64(len(values)-1))]
		got, ok := s.Quantile(p)
		tolerance := (s.Error()+0x1p-51)*math.Abs(want) + smallestNormal // and rounding
		if !ok || math.Abs(got-want) > tolerance {
			t.Fatalf("%v quantile %v, want %v within %v", p, got, want, s.Error())
		}
	})
}

// The bound is sharp at the bottom of a power of two, where buckets are widest
// for their value.
func TestSketchErrorIsSharp(t *testing.T) {
	var s Sketch
	s.Add(0.5)
	s.Add(1)
	s.Add(2)
	got, _ := s.Quantile(0.5)
	if e := got - 1; !near(e, s.Error(), 1e-15) || s.Error() != 1.0/257 {
		t.Errorf("error %v, want %v = 1/257", e, s.Error())
	}
}

// The bucket of the largest floats, whose upper edge is no float.
func TestSketchLargest(t *testing.T) {
	var s Sketch
	for _, x := range []float64{0.998, 0.9985, 0.999, 1} {
		s.Add(x * math.MaxFloat64)
		s.Add(-x * math.MaxFloat64)
	}
	for _, p := range []float64{0.2, 0.8} {
		if got, _ := s.Quantile(p); !near(math.Abs(got)/math.MaxFloat64, 0.9985, s.Error()) {
			t.Errorf("quantile %v", got)
		}
	}
}

// Merging gives the state that adding all gives, whatever the order and cut.
func TestSketchMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.Float64Range(-1e3, 1e6)).Draw(t, "values")
		cut := rapid.IntRange(0, len(values)).Draw(t, "cut")
		var all, left, right Sketch
		for _, x := range values {
			all.Add(x)
		}
		for i := range values {
			x := values[len(values)-1-i]
			if i < cut {
				left.Add(x)
			} else {
				right.Add(x)
			}
		}
		if err := left.Merge(right); err != nil || !reflect.DeepEqual(left, all) {
			t.Fatalf("%+v, %v, want %+v", left, err, all)
		}
	})
	a, b := Sketch{Bits: 7}, Sketch{Bits: 8}
	if a.Merge(b) == nil {
		t.Error("merged other buckets")
	}
	if err := a.Merge(Sketch{}); err != nil {
		t.Errorf("0 bits is 7: %v", err)
	}
}

// Exponential values have the quantiles -log(1-p); at n = 1e5 the sample's own
// error at 0.99 is about 0.7 % (one standard deviation).
func TestSketchKnownQuantiles(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var s Sketch
	for range 100000 {
		s.Add(r.ExpFloat64())
	}
	for _, p := range []float64{0.1, 0.5, 0.9, 0.99} {
		want := -math.Log1p(-p)
		sd := math.Sqrt(p/(1-p)/100000) / want
		if got, _ := s.Quantile(p); math.Abs(got/want-1) > s.Error()+4*sd {
			t.Errorf("%v quantile %v, want %v", p, got, want)
		}
	}
	if n := len(s.Plus.Counts) * 8; n > 25000 {
		t.Errorf("%d bytes", n)
	}
	if low, _ := s.Quantile(0); low != s.Min {
		t.Errorf("minimum %v, want %v", low, s.Min)
	}
	if _, ok := s.Quantile(math.NaN()); ok {
		t.Error("NaN quantile")
	}
}
