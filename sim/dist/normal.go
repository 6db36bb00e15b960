package dist

import (
	"fmt"
	"math"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/detmath"
)

const halfLog2Pi = 0.9189385332046727417803297364056176398614 // log(2 pi)/2

// normalCDF is the standard normal distribution function.
func normalCDF(z float64) float64 { return float64(0.5 * detmath.Erfc(-z*(1/math.Sqrt2))) }

// Normal is the normal law. Draw takes one number in 98.5 % of the cases (ziggurat).
type Normal struct {
	Mu    float64 // mean, in the variate's unit
	Sigma float64 // standard deviation, in the variate's unit
}

// Validate returns an error unless Mu is finite and Sigma positive.
func (d Normal) Validate() error {
	if err := finite("normal", named{"Mu", d.Mu}); err != nil {
		return err
	}
	return positive("normal", named{"Sigma", d.Sigma})
}

// Draw returns a variate, in the variate's unit.
func (d Normal) Draw(s *sim.Stream) float64 { return d.Mu + float64(d.Sigma*s.Normal()) }

// Inverse draws by inversion, from one number; in the variate's unit.
func (d Normal) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Mean is in the variate's unit.
func (d Normal) Mean() float64 { return d.Mu }

// Variance is in the square of the variate's unit.
func (d Normal) Variance() float64 { return d.Sigma * d.Sigma }

// CDF returns the probability of at most x, x in the variate's unit.
func (d Normal) CDF(x float64) float64 { return normalCDF((x - d.Mu) / d.Sigma) }

// Quantile returns the x with CDF(x) = p, in the variate's unit.
func (d Normal) Quantile(p float64) float64 { return d.Mu + float64(d.Sigma*detmath.NormalInv(p)) }

// LogPDF returns the logarithm of the density at x, x in the variate's unit.
func (d Normal) LogPDF(x float64) float64 {
	z := (x - d.Mu) / d.Sigma
	return -float64(0.5*float64(z*z)) - detmath.Log(d.Sigma) - halfLog2Pi
}

// LogNormal is the law of e^N with N normal. Draw takes one number in 98.5 % of
// the cases.
type LogNormal struct {
	Mu    float64 // mean of the logarithm, without a unit
	Sigma float64 // standard deviation of the logarithm, without a unit
}

// LogNormalOf returns the lognormal law of a mean and standard deviation in the variate's unit.
func LogNormalOf(mean, deviation float64) (LogNormal, error) {
	if err := positive("lognormal", named{"mean", mean}, named{"deviation", deviation}); err != nil {
		return LogNormal{}, err
	}
	c := deviation / mean
	v := detmath.Log1p(float64(c * c))
	d := LogNormal{detmath.Log(mean) - float64(0.5*v), math.Sqrt(v)}
	if err := d.Validate(); err != nil {
		return LogNormal{}, fmt.Errorf("dist: lognormal: a mean of %v with deviation %v is out of range", mean, deviation)
	}
	return d, nil
}

// Validate returns an error unless Mu is finite and Sigma positive.
func (d LogNormal) Validate() error {
	if err := finite("lognormal", named{"Mu", d.Mu}); err != nil {
		return err
	}
	return positive("lognormal", named{"Sigma", d.Sigma})
}

// Draw returns a variate, in the variate's unit.
func (d LogNormal) Draw(s *sim.Stream) float64 {
	return detmath.Exp(d.Mu + float64(d.Sigma*s.Normal()))
}

// Inverse draws by inversion, from one number; in the variate's unit.
func (d LogNormal) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Mean is in the variate's unit.
func (d LogNormal) Mean() float64 { return detmath.Exp(d.Mu + float64(0.5*float64(d.Sigma*d.Sigma))) }

// Variance is in the square of the variate's unit.
func (d LogNormal) Variance() float64 {
	v := float64(d.Sigma * d.Sigma)
	return detmath.Expm1(v) * detmath.Exp(2*d.Mu+v)
}

