// Package stat computes what a sample of replications tells: mean, spread and
// confidence interval.
package stat

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Summary describes a sample; all but N in the sample's unit.
type Summary struct {
	N    int
	Mean float64 // in the sample's unit
	SD   float64 // sample standard deviation (n-1), in the sample's unit; 0 for fewer than two values
	Low  float64 // lower end of the confidence interval, in the sample's unit
	High float64 // upper end, in the sample's unit
}

// Summarize returns the mean of independent values with its Student-t interval
// at the given confidence, such as 0.95. Of fewer than two values the interval is
// the whole line.
func Summarize(values []float64, confidence float64) (Summary, error) {
	if !(confidence > 0 && confidence < 1) {
		return Summary{}, fmt.Errorf("stat: confidence %v; want a number between 0 and 1, such as 0.95", confidence)
	}
	s := Summary{N: len(values), Low: math.Inf(-1), High: math.Inf(1)}
	if s.N == 0 {
		return s, nil
	}
	var sum float64
	for _, v := range values {
		sum += v
	}
	s.Mean = sum / float64(s.N)
	if s.N < 2 {
		return s, nil
	}
	var sq float64
	for _, v := range values {
		sq += (v - s.Mean) * (v - s.Mean)
	}
	s.SD = math.Sqrt(sq / float64(s.N-1))
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(s.N - 1)}.Quantile(1 - (1-confidence)/2)
	half := t * s.SD / math.Sqrt(float64(s.N))
	s.Low, s.High = s.Mean-half, s.Mean+half
	return s, nil
}
