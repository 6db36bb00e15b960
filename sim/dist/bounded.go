package dist

import (
	"fmt"
	"math"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/detmath"
)

// Uniform is the uniform law on [Min, Max). Draw takes one number, by inversion.
type Uniform struct {
	Min, Max float64 // in the variate's unit
}

// Validate returns an error unless Min < Max, both finite.
func (d Uniform) Validate() error { return ordered("uniform", d.Min, d.Min, d.Max) }

// Draw returns a variate, in the variate's unit.
func (d Uniform) Draw(s *sim.Stream) float64 { return d.Min + float64((d.Max-d.Min)*s.Float64()) }

// Inverse draws by inversion, from one number; in the variate's unit.
func (d Uniform) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Mean is in the variate's unit.
func (d Uniform) Mean() float64 { return d.Min + float64(0.5*(d.Max-d.Min)) }

// Variance is in the square of the variate's unit.
func (d Uniform) Variance() float64 { w := d.Max - d.Min; return w * w / 12 }

// CDF returns the probability of at most x, x in the variate's unit.
func (d Uniform) CDF(x float64) float64 {
	return max(0, min(1, (x-d.Min)/(d.Max-d.Min)))
}

// Quantile returns the x with CDF(x) = p, in the variate's unit.
func (d Uniform) Quantile(p float64) float64 {
	if cannot(p) {
		return math.NaN()
	}
	return min(d.Min+float64((d.Max-d.Min)*p), d.Max)
}

// LogPDF returns the logarithm of the density at x, x in the variate's unit.
func (d Uniform) LogPDF(x float64) float64 {
	if !(x >= d.Min && x <= d.Max) {
		return math.Inf(-1)
	}
	return -detmath.Log(d.Max - d.Min)
}

// Triangular is the triangular law. Draw takes one number, by inversion.
type Triangular struct {
	Min, Mode, Max float64 // in the variate's unit
}

// Validate returns an error unless Min <= Mode <= Max and Min < Max.
func (d Triangular) Validate() error { return ordered("triangular", d.Min, d.Mode, d.Max) }

