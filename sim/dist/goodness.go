package dist

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/twinsim/twinsim/sim/detmath"
)

// Goodness is the outcome of a test of goodness of fit.
type Goodness struct {
	// Statistic is the test's number, without a unit.
	Statistic float64
	// PValue is the probability of a statistic as great or greater if the law is
	// true: below 0.05, say, the law is doubtful.
	PValue float64
	// DF is the degrees of freedom of a chi-square test, else 0.
	DF int
}

// probabilities returns the law's probabilities at the sorted data.
func probabilities(test string, data []float64, d Distribution) ([]float64, error) {
	if len(data) == 0 {
		return nil, fmt.Errorf("dist: %s: no data", test)
	}
	if err := d.Validate(); err != nil {
		return nil, err
	}
	u := make([]float64, len(data))
	for i, x := range data {
		if x != x {
			return nil, fmt.Errorf("dist: %s: value %d is NaN", test, i)
		}
		u[i] = d.CDF(x)
	}
	slices.Sort(u)
	return u, nil
}

// KolmogorovSmirnov tests data, in the variate's unit, against a continuous law by
// the greatest distance of the distribution functions. The p-value is Kolmogorov's
// limit with Stephens' correction for small samples (1970). It holds for a law
// fixed beforehand: if the parameters were fitted to the same data, the p-value is
// too large, often by far, and only a small one says something.
func KolmogorovSmirnov(data []float64, d Distribution) (Goodness, error) {
	u, err := probabilities("Kolmogorov-Smirnov", data, d)
	if err != nil {
		return Goodness{}, err
	}
	n, dist := float64(len(u)), 0.0
	for i, p := range u {
		dist = max(dist, p-float64(i)/n, float64(i+1)/n-p)
	}
	r := math.Sqrt(n)
	return Goodness{Statistic: dist, PValue: kolmogorov((r + 0.12 + 0.11/r) * dist)}, nil
}

// kolmogorov returns the probability that Kolmogorov's variable exceeds t.
func kolmogorov(t float64) float64 {
	if t < 0.2 {
		return 1 // within 1e-12
	}
	if t < 1 { // Jacobi's form of the series, which converges fast here
		sum := 0.0
		for k := 1; k <= 9; k += 2 {
			sum += detmath.Exp(-float64(k*k) * math.Pi * math.Pi / (8 * t * t))
		}
		return 1 - math.Sqrt(2*math.Pi)/t*sum
	}
	sum, sign := 0.0, 1.0
	for k := 1; k <= 8; k++ {
		sum += sign * detmath.Exp(-2*float64(k*k)*t*t)
		sign = -sign
	}
	return min(1, 2*sum)
}

// AndersonDarling tests data, in the variate's unit, against a continuous law with
// more weight on the tails. The p-value is the limit for large samples as computed
// by Marsaglia & Marsaglia (2004), good to about 0.01 from 8 data up. It holds for
// a law fixed beforehand, as in [KolmogorovSmirnov].
func AndersonDarling(data []float64, d Distribution) (Goodness, error) {
	u, err := probabilities("Anderson-Darling", data, d)
	if err != nil {
		return Goodness{}, err
	}
	n, sum := len(u), 0.0
	for i, p := range u {
		sum += float64(2*i+1) * (detmath.Log(p) + detmath.Log1p(-u[n-1-i]))
	}
	a := -float64(n) - sum/float64(n)
	return Goodness{Statistic: a, PValue: 1 - andersonDarling(a)}, nil
}

// andersonDarling is the limiting distribution function of A^2, to 2e-6 (Marsaglia
// & Marsaglia, Evaluating the Anderson-Darling distribution, J. Stat. Software 9(2)).
func andersonDarling(z float64) float64 {
	switch {
	case !(z > 0):
		return 0
	case z < 2:
		p := 2.00012 + (0.247105-(0.0649821-(0.0347962-(0.011672-0.00168691*z)*z)*z)*z)*z
		return detmath.Exp(-1.2337141/z) / math.Sqrt(z) * p
	case z > 1000:
		return 1
	}
	p := 1.0776 - (2.30695-(0.43424-(0.082433-(0.008056-0.0003146*z)*z)*z)*z)*z
	return detmath.Exp(-detmath.Exp(p))
}

// ChiSquare tests data, in the variate's unit, against a law, continuous or of
// counts, by the numbers in cells of about equal probability. Zero cells means one
// for ten data, up to 50. fitted is how many parameters were estimated from the
// data: they cost degrees of freedom.
func ChiSquare(data []float64, d Distribution, cells, fitted int) (Goodness, error) {
	if _, err := probabilities("chi-square", data, d); err != nil {
		return Goodness{}, err
	}
	n := float64(len(data))
	if cells == 0 {
		cells = min(len(data)/10, 50)
	}
	if cells < 2 || fitted < 0 || n/float64(cells) < 1 {
		return Goodness{}, fmt.Errorf("dist: chi-square: %d cells for %d values, %d fitted: want 2 cells or more and a value for each", cells, len(data), fitted)
	}
	var edges []float64 // upper ends, of all cells but the last
	for i := 1; i < cells; i++ {
		e := d.Quantile(float64(i) / float64(cells))
		if d.CDF(e) < 1 && (len(edges) == 0 || e > edges[len(edges)-1]) {
			edges = append(edges, e)
		}
	}
	count := make([]float64, len(edges)+1)
	for _, x := range data {
		i, _ := slices.BinarySearch(edges, x)
		count[i]++
	}
	g := Goodness{DF: len(count) - 1 - fitted}
	if g.DF < 1 {
		return Goodness{}, fmt.Errorf("dist: chi-square: %d distinct cells leave no degree of freedom after %d fitted parameters: want more cells or data", len(count), fitted)
	}
	below := 0.0
	for i, c := range count {
		p := 1.0
		if i < len(edges) {
			p = d.CDF(edges[i])
		}
		want := n * (p - below)
		below = p
		g.Statistic += (c - want) * (c - want) / want
	}
	g.PValue = distuv.ChiSquared{K: float64(g.DF)}.Survival(g.Statistic)
	return g, nil
}
