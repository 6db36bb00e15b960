package stat

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Pair compares two variants that were run with the same random numbers. Its
// Summary is that of the differences.
type Pair struct {
	Summary
	Correlation float64 // of the two variants' results, -1 to 1; at 0 or below, common random numbers did not help
	P           float64 // probability of a mean difference at least this far from 0 if the true one is 0, 0 to 1; 1 for fewer than two
}

// Paired returns the mean difference variant - base of replications that belong
// together, with its t interval: paired, because under common random numbers a
// difference varies far less than its parts.
func Paired(base, variant []float64, confidence float64) (Pair, error) {
	if len(base) != len(variant) {
		return Pair{}, fmt.Errorf("stat: compare %d replications with %d; want the same ones of both", len(base), len(variant))
	}
	differences := make([]float64, len(base))
	for i := range base {
		differences[i] = variant[i] - base[i]
	}
	s, err := Summarize(differences, confidence)
	if err != nil {
		return Pair{}, err
	}
	p := Pair{Summary: s, P: 1, Correlation: correlation(base, variant)}
	switch t := math.Abs(s.Mean) / s.SD * math.Sqrt(float64(s.N)); {
	case math.IsNaN(s.SD):
		p.P = math.NaN()
	case s.N < 2:
	case s.SD > 0:
		p.P = 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(s.N - 1)}.Survival(t)
	case s.Mean != 0:
		p.P = 0
	}
	return p, nil
}

// correlation returns Pearson's coefficient; 0 if either side is constant.
func correlation(a, b []float64) float64 {
	ta, badA := twoPass(a)
	tb, badB := twoPass(b)
	if badA != 0 || badB != 0 || !(ta.M2 > 0 && tb.M2 > 0) || ta.Min == ta.Max || tb.Min == tb.Max {
		return 0
	}
	var sum float64
	for i := range a {
		sum += float64((a[i] - ta.Mean) * (b[i] - tb.Mean))
	}
	return min(max(sum/(math.Sqrt(ta.M2)*math.Sqrt(tb.M2)), -1), 1)
}

// Holm returns the p values of a family of comparisons, 0 to 1, adjusted so that to
// reject those below a limit errs in any of them with at most that probability
// (Holm 1979). It needs no independence and rejects all that Bonferroni's method
// does. The order stays; NaN stays and counts as one of the family.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	// NaN last
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b] || (p[a] == p[a] && p[b] != p[b]):
			return -1
		case p[b] < p[a] || (p[b] == p[b] && p[a] != p[a]):
			return 1
		}
		return 0
	})
	adjusted := make([]float64, len(p))
	most := 0.0
	for rank, i := range order {
		most = max(most, min(1, p[i]*float64(len(p)-rank)))
		adjusted[i] = most
	}
	return adjusted
}

// Bonferroni returns the confidence to ask of each of k intervals, so that all
// hold together with the given confidence, all from 0 to 1.
func Bonferroni(confidence float64, k int) float64 {
	return 1 - (1-confidence)/float64(max(k, 1))
}
