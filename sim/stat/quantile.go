package stat

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// Quantile returns the p-quantile of values in ascending order, in their unit,
// interpolated linearly between the k-th and the next smallest, k = 1 + p (n-1): type 7
// of Hyndman and Fan 1996, the default of R and numpy. It is NaN for no values
// and a p outside 0 to 1.
func Quantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 || !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	h := float64(p * float64(len(sorted)-1))
	k := min(int(h), len(sorted)-1)
	low := sorted[k]
	if part := h - float64(k); part > 0 && sorted[k+1] != low {
		return low + float64(part*(sorted[k+1]-low))
	}
	return low
}

// A QuantileSummary is a quantile with its interval.
type QuantileSummary struct {
	N        int
	P        float64 // which quantile, 0 to 1
	Estimate float64 // in the values' unit, as Quantile gives it
	Low      float64 // lower end of the interval, one of the values, or -Inf
	High     float64 // upper end, one of the values, or +Inf
	Coverage float64 // the interval's own confidence, at least what was asked for, 0 to 1
	Doubts   Doubts  // what speaks against the interval
}

// QuantileInterval returns the p-quantile of independent values, in any order,
// with an interval between two of them that needs no law of distribution: the
// number of values below the true quantile is binomial. Where there are too few values
// beyond an end, it is infinite. Values must not be NaN.
func QuantileInterval(values []float64, p, confidence float64) (QuantileSummary, error) {
	if err := checkConfidence(confidence); err != nil {
		return QuantileSummary{}, err
	}
	if !(p > 0 && p < 1) {
		return QuantileSummary{}, fmt.Errorf("stat: quantile %v; want a number between 0 and 1, such as 0.9", p)
	}
	if slices.ContainsFunc(values, math.IsNaN) {
		return QuantileSummary{}, fmt.Errorf("stat: quantile of values with a NaN among them; leave it out first")
	}
	x := slices.Sorted(slices.Values(values))
	n := len(x)
	s := QuantileSummary{N: n, P: p, Estimate: Quantile(x, p), Low: math.Inf(-1), High: math.Inf(1), Coverage: 1}
	if n < fewValues {
		s.Doubts |= DoubtFew
	}
	if tail := float64(n) * min(p, 1-p); tail < 5 {
		s.Doubts |= DoubtTail
	}
	if n == 0 {
		return s, nil
	}
	if x[0] == x[n-1] {
		s.Doubts |= DoubtConstant
	}
	below := distuv.Binomial{N: float64(n), P: p} // how many values are below the true quantile
	tail := (1 - confidence) / 2
	low := sort.Search(n, func(k int) bool { return below.CDF(float64(k)) > tail })
	high := sort.Search(n, func(k int) bool { return below.CDF(float64(k)) >= 1-tail })
	// The quantile is above x[low-1] if at least low values are below it, and below x[high] if at most high are.
	if low > 0 {
		s.Low = x[low-1]
		s.Coverage -= below.CDF(float64(low - 1))
	}
	if high < n {
		s.High = x[high]
		s.Coverage -= 1 - below.CDF(float64(high))
	}
	return s, nil
}
