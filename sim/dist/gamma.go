package dist

import (
	"fmt"
	"math"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/detmath"
)

// Exponential is the exponential law. Draw takes one number in 97.8 % of the cases
// (ziggurat).
type Exponential struct {
	Scale float64 // mean, in the variate's unit
}

// Validate returns an error unless Scale is positive.
func (d Exponential) Validate() error { return positive("exponential", named{"Scale", d.Scale}) }

// Draw returns a variate, in the variate's unit.
func (d Exponential) Draw(s *sim.Stream) float64 { return float64(d.Scale * s.Exponential()) }

// Inverse draws by inversion, from one number; in the variate's unit.
func (d Exponential) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Mean is in the variate's unit.
func (d Exponential) Mean() float64 { return d.Scale }

// Variance is in the square of the variate's unit.
func (d Exponential) Variance() float64 { return d.Scale * d.Scale }

// CDF returns the probability of at most x, x in the variate's unit.
func (d Exponential) CDF(x float64) float64 {
	if x <= 0 {
		return 0
	}
	return -detmath.Expm1(-x / d.Scale)
}

// Quantile returns the x with CDF(x) = p, in the variate's unit.
func (d Exponential) Quantile(p float64) float64 {
	return float64(d.Scale * detmath.ExponentialInv(p))
}

// LogPDF returns the logarithm of the density at x, x in the variate's unit.
func (d Exponential) LogPDF(x float64) float64 {
	if !(x >= 0) {
		return math.Inf(-1)
	}
	return -x/d.Scale - detmath.Log(d.Scale)
}

// Weibull is the Weibull law. Draw takes one number in 97.8 % of the cases.
type Weibull struct {
	Shape float64 // without a unit
	Scale float64 // in the variate's unit
}

// Validate returns an error unless both parameters are positive.
func (d Weibull) Validate() error {
	return positive("Weibull", named{"Shape", d.Shape}, named{"Scale", d.Scale})
}

// Draw returns a variate, in the variate's unit.
func (d Weibull) Draw(s *sim.Stream) float64 {
	return float64(d.Scale * detmath.Pow(s.Exponential(), 1/d.Shape))
}

// Inverse draws by inversion, from one number; in the variate's unit.
func (d Weibull) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Mean is in the variate's unit.
func (d Weibull) Mean() float64 { return d.Scale * detmath.Gamma(1+1/d.Shape) }

// Variance is in the square of the variate's unit.
func (d Weibull) Variance() float64 {
	m := detmath.Gamma(1 + 1/d.Shape)
	return d.Scale * d.Scale * (detmath.Gamma(1+2/d.Shape) - float64(m*m))
}

// CDF returns the probability of at most x, x in the variate's unit.
func (d Weibull) CDF(x float64) float64 {
	if x <= 0 {
		return 0
	}
	return -detmath.Expm1(-detmath.Pow(x/d.Scale, d.Shape))
}

// Quantile returns the x with CDF(x) = p, in the variate's unit.
func (d Weibull) Quantile(p float64) float64 {
	return float64(d.Scale * detmath.Pow(detmath.ExponentialInv(p), 1/d.Shape))
}

// LogPDF returns the logarithm of the density at x, x in the variate's unit.
func (d Weibull) LogPDF(x float64) float64 {
	if !(x >= 0) {
		return math.Inf(-1)
	}
	l := detmath.Log(x / d.Scale)
	return detmath.Log(d.Shape/d.Scale) + times(d.Shape-1, l) - detmath.Exp(float64(d.Shape*l))
}

// Gamma is the gamma law. Draw takes two numbers or a few more, and one more for
// Shape below 1: the method of Marsaglia & Tsang (2000).
type Gamma struct {
	Shape float64 // without a unit
	Scale float64 // in the variate's unit
}

// Validate returns an error unless both parameters are positive.
func (d Gamma) Validate() error {
	return positive("gamma", named{"Shape", d.Shape}, named{"Scale", d.Scale})
}

// Draw returns a variate, in the variate's unit.
func (d Gamma) Draw(s *sim.Stream) float64 { return float64(d.Scale * drawGamma(s, d.Shape)) }

