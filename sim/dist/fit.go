package dist

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"github.com/twinsim/twinsim/sim/detmath"
)

// Family names a set of laws that Fit knows.
type Family string

// The families of Fit.
const (
	FamilyExponential Family = "exponential"
	FamilyNormal      Family = "normal"
	FamilyLogNormal   Family = "lognormal"
	FamilyGamma       Family = "gamma"
	FamilyWeibull     Family = "weibull"
	FamilyBeta        Family = "beta"
	FamilyUniform     Family = "uniform"
	FamilyTriangular  Family = "triangular"
	FamilyPoisson     Family = "poisson"
)

// continuous are the families that Best tries of itself.
var continuous = []Family{FamilyExponential, FamilyNormal, FamilyLogNormal, FamilyGamma,
	FamilyWeibull, FamilyBeta, FamilyUniform, FamilyTriangular}

// Fitted is a law fitted to data.
type Fitted struct {
	Family Family
	// Dist is the law: a value of the type that has the family's name.
	Dist Distribution
	// Parameters is how many numbers were estimated.
	Parameters int
	// LogLikelihood is the sum of the logarithms of the density at the data.
	LogLikelihood float64
	// AIC is Akaike's criterion, 2 Parameters - 2 LogLikelihood: less is better.
	AIC float64
}

// density is a law with a density, or with probabilities of counts.
type density interface {
	Distribution
	LogPDF(x float64) float64
}

// ErrSupport is wrapped by Fit's error where a family cannot give the data.
var ErrSupport = errors.New("the family does not give such values")

// Fit returns the law of a family with the greatest likelihood for data, in the
// variate's unit. A uniform law is given the least and the greatest value, and so
// is narrower than the truth; a beta law is fitted on (0, 1). Data must vary, but
// for exponential and Poisson laws. The last digits may differ between processors.
func Fit(family Family, data []float64) (Fitted, error) {
	if len(data) < 2 {
		return Fitted{}, fmt.Errorf("dist: fit %s: %d values: want two or more", family, len(data))
	}
	lo, hi, outside := math.Inf(1), math.Inf(-1), false
	for i, x := range data {
		if !(math.Abs(x) <= math.MaxFloat64) {
			return Fitted{}, fmt.Errorf("dist: fit %s: value %d is %v: want finite numbers", family, i, x)
		}
		if family == FamilyPoisson && x != math.Floor(x) {
			outside = true
		}
		lo, hi = min(lo, x), max(hi, x)
	}
	switch family {
	case FamilyLogNormal, FamilyGamma, FamilyWeibull:
		outside = lo <= 0
	case FamilyExponential, FamilyPoisson:
		outside = outside || lo < 0 || hi == 0
	case FamilyBeta:
		outside = lo <= 0 || hi >= 1
	}
	if outside {
		return Fitted{}, fmt.Errorf("dist: fit %s: values from %v to %v: %w", family, lo, hi, ErrSupport)
	}
	if lo == hi && family != FamilyExponential && family != FamilyPoisson {
		return Fitted{}, fmt.Errorf("dist: fit %s: all values are %v: want data that vary", family, lo)
	}
	law, n, err := estimate(family, data)
	if err != nil {
		return Fitted{}, fmt.Errorf("dist: fit %s: %w", family, err)
	}
	if err := law.Validate(); err != nil {
		return Fitted{}, fmt.Errorf("dist: fit %s: the data lead to a degenerate law: %w", family, err)
	}
	f := Fitted{Family: family, Dist: law, Parameters: n}
	for _, x := range data {
		f.LogLikelihood += law.LogPDF(x)
	}
	f.AIC = 2*float64(n) - 2*f.LogLikelihood
	return f, nil
}

