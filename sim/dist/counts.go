package dist

import (
	"fmt"
	"math"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/detmath"
)

// Poisson is the Poisson law of counts. Below a mean of 10 Draw takes one number,
// by inversion; from there two or more, by transformed rejection (PTRS of Hormann,
// 1993), whose cost doesn't grow with the mean.
type Poisson struct {
	Lambda float64 // mean, as a count
}

// maxPoisson keeps counts exact.
const maxPoisson = 1e15

// Validate returns an error unless Lambda is positive and at most 1e15.
func (d Poisson) Validate() error {
	if d.Lambda > maxPoisson {
		return fmt.Errorf("dist: Poisson: Lambda is %v: want at most %v", d.Lambda, float64(maxPoisson))
	}
	return positive("Poisson", named{"Lambda", d.Lambda})
}

// Draw returns a count.
func (d Poisson) Draw(s *sim.Stream) float64 {
	l := d.Lambda
	switch {
	case !(l > 0 && l <= maxPoisson):
		return math.NaN()
	case l < 10:
		return d.search(s.Open())
	}
	root, logL := math.Sqrt(l), detmath.Log(l)
	b := 0.931 + float64(2.53*root)
	a := -0.059 + float64(0.02483*b)
	logInvAlpha := detmath.Log(1.1239 + 1.1328/(b-3.4))
	vr := 0.9277 - 3.6224/(b-2)
	for {
		u := s.Open() - 0.5
		v := s.Open()
		us := 0.5 - math.Abs(u)
		k := math.Floor(float64((2*a/us+b)*u) + l + 0.43)
		if us >= 0.07 && v <= vr {
			return k
		}
		if k < 0 || (us < 0.013 && v > us) {
			continue
		}
		if detmath.Log(v)+logInvAlpha-detmath.Log(a/float64(us*us)+b) <= float64(k*logL)-l-lgamma(k+1) {
			return k
		}
	}
}

// search returns the least k with CDF(k) >= u, from 0 up.
func (d Poisson) search(u float64) float64 {
	p := detmath.Exp(-d.Lambda)
	k, sum := 0.0, p
	for sum < u && p > 0 {
		k++
		p = float64(p * (d.Lambda / k))
		sum += p
		if p < 0x1p-60 && k > d.Lambda {
			break // u is above what the sum of rounded terms comes to
		}
	}
	return k
}

// Inverse draws by inversion, from one number; a count.
func (d Poisson) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Mean is a count.
func (d Poisson) Mean() float64 { return d.Lambda }

// Variance is in squared counts.
func (d Poisson) Variance() float64 { return d.Lambda }

// CDF returns the probability of at most x events.
func (d Poisson) CDF(x float64) float64 {
	if x < 0 {
		return 0
	}
	_, q := incGamma(math.Floor(x)+1, d.Lambda)
	return q
}

// Quantile returns the least count k with CDF(k) >= p.
func (d Poisson) Quantile(p float64) float64 {
	switch {
	case cannot(p) || !(d.Lambda > 0 && d.Lambda <= maxPoisson):
		return math.NaN()
	case p == 1:
		return math.Inf(1)
	case p == 0:
		return 0
	case d.Lambda < 10 && p <= 1-0x1p-30:
		return d.search(p)
	}
	// Bracket around the normal approximation, then halve.
	z := detmath.NormalInv(p)
	k := max(0, math.Floor(d.Lambda+float64(z*math.Sqrt(d.Lambda))+(float64(z*z)-1)/6))
	lo, hi, step := k-1, k, 1.0
	for lo >= 0 && d.CDF(lo) >= p {
		hi = lo
		lo -= step
		step *= 2
	}
	lo = max(lo, -1)
	for step = 1; d.CDF(hi) < p; step *= 2 {
		lo = hi
		hi += step
	}
	for hi-lo > 1 {
		mid := math.Floor(0.5 * (lo + hi))
		if d.CDF(mid) >= p {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

// LogPDF returns the logarithm of the probability of x events.
func (d Poisson) LogPDF(x float64) float64 {
	switch {
	case !(x >= 0) || x != math.Floor(x):
		return math.Inf(-1)
	case x == 0:
		return -d.Lambda
	}
	return logPower(x, d.Lambda)
}

// Geometric is the law of the number of failures before the first success. Draw
// takes one number in 97.8 % of the cases.
type Geometric struct {
	P float64 // probability of success, in (0, 1]
}

// Validate returns an error unless P is in (0, 1].
func (d Geometric) Validate() error {
	if !(d.P > 0 && d.P <= 1) {
		return fmt.Errorf("dist: geometric: P is %v: want a probability in (0, 1]", d.P)
	}
	return nil
}

// Draw returns a count.
func (d Geometric) Draw(s *sim.Stream) float64 {
	return math.Floor(s.Exponential() / -detmath.Log1p(-d.P))
}

// Inverse draws by inversion, from one number; a count.
func (d Geometric) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Mean is a count.
func (d Geometric) Mean() float64 { return (1 - d.P) / d.P }

// Variance is in squared counts.
func (d Geometric) Variance() float64 { return (1 - d.P) / d.P / d.P }

// CDF returns the probability of at most x failures.
func (d Geometric) CDF(x float64) float64 {
	if x < 0 {
		return 0
	}
	return -detmath.Expm1(float64((math.Floor(x) + 1) * detmath.Log1p(-d.P)))
}

// Quantile returns the least count k with CDF(k) >= p.
func (d Geometric) Quantile(p float64) float64 {
	if cannot(p) {
		return math.NaN()
	}
	if d.P == 1 {
		return 0
	}
	k := max(0, math.Ceil(detmath.Log1p(-p)/detmath.Log1p(-d.P))-1)
	for range 2 { // rounding may be off by one
		switch {
		case k > 0 && d.CDF(k-1) >= p:
			k--
		case d.CDF(k) < p:
			k++
		}
	}
	return k
}
