package stat

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Summary describes a sample; all but N, Skewness and Doubts in the sample's unit.
type Summary struct {
	N        int
	Mean     float64 // in the sample's unit
	SD       float64 // sample standard deviation (n-1), in the sample's unit; 0 for fewer than two values
	Low      float64 // lower end of the confidence interval, in the sample's unit
	High     float64 // upper end, in the sample's unit
	Skewness float64 // moment coefficient g1, a pure number
	Doubts   Doubts  // what speaks against the interval
}

// HalfWidth returns half the length of the interval, in the sample's unit.
func (s Summary) HalfWidth() float64 { return (s.High - s.Low) / 2 }

// Precise reports whether the sample is large enough to stop: at least ten
// values, and a half-width of at most g/(1+g) of the mean, which makes the
// relative error at most g (Law, Simulation Modeling and Analysis, 9.4.1). Ask it
// after each replication, in the order of their numbers and not of their ends, or
// the short ones are over-represented.
func (s Summary) Precise(g float64) bool {
	return s.N >= fewValues && g > 0 && s.HalfWidth() <= g/(1+g)*math.Abs(s.Mean)
}

// Summarize returns the mean of independent values with its Student-t interval
// at the given confidence, such as 0.95. Of fewer than two values the interval is
// the whole line. A NaN or infinity among them makes the mean one too.
func Summarize(values []float64, confidence float64) (Summary, error) {
	t, bad := twoPass(values)
	s, err := t.Interval(confidence)
	if err != nil || bad == 0 {
		return s, err
	}
	s.N, s.Mean, s.SD, s.Low, s.High = len(values), bad, math.NaN(), math.NaN(), math.NaN()
	return s, nil
}

// twoPass returns the tally of values with moments about the mean of all: more
// digits than one pass can keep. The second result is the sum of those that are
// NaN or infinite, or 0.
func twoPass(values []float64) (t Tally, bad float64) {
	var sum float64
	for _, v := range values {
		if v-v != 0 {
			t.Skipped++
			bad += v
			continue
		}
		if t.N == 0 {
			t.Min, t.Max = v, v
		}
		t.N++
		sum += v
		t.Min, t.Max = min(t.Min, v), max(t.Max, v)
	}
	if t.N == 0 {
		return t, bad
	}
	t.Mean = sum / float64(t.N)
	for _, v := range values {
		if v-v != 0 {
			continue
		}
		d := v - t.Mean
		t.M2 += float64(d * d)
		t.M3 += float64(d * d * d)
	}
	return t, bad
}

func checkConfidence(c float64) error {
	if !(c > 0 && c < 1) {
		return fmt.Errorf("stat: confidence %v; want a number between 0 and 1, such as 0.95", c)
	}
	return nil
}

// tQuantile returns the half-width factor of a two-sided t interval.
func tQuantile(confidence, degrees float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: degrees}.Quantile(1 - (1-confidence)/2)
}