// Best fits families, or all continuous ones if none is named, and ranks by AIC,
// best first. Families that cannot give the data are left out. Counts and
// continuous laws can't be ranked together: a likelihood is a probability for the
// one and a density for the other.
func Best(data []float64, families ...Family) ([]Fitted, error) {
	if len(families) == 0 {
		families = continuous
	}
	if len(families) > 1 && slices.Contains(families, FamilyPoisson) {
		return nil, fmt.Errorf("dist: best: poisson and continuous families can't be ranked together: call Fit for each")
	}
	var all []Fitted
	var last error
	for _, family := range families {
		f, err := Fit(family, data)
		if err != nil {
			last = err
			continue
		}
		all = append(all, f)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("dist: best: no family fits: %w", last)
	}
	slices.SortStableFunc(all, func(a, b Fitted) int {
		switch {
		case a.AIC < b.AIC:
			return -1
		case a.AIC > b.AIC:
			return 1
		}
		return 0
	})
	return all, nil
}

// estimate returns the law and how many parameters it has.
func estimate(family Family, data []float64) (density, int, error) {
	switch family {
	case FamilyExponential:
		return Exponential{average(data)}, 1, nil
	case FamilyPoisson:
		return Poisson{average(data)}, 1, nil
	case FamilyNormal:
		m, s := moments(data)
		return Normal{m, s}, 2, nil
	case FamilyLogNormal:
		m, s := moments(logs(data))
		return LogNormal{m, s}, 2, nil
	case FamilyUniform:
		return Uniform{slices.Min(data), slices.Max(data)}, 2, nil
	case FamilyGamma:
		return fitGamma(data), 2, nil
	case FamilyWeibull:
		w, err := fitWeibull(data)
		return w, 2, err
	case FamilyBeta:
		b, err := fitBeta(data)
		return b, 2, err
	case FamilyTriangular:
		return fitTriangular(data), 3, nil
	}
	return nil, 0, fmt.Errorf("no such family: want one of %v or %v", continuous, FamilyPoisson)
}

// average returns the mean of data.
func average(data []float64) float64 {
	m := 0.0
	for i, x := range data {
		m += (x - m) / float64(i+1)
	}
	return m
}

// moments returns the mean and the root of the mean squared deviation.
func moments(data []float64) (mean, deviation float64) {
	mean = average(data)
	v := 0.0
	for i, x := range data {
		v += ((x-mean)*(x-mean) - v) / float64(i+1)
	}
	return mean, math.Sqrt(v)
}

// logs returns the logarithms of data.
func logs(data []float64) []float64 {
	l := make([]float64, len(data))
	for i, x := range data {
		l[i] = detmath.Log(x)
	}
	return l
}

// fitGamma solves log k - digamma(k) = log mean - mean log by Newton's method on
// 1/k (Minka, Estimating a gamma distribution, 2002).
func fitGamma(data []float64) Gamma {
	m := average(data)
	s := detmath.Log(m) - average(logs(data))
	k := (3 - s + math.Sqrt((s-3)*(s-3)+24*s)) / (12 * s)
	for range 50 {
		g := detmath.Log(k) - mathext.Digamma(k) - s
		slope := 1/k - trigamma(k)
		next := 1 / (1/k + g/(k*k*slope))
		if !(next > 0) {
			break
		}
		done := math.Abs(next-k) <= 1e-14*k
		k = next
		if done {
			break
		}
	}
	return Gamma{k, m / k}
}

// trigamma returns the derivative of the digamma function.
func trigamma(x float64) float64 { return mathext.Zeta(2, x) }

