package rules

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinsim/twinsim/devices"
)

// numbered knows channels a0, a1, ...
var numbered = &Env{Lookup: func(path []string) (Ref, error) {
	var k int32
	_, err := fmt.Sscanf(path[0], "a%d", &k)
	return Ref{Base: Absolute, Slot: k}, err
}}

// tree draws a condition on a0 to a7 and what Go makes of it.
func tree(t *rapid.T, depth int) (text string, holds func(a []float64) bool) {
	shape := rapid.SampledFrom([]string{"and", "or", "not", "compare"}).Draw(t, "shape")
	if depth == 0 || shape == "compare" {
		i, k := rapid.IntRange(0, 7).Draw(t, "i"), float64(rapid.IntRange(-1, 1).Draw(t, "k"))
		op := rapid.SampledFrom([]string{"<", "<=", ">", ">=", "==", "!="}).Draw(t, "op")
		return fmt.Sprintf("a%d %s %g", i, op, k), func(a []float64) bool {
			x := a[i]
			return map[string]bool{"<": x < k, "<=": x <= k, ">": x > k, ">=": x >= k, "==": x == k, "!=": x != k}[op]
		}
	}
	p, f := tree(t, depth-1)
	if shape == "not" {
		return "not (" + p + ")", func(a []float64) bool { return !f(a) }
	}
	q, g := tree(t, depth-1)
	return "(" + p + ") " + shape + " (" + q + ")", func(a []float64) bool {
		if shape == "and" {
			return f(a) && g(a)
		}
		return f(a) || g(a)
	}
}

// TestTablesAgreeWithGo has trees of up to 16 comparisons, at the limits of the
// constants, with NaN and infinities, and with values that are unknown.
func TestTablesAgreeWithGo(t *testing.T) {
	pick := []float64{-1, 0, 1, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1)}
	for _, k := range []float64{-1, 0, 1} {
		pick = append(pick, math.Nextafter(k, 2), math.Nextafter(k, -2))
	}
	rapid.Check(t, func(t *rapid.T) {
		text, holds := tree(t, 4)
		x, err := NewCondition(text, numbered)
		if err != nil {
			t.Fatal(err)
		}
		s := State{Values: make([]float64, 8), Flags: make([]devices.Quality, 8), Bad: badFlags}
		c := NewContext(s)
		for range 20 {
			for i := range s.Values {
				s.Values[i] = rapid.SampledFrom(pick).Draw(t, "value")
				s.Flags[i] = 0
			}
			if got, known, err := x.Eval(c, nil); got != holds(s.Values) || !known || err != nil {
				t.Fatalf("%s of %v: %v, known %v, %v", text, s.Values, got, known, err)
			}
			unknown := rapid.IntRange(0, 7).Draw(t, "unknown")
			s.Flags[unknown] = devices.Stale
			read := false
			for _, in := range x.Reads() {
				read = read || in.Slot == int32(unknown)
			}
			if _, known, _ := x.Eval(c, nil); known == read {
				t.Fatalf("%s: known %v without a%d", text, known, unknown)
			}
		}
	})
}

// TestUnknownBeyondTheTable: what makes a condition unknown though its table does
// not read it.
func TestUnknownBeyondTheTable(t *testing.T) {
	s := testState()
	c := NewContext(s)
	if _, known, _ := condition(t, "self.temp < 80").Eval(c, []Base{{Channel: -1}}); known {
		t.Error("known for a twin that is not connected")
	}
	for i := range zones {
		s.Flags[i*zoneAttrs+1] = devices.Missing
	}
	for text, want := range map[string]bool{
		"self.vwc < 1":                       true,
		"self.vwc < 1 or missing(self.temp)": true,
		`self.vwc < 1 or false and any(each("zone-*.temp"), # > 1)`: false,
		"self.vwc < 1 or false and self.temp > 1":                   false,
	} {
		if _, known, _ := condition(t, text).Eval(c, bases(1)); known != want {
			t.Errorf("%s: known %v, want %v", text, known, want)
		}
	}
}