// Draw returns a variate, in the variate's unit.
func (d Triangular) Draw(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Inverse is Draw.
func (d Triangular) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Mean is in the variate's unit.
func (d Triangular) Mean() float64 { return (d.Min + d.Mode + d.Max) / 3 }

// Variance is in the square of the variate's unit.
func (d Triangular) Variance() float64 {
	w, l, r := d.Max-d.Min, d.Mode-d.Min, d.Max-d.Mode
	return (float64(w*w) - float64(l*r)) / 18
}

// CDF returns the probability of at most x, x in the variate's unit.
func (d Triangular) CDF(x float64) float64 {
	w := d.Max - d.Min
	switch {
	case x <= d.Min:
		return 0
	case x >= d.Max:
		return 1
	case x < d.Mode:
		return (x - d.Min) / w * ((x - d.Min) / (d.Mode - d.Min))
	}
	return 1 - float64((d.Max-x)/w*((d.Max-x)/(d.Max-d.Mode)))
}

// Quantile returns the x with CDF(x) = p, in the variate's unit.
func (d Triangular) Quantile(p float64) float64 {
	if cannot(p) {
		return math.NaN()
	}
	w, l := d.Max-d.Min, d.Mode-d.Min
	if float64(p*w) < l {
		return d.Min + math.Sqrt(p*w*l)
	}
	return d.Max - math.Sqrt((1-p)*w*(d.Max-d.Mode))
}

// LogPDF returns the logarithm of the density at x, x in the variate's unit.
func (d Triangular) LogPDF(x float64) float64 {
	switch {
	case !(x >= d.Min && x <= d.Max):
		return math.Inf(-1)
	case x < d.Mode:
		return detmath.Log(2 * ((x - d.Min) / (d.Mode - d.Min)) / (d.Max - d.Min))
	case x > d.Mode:
		return detmath.Log(2 * ((d.Max - x) / (d.Max - d.Mode)) / (d.Max - d.Min))
	}
	return detmath.Log(2 / (d.Max - d.Min))
}

// Beta is the beta law, on [0, 1] or, if Min and Max aren't both 0, on [Min, Max].
// Draw takes two numbers or more: Johnk's method (1964) if neither shape exceeds 1,
// else the ratio of two gamma variates.
type Beta struct {
	Alpha, Beta float64 // shapes, without a unit
	Min, Max    float64 // in the variate's unit
}

// maxShape is as far as the distribution function is computed.
const maxShape = 1e8

// support returns the lower end and the width.
func (d Beta) support() (lo, width float64) {
	if d.Min == 0 && d.Max == 0 {
		return 0, 1
	}
	return d.Min, d.Max - d.Min
}

// Validate returns an error unless both shapes are positive and at most 1e8, and Min < Max (or both 0).
func (d Beta) Validate() error {
	if err := positive("beta", named{"Alpha", d.Alpha}, named{"Beta", d.Beta}); err != nil {
		return err
	}
	if big := max(d.Alpha, d.Beta); big > maxShape {
		return fmt.Errorf("dist: beta: a shape is %v: want at most %v", big, float64(maxShape))
	}
	lo, w := d.support()
	return ordered("beta", lo, lo, lo+w)
}

// Draw returns a variate, in the variate's unit.
func (d Beta) Draw(s *sim.Stream) float64 {
	lo, w := d.support()
	return lo + float64(w*drawBeta(s, d.Alpha, d.Beta))
}

// drawBeta draws from [0, 1].
func drawBeta(s *sim.Stream, a, b float64) float64 {
	if !(a > 0 && b > 0) {
		return math.NaN()
	}
	if a > 1 || b > 1 {
		x, y := drawGamma(s, a), drawGamma(s, b)
		return x / (x + y)
	}
	for {
		x := detmath.Log(s.Open()) / a
		y := detmath.Log(s.Open()) / b
		top := max(x, y)
		sum := top + detmath.Log1p(detmath.Exp(min(x, y)-top)) // of e^x + e^y
		if sum <= 0 {
			return detmath.Exp(x - sum)
		}
	}
}

// Inverse draws by inversion, from one number; in the variate's unit.
func (d Beta) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Mean is in the variate's unit.
func (d Beta) Mean() float64 {
	lo, w := d.support()
	return lo + float64(w*(d.Alpha/(d.Alpha+d.Beta)))
}

// Variance is in the square of the variate's unit.
func (d Beta) Variance() float64 {
	_, w := d.support()
	n := d.Alpha + d.Beta
	return w * w * (d.Alpha / n) * (d.Beta / n) / (n + 1)
}

// CDF returns the probability of at most x, x in the variate's unit.
func (d Beta) CDF(x float64) float64 {
	lo, w := d.support()
	return incBeta(d.Alpha, d.Beta, (x-lo)/w)
}

// Quantile returns the x with CDF(x) = p, in the variate's unit, by Newton's method
// (some microseconds).
func (d Beta) Quantile(p float64) float64 {
	if cannot(p) || !(d.Alpha > 0 && d.Beta > 0 && max(d.Alpha, d.Beta) <= maxShape) {
		return math.NaN()
	}
	lo, w := d.support()
	unit := Beta{Alpha: d.Alpha, Beta: d.Beta}
	x := invert(unit.CDF, unit.LogPDF, p, d.Alpha/(d.Alpha+d.Beta), 0, 1)
	return lo + float64(w*x)
}

// LogPDF returns the logarithm of the density at x, x in the variate's unit.
func (d Beta) LogPDF(x float64) float64 {
	lo, w := d.support()
	x = (x - lo) / w
	if !(x >= 0 && x <= 1) {
		return math.Inf(-1)
	}
	return float64(times(d.Alpha-1, detmath.Log(x))+times(d.Beta-1, detmath.Log1p(-x))) - logBeta(d.Alpha, d.Beta) - detmath.Log(w)
}

// PERT is the beta law of an estimate in three points, as in Malcolm et al. (1959).
// Draw takes two numbers or more.
type PERT struct {
	Min, Mode, Max float64 // in the variate's unit
	// Lambda is the weight of the mode, without a unit; 0 means 4.
	Lambda float64
}

// Validate returns an error unless Min <= Mode <= Max, Min < Max and Lambda >= 0.
func (d PERT) Validate() error {
	if d.Lambda != 0 {
		if err := positive("PERT", named{"Lambda", d.Lambda}); err != nil {
			return err
		}
	}
	return ordered("PERT", d.Min, d.Mode, d.Max)
}

// Beta returns the same law as a Beta.
func (d PERT) Beta() Beta {
	l := d.Lambda
	if l == 0 {
		l = 4
	}
	w := d.Max - d.Min
	return Beta{1 + float64(l*((d.Mode-d.Min)/w)), 1 + float64(l*((d.Max-d.Mode)/w)), d.Min, d.Max}
}

// Draw returns a variate, in the variate's unit.
func (d PERT) Draw(s *sim.Stream) float64 { return d.Beta().Draw(s) }

// Inverse draws by inversion, from one number; in the variate's unit.
func (d PERT) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Mean is in the variate's unit.
func (d PERT) Mean() float64 { return d.Beta().Mean() }

// Variance is in the square of the variate's unit.
func (d PERT) Variance() float64 { return d.Beta().Variance() }

// CDF returns the probability of at most x, x in the variate's unit.
func (d PERT) CDF(x float64) float64 { return d.Beta().CDF(x) }

// Quantile returns the x with CDF(x) = p, in the variate's unit.
func (d PERT) Quantile(p float64) float64 { return d.Beta().Quantile(p) }
