package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Student's sleep data (1908), as in R: t.test(x ~ group, sleep, paired = TRUE)
// says 1.58, [0.7001142, 2.4598858], p = 0.002833; cor is 0.7951702.
func TestPairedSleep(t *testing.T) {
	first := []float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0}
	second := []float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4}
	p, err := Paired(first, second, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if !near(p.Mean, 1.58, 1e-12) || !near(p.Low, 0.7001142, 5e-8) || !near(p.High, 2.4598858, 5e-8) || !near(p.P, 0.002833, 5e-7) || !near(p.Correlation, 0.7951702, 5e-8) {
		t.Errorf("%+v", p)
	}
	if _, err := Paired(first, second[1:], 0.95); err == nil {
		t.Error("unequal lengths were not refused")
	}
	if p, _ := Paired(first, first, 0.95); p.P != 1 || p.Mean != 0 || p.Doubts&DoubtConstant == 0 {
		t.Errorf("with itself %+v", p)
	}
	second[3] = math.NaN()
	if p, _ := Paired(first, second, 0.95); !math.IsNaN(p.P) || !math.IsNaN(p.Mean) {
		t.Errorf("with NaN %+v", p)
	}
}

// R: p.adjust(c(.01, .04, .03, .005), "holm") is .03 .06 .06 .02.
func TestHolm(t *testing.T) {
	got := Holm([]float64{0.01, 0.04, 0.03, 0.005})
	for i, want := range []float64{0.03, 0.06, 0.06, 0.02} {
		if !near(got[i], want, 1e-15) {
			t.Errorf("%v", got)
		}
	}
	got = Holm([]float64{0.5, math.NaN(), 0.01})
	if !near(got[0], 1, 0) || !math.IsNaN(got[1]) || !near(got[2], 0.03, 1e-15) {
		t.Errorf("with NaN %v", got)
	}
	if len(Holm(nil)) != 0 {
		t.Error("of nothing")
	}
	if b := Bonferroni(0.95, 5); !near(b, 0.99, 1e-15) || Bonferroni(0.95, 0) != 0.95 {
		t.Errorf("Bonferroni %v", b)
	}
}

// Adjusted values keep the order, are not below the raw ones and not above Bonferroni's.
func TestHolmProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOf(rapid.Float64Range(0, 1)).Draw(t, "p")
		a := Holm(p)
		for i := range p {
			if a[i] < p[i] || a[i] > min(1, p[i]*float64(len(p))) {
				t.Fatalf("%v adjusts to %v", p[i], a[i])
			}
			for j := range p {
				if p[i] < p[j] && a[i] > a[j] {
					t.Fatalf("%v and %v adjust to %v and %v", p[i], p[j], a[i], a[j])
				}
			}
		}
	})
}

// R: quantile(c(6, 7, 15, 36, 39, 40, 41, 42, 43, 47, 49)) is 6, 25.5, 40, 42.5,
// 49; quantile(1:10, .9) is 9.1.
func TestQuantileType7(t *testing.T) {
	x := []float64{6, 7, 15, 36, 39, 40, 41, 42, 43, 47, 49}
	for i, want := range []float64{6, 25.5, 40, 42.5, 49} {
		if got := Quantile(x, float64(i)/4); got != want {
			t.Errorf("quartile %d: %v, want %v", i, got, want)
		}
	}
	if got := Quantile([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 0.9); !near(got, 9.1, 1e-14) {
		t.Errorf("%v, want 9.1", got)
	}
	if !math.IsNaN(Quantile(nil, 0.5)) || !math.IsNaN(Quantile(x, 1.5)) || Quantile([]float64{3}, 1) != 3 {
		t.Error("edges")
	}
	if got := Quantile([]float64{math.Inf(-1), math.Inf(-1), 1}, 0.25); !math.IsInf(got, -1) {
		t.Errorf("between equal infinities %v", got)
	}
}

// The interval of a median at 95 %: of 10 values from the 2nd to the 9th, with
// coverage 1 - 2 x 11/1024; of 20 from the 6th to the 15th, 1 - 2 x 21700/2^20; of 5 there is none.
func TestQuantileIntervalOfMedian(t *testing.T) {
	values := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[n-1-i] = float64(i + 1)
		}
		return x
	}
	for _, c := range []struct {
		n                   int
		low, high, coverage float64
	}{{10, 2, 9, 1 - 22.0/1024}, {20, 6, 15, 1 - 43400.0/(1<<20)}, {5, math.Inf(-1), math.Inf(1), 1}} {
		s, err := QuantileInterval(values(c.n), 0.5, 0.95)
		if err != nil || s.Low != c.low || s.High != c.high || !near(s.Coverage, c.coverage, 1e-12) {
			t.Errorf("%d values: %+v, %v, want %+v", c.n, s, err, c)
		}
	}
	for _, p := range []float64{0, 1, math.NaN()} {
		if _, err := QuantileInterval(values(5), p, 0.95); err == nil {
			t.Errorf("quantile %v was not refused", p)
		}
	}
	if _, err := QuantileInterval([]float64{1, math.NaN()}, 0.5, 0.95); err == nil {
		t.Error("NaN was not refused")
	}
	if s, _ := QuantileInterval(values(100), 0.99, 0.95); s.Doubts != DoubtTail {
		t.Errorf("99 %% of 100 values: doubts %q", s.Doubts)
	}
}

// Exp(1), 500 values: an interval that needs no law covers at least 95 %, by
// discreteness a little more; 2.5 standard errors of 1000 experiments below is a defect.
func TestQuantileIntervalCoverage(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	x := make([]float64, 500)
	for _, p := range []float64{0.5, 0.9, 0.99} {
		want := -math.Log1p(-p)
		hit := 0
		for range 1000 {
			for i := range x {
				x[i] = r.ExpFloat64()
			}
			s, err := QuantileInterval(x, p, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			if s.Low <= want && want <= s.High {
				hit++
			}
		}
		if c := float64(hit) / 1000; c < 0.933 || c > 0.99 {
			t.Errorf("quantile %v is covered in %v", p, c)
		}
	}
}

// Common random numbers: both variants of an M/M/1 see the same draws, so the
// interval of their difference is much narrower than of independent runs.
func TestPairedCommonRandomNumbers(t *testing.T) {
	mean := func(seed uint64, rho float64) float64 {
		s, _ := Summarize(waits(rand.New(rand.NewPCG(seed, 1)), 500, rho), 0.95)
		return s.Mean
	}
	var slow, fast, other []float64
	for i := range uint64(200) {
		slow = append(slow, mean(i, 0.8))
		fast = append(fast, mean(i, 0.75))
		other = append(other, mean(i+1000, 0.75))
	}
	common, _ := Paired(slow, fast, 0.95)
	apart, _ := Paired(slow, other, 0.95)
	if common.High > 0 || common.Correlation < 0.9 || math.Abs(apart.Correlation) > 0.2 || apart.HalfWidth() < 1.5*common.HalfWidth() {
		t.Errorf("common %+v, apart %+v", common, apart)
	}
	if !slices.IsSorted([]float64{common.P, apart.P}) {
		t.Errorf("p %v and %v", common.P, apart.P)
	}
}