// drawGamma draws from the gamma law of scale 1.
func drawGamma(s *sim.Stream, shape float64) float64 {
	if !(shape > 0 && shape <= math.MaxFloat64) {
		return math.NaN()
	}
	boost := 1.0
	if shape < 1 {
		boost = detmath.Pow(s.Open(), 1/shape)
		shape++
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := s.Normal()
		v := 1 + float64(c*x)
		if v <= 0 {
			continue
		}
		v = float64(float64(v*v) * v)
		u := s.Open()
		x2 := float64(x * x)
		if u < 1-float64(0.0331*float64(x2*x2)) ||
			detmath.Log(u) < float64(0.5*x2)+float64(d*(1-v+detmath.Log(v))) {
			return float64(float64(d*v) * boost)
		}
	}
}

// Inverse draws by inversion, from one number; in the variate's unit.
func (d Gamma) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Mean is in the variate's unit.
func (d Gamma) Mean() float64 { return d.Shape * d.Scale }

// Variance is in the square of the variate's unit.
func (d Gamma) Variance() float64 { return d.Shape * d.Scale * d.Scale }

// CDF returns the probability of at most x, x in the variate's unit.
func (d Gamma) CDF(x float64) float64 {
	p, _ := incGamma(d.Shape, x/d.Scale)
	return p
}

// Quantile returns the x with CDF(x) = p, in the variate's unit, by Newton's method
// from Wilson and Hilferty's approximation (some microseconds).
func (d Gamma) Quantile(p float64) float64 {
	if cannot(p) || !(d.Shape > 0) {
		return math.NaN()
	}
	unit := Gamma{d.Shape, 1}
	k := 1 / (9 * d.Shape)
	w := 1 - k + float64(math.Sqrt(k)*detmath.NormalInv(p))
	start := float64(d.Shape * float64(float64(w*w)*w))
	if !(start > 0) || d.Shape < 1 { // near 0, P is about x^a/Gamma(a+1)
		l := (detmath.Log(p) + lgamma(d.Shape+1)) / d.Shape
		start = max(detmath.Exp(min(l, 1)), 5e-324)
	}
	if p > 0 && start > 1e300 {
		start = 1
	}
	return float64(d.Scale * invert(unit.CDF, unit.LogPDF, p, start, 0, math.Inf(1)))
}

// LogPDF returns the logarithm of the density at x, x in the variate's unit.
func (d Gamma) LogPDF(x float64) float64 {
	if !(x >= 0) {
		return math.Inf(-1)
	}
	x /= d.Scale
	if x == 0 {
		return times(d.Shape-1, math.Inf(-1)) - lgamma(d.Shape) - detmath.Log(d.Scale)
	}
	return logPower(d.Shape, x) + detmath.Log(d.Shape/x) - detmath.Log(d.Scale)
}

// Erlang is the law of the sum of Phases exponential times. Draw takes about one
// number a phase up to four phases, and two beyond.
type Erlang struct {
	Phases int     // 1 or more
	Scale  float64 // mean of one phase, in the variate's unit
}

// Validate returns an error unless there is a phase and Scale is positive.
func (d Erlang) Validate() error {
	if d.Phases < 1 {
		return fmt.Errorf("dist: Erlang: Phases is %d: want 1 or more", d.Phases)
	}
	return positive("Erlang", named{"Scale", d.Scale})
}

// Gamma returns the same law as a Gamma.
func (d Erlang) Gamma() Gamma { return Gamma{float64(d.Phases), d.Scale} }

// Draw returns a variate, in the variate's unit.
func (d Erlang) Draw(s *sim.Stream) float64 {
	if d.Phases > 4 || d.Phases < 1 {
		return d.Gamma().Draw(s)
	}
	sum := 0.0
	for range d.Phases {
		sum += s.Exponential()
	}
	return float64(d.Scale * sum)
}

// Inverse draws by inversion, from one number; in the variate's unit.
func (d Erlang) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Mean is in the variate's unit.
func (d Erlang) Mean() float64 { return d.Gamma().Mean() }

// Variance is in the square of the variate's unit.
func (d Erlang) Variance() float64 { return d.Gamma().Variance() }

// CDF returns the probability of at most x, x in the variate's unit.
func (d Erlang) CDF(x float64) float64 { return d.Gamma().CDF(x) }

// Quantile returns the x with CDF(x) = p, in the variate's unit.
func (d Erlang) Quantile(p float64) float64 { return d.Gamma().Quantile(p) }
