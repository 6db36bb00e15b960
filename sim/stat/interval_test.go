package stat

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// Student's t from any table: t(.975, 9) = 2.262157.
func TestInterval(t *testing.T) {
	s, err := Summarize([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	sd := math.Sqrt(82.5 / 9)
	half := 2.262157162 * sd / math.Sqrt(10)
	if s.Mean != 5.5 || math.Abs(s.SD-sd) > 1e-15 || math.Abs(s.High-5.5-half) > 1e-8 || math.Abs(s.Low-5.5+half) > 1e-8 {
		t.Errorf("%+v, want mean 5.5, sd %v, half %v", s, sd, half)
	}
	if s, _ := Summarize([]float64{3}, 0.95); s.Mean != 3 || s.SD != 0 || !math.IsInf(s.Low, -1) || !math.IsInf(s.High, 1) {
		t.Errorf("of one value: %+v", s)
	}
	for _, c := range []float64{0, 1, -1, math.NaN()} {
		if _, err := Summarize(nil, c); err == nil {
			t.Errorf("confidence %v was not refused", c)
		}
	}
}

// A 95 % interval holds the truth in 95 % of 4000 experiments, within 4.5
// standard errors of a binomial proportion.
func TestCoverage(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const trials = 4000
	hit := 0
	for range trials {
		x := make([]float64, 6)
		for i := range x {
			x[i] = 3 + 2*r.NormFloat64()
		}
		if s, _ := Summarize(x, 0.95); s.Low <= 3 && 3 <= s.High {
			hit++
		}
	}
	p := float64(hit) / trials
	if math.Abs(p-0.95) > 4.5*math.Sqrt(0.95*0.05/trials) {
		t.Errorf("coverage %v", p)
	}
}

func ExampleSummarize() {
	s, _ := Summarize([]float64{10.1, 9.8, 10.4, 10.0}, 0.95)
	fmt.Printf("%.2f [%.2f, %.2f]\n", s.Mean, s.Low, s.High)
	// Output: 10.07 [9.68, 10.47]
}