// CDF returns the probability of at most x, x in the variate's unit.
func (d LogNormal) CDF(x float64) float64 {
	if x <= 0 {
		return 0
	}
	return normalCDF((detmath.Log(x) - d.Mu) / d.Sigma)
}

// Quantile returns the x with CDF(x) = p, in the variate's unit.
func (d LogNormal) Quantile(p float64) float64 {
	return detmath.Exp(d.Mu + float64(d.Sigma*detmath.NormalInv(p)))
}

// LogPDF returns the logarithm of the density at x, x in the variate's unit.
func (d LogNormal) LogPDF(x float64) float64 {
	if !(x > 0) {
		return math.Inf(-1)
	}
	l := detmath.Log(x)
	return Normal(d).LogPDF(l) - l
}

// InverseGaussian is the inverse Gaussian (Wald) law, of first passage times. Draw
// takes two numbers, rarely more: the method of Michael, Schucany & Haas (1976).
type InverseGaussian struct {
	Mu     float64 // mean, in the variate's unit
	Lambda float64 // shape, in the variate's unit
}

// Validate returns an error unless both parameters are positive.
func (d InverseGaussian) Validate() error {
	return positive("inverse Gaussian", named{"Mu", d.Mu}, named{"Lambda", d.Lambda})
}

// Draw returns a variate, in the variate's unit.
func (d InverseGaussian) Draw(s *sim.Stream) float64 {
	z := s.Normal()
	// With w = mu z^2/lambda, x/mu is a root of r^2 - (2+w) r + 1; the roots' product
	// is 1, which gives the smaller without cancellation.
	w := float64(d.Mu * float64(z*z) / d.Lambda)
	big := 1 + float64(0.5*(w+math.Sqrt(w*(4+w))))
	if s.Float64()*(big+1) < big {
		return d.Mu / big
	}
	return d.Mu * big
}

// Inverse draws by inversion, from one number; in the variate's unit.
func (d InverseGaussian) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Mean is in the variate's unit.
func (d InverseGaussian) Mean() float64 { return d.Mu }

// Variance is in the square of the variate's unit.
func (d InverseGaussian) Variance() float64 { return d.Mu * d.Mu * (d.Mu / d.Lambda) }

// CDF returns the probability of at most x, x in the variate's unit.
func (d InverseGaussian) CDF(x float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x > math.MaxFloat64:
		return 1
	}
	r := math.Sqrt(d.Lambda / x)
	a, b := float64(r*(x/d.Mu-1)), float64(r*(x/d.Mu+1))
	// e^(2 lambda/mu) Phi(-b) is e^(-a^2/2) times Mills' ratio's relative at b.
	var second float64
	if b < 30 {
		second = detmath.Exp(2*d.Lambda/d.Mu) * normalCDF(-b)
	} else {
		y := 1 / float64(b*b)
		m := 1 - float64(y*(1-float64(y*(3-float64(y*(15-float64(y*(105-float64(y*945)))))))))
		second = detmath.Exp(-float64(0.5*float64(a*a))-halfLog2Pi) / b * m
	}
	return min(1, normalCDF(a)+float64(second))
}

// Quantile returns the x with CDF(x) = p, in the variate's unit, by Newton's method
// (some microseconds).
func (d InverseGaussian) Quantile(p float64) float64 {
	if cannot(p) {
		return math.NaN()
	}
	return invert(d.CDF, d.LogPDF, p, d.Mu, 0, math.Inf(1))
}

// LogPDF returns the logarithm of the density at x, x in the variate's unit.
func (d InverseGaussian) LogPDF(x float64) float64 {
	if !(x > 0) {
		return math.Inf(-1)
	}
	z := (x - d.Mu) / d.Mu
	return float64(0.5*(detmath.Log(d.Lambda)-float64(3*detmath.Log(x)))) - halfLog2Pi - float64(0.5*float64(d.Lambda/x)*float64(z*z))
}
