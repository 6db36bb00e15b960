package dist

import (
	"math"
	"testing"

	"github.com/twinsim/twinsim/sim"
)

// What was not made draws NaN or no arrival, and does not panic.
func TestUnmade(t *testing.T) {
	s := sim.NewStream(1, 0, "unmade")
	for _, d := range []Distribution{&Hyperexponential{}, &Empirical{}, &Discrete{}, &Mixture{}} {
		if x := d.Draw(&s); !math.IsNaN(x) {
			t.Errorf("%T drew %v", d, x)
		}
		if d.Validate() == nil {
			t.Errorf("%T is valid", d)
		}
	}
	var a Arrivals
	if at, ok := a.Next(0, &s); ok || a.MeanRate() != 0 {
		t.Errorf("an arrival at %v", at)
	}
	if k := (Geometric{1}).Quantile(1); k != 0 {
		t.Errorf("with success at once there are %v failures", k)
	}
}

// A span is what was drawn, in seconds; it is never negative.
func TestSpan(t *testing.T) {
	s := sim.NewStream(1, 0, "span")
	again := s
	if d, err := Span(Exponential{Scale: 90}, &s); err != nil || math.Abs(d.Seconds()-90*again.Exponential()) > 1e-9 {
		t.Error(d, err)
	}
	for _, d := range []Dist{Uniform{-2, -1}, &Empirical{}, Uniform{1e300, 2e300}} {
		if x, err := Span(d, &s); err == nil {
			t.Errorf("%+v gives a span of %v", d, x)
		}
	}
}