// fitWeibull solves sum x^k log x / sum x^k - 1/k = mean log x for k.
func fitWeibull(data []float64) (Weibull, error) {
	l := logs(data)
	m, s := moments(l)
	top := slices.Max(l)
	sums := func(k float64) (s0, s1, s2 float64) {
		for _, v := range l {
			w := detmath.Exp(k * (v - top))
			s0, s1, s2 = s0+w, s1+w*v, s2+w*v*v
		}
		return s0, s1 / s0, s2 / s0
	}
	k := math.Pi / math.Sqrt(6) / s // by the variance of log x
	for range 100 {
		_, s1, s2 := sums(k)
		step := (s1 - 1/k - m) / (s2 - s1*s1 + 1/(k*k))
		next := k - step
		if next <= 0 {
			next = k / 2
		}
		done := math.Abs(next-k) <= 1e-13*k
		k = next
		if done {
			s0, _, _ := sums(k)
			return Weibull{k, detmath.Exp(top + detmath.Log(s0/float64(len(data)))/k)}, nil
		}
	}
	return Weibull{}, errors.New("no convergence in 100 steps: the data may be too alike")
}

// fitBeta solves digamma(a) - digamma(a+b) = mean log x and its like for b, from
// the moments.
func fitBeta(data []float64) (Beta, error) {
	mean, s := moments(data)
	gx, gy := average(logs(data)), 0.0
	for i, x := range data {
		gy += (detmath.Log1p(-x) - gy) / float64(i+1)
	}
	n := max(mean*(1-mean)/(s*s)-1, 0.01)
	a, b := mean*n, (1-mean)*n
	for range 200 {
		d, t := mathext.Digamma(a+b), trigamma(a+b)
		f, g := mathext.Digamma(a)-d-gx, mathext.Digamma(b)-d-gy
		fa, gb := trigamma(a)-t, trigamma(b)-t
		det := fa*gb - t*t
		da, db := (f*gb+g*t)/det, (g*fa+f*t)/det
		na, nb := a-da, b-db
		if !(na > 0) {
			na = a / 2
		}
		if !(nb > 0) {
			nb = b / 2
		}
		done := math.Abs(na-a) <= 1e-12*a && math.Abs(nb-b) <= 1e-12*b
		a, b = na, nb
		if done {
			return Beta{Alpha: a, Beta: b}, nil
		}
	}
	return Beta{}, errors.New("no convergence in 200 steps: the data may be too alike")
}

// fitTriangular searches the ends by a compass of shrinking steps (Hooke & Jeeves,
// 1961); for given ends the best mode is one of the data (Oliver, 1972).
func fitTriangular(data []float64) Triangular {
	x := slices.Clone(data)
	slices.Sort(x)
	lo, width := x[0], x[len(x)-1]-x[0]
	ends := func(p [2]float64) (a, b float64) { // how far out, as logarithms
		return lo - width*detmath.Exp(p[0]), lo + width + width*detmath.Exp(p[1])
	}
	at := [2]float64{-3, -3}
	a, b := ends(at)
	best, mode := triangularLikelihood(x, a, b)
	for step := 1.0; step > 1e-7; {
		moved := false
		for _, d := range [][2]float64{{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {-1, -1}, {1, -1}, {-1, 1}} {
			p := [2]float64{at[0] + step*d[0], at[1] + step*d[1]}
			if max(math.Abs(p[0]), math.Abs(p[1])) > 25 {
				continue
			}
			a, b := ends(p)
			if l, m := triangularLikelihood(x, a, b); l > best {
				best, mode, at, moved = l, m, p, true
			}
		}
		if !moved {
			step /= 2
		}
	}
	a, b = ends(at)
	return Triangular{a, mode, b}
}

// triangularLikelihood returns the greatest log likelihood, and the mode that gives
// it, of sorted data for the ends a and b outside them.
func triangularLikelihood(x []float64, a, b float64) (best, mode float64) {
	n := len(x)
	right := 0.0 // sum of log(b - x) over what is right of the mode
	for _, v := range x {
		right += detmath.Log(b - v)
	}
	left := 0.0
	best = math.Inf(-1)
	for r, m := range x {
		right -= detmath.Log(b - m)
		l := left - float64(r)*detmath.Log(m-a) + right - float64(n-r-1)*detmath.Log(b-m)
		if l > best {
			best, mode = l, m
		}
		left += detmath.Log(m - a)
	}
	return best + float64(n)*detmath.Log(2/(b-a)), mode
}
