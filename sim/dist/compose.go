package dist

import (
	"fmt"
	"math"

	"github.com/twinsim/twinsim/sim"
)

// Hyperexponential is a mixture of exponential laws. Draw takes two numbers or, in
// 2.2 % of the cases, more. Make it with [NewHyperexponential].
type Hyperexponential struct {
	Scales []float64 // means of the phases, in the variate's unit
	Cum    []float64 // running sums of their probabilities, the last 1
}

// NewHyperexponential returns the mixture of exponential laws of the given means,
// in the variate's unit, with probabilities in proportion to weights.
func NewHyperexponential(scales, weights []float64) (*Hyperexponential, error) {
	if len(scales) != len(weights) {
		return nil, fmt.Errorf("dist: hyperexponential: %d scales and %d weights: want as many", len(scales), len(weights))
	}
	cum, err := cumulate("hyperexponential", weights)
	if err != nil {
		return nil, err
	}
	d := &Hyperexponential{append([]float64(nil), scales...), cum}
	if err := d.Validate(); err != nil {
		return nil, err
	}
	return d, nil
}

// Validate returns an error unless there are phases with positive scales.
func (d *Hyperexponential) Validate() error {
	if len(d.Scales) == 0 || len(d.Cum) != len(d.Scales) {
		return fmt.Errorf("dist: hyperexponential: %w", errUnmade)
	}
	for i, s := range d.Scales {
		if err := positive("hyperexponential", named{fmt.Sprintf("scale %d", i), s}); err != nil {
			return err
		}
	}
	return nil
}

// Draw returns a variate, in the variate's unit.
func (d *Hyperexponential) Draw(s *sim.Stream) float64 {
	if len(d.Cum) == 0 {
		return math.NaN()
	}
	i := pick(d.Cum, s.Float64())
	return float64(d.Scales[i] * s.Exponential())
}

// Inverse draws by inversion, from one number; in the variate's unit.
func (d *Hyperexponential) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// sum returns the weighted sum of f over the phases' scales.
func (d *Hyperexponential) sum(f func(scale float64) float64) float64 {
	total, below := 0.0, 0.0
	for i, c := range d.Cum {
		if c > below {
			total += float64((c - below) * f(d.Scales[i]))
		}
		below = c
	}
	return total
}

// Mean is in the variate's unit.
func (d *Hyperexponential) Mean() float64 {
	return d.sum(func(s float64) float64 { return s })
}

// Variance is in the square of the variate's unit.
func (d *Hyperexponential) Variance() float64 {
	m := d.Mean()
	return d.sum(func(s float64) float64 { return float64(s*s) + float64((s-m)*(s-m)) })
}

// CDF returns the probability of at most x, x in the variate's unit.
func (d *Hyperexponential) CDF(x float64) float64 {
	return min(1, d.sum(func(s float64) float64 { return Exponential{s}.CDF(x) }))
}

// Quantile returns the x with CDF(x) = p, in the variate's unit, by halving (some
// microseconds).
func (d *Hyperexponential) Quantile(p float64) float64 {
	if cannot(p) || p == 0 || p == 1 {
		return Exponential{1}.Quantile(p)
	}
	lo, hi := math.Inf(1), 0.0
	for _, s := range d.Scales {
		x := Exponential{s}.Quantile(p)
		lo, hi = min(lo, x), max(hi, x)
	}
	return bisect(d.CDF, p, lo, hi)
}

// Mixture draws from one of several laws. Draw takes one number for the choice and
// those of the chosen law. Make it with [NewMixture].
type Mixture struct {
	Parts []Distribution
	Cum   []float64 // running sums of their probabilities, the last 1
}

// NewMixture returns the law that draws from parts[i] with a probability in
// proportion to weights[i]. All parts are in one unit.
func NewMixture(parts []Distribution, weights []float64) (*Mixture, error) {
	if len(parts) != len(weights) {
		return nil, fmt.Errorf("dist: mixture: %d parts and %d weights: want as many", len(parts), len(weights))
	}
	cum, err := cumulate("mixture", weights)
	if err != nil {
		return nil, err
	}
	d := &Mixture{append([]Distribution(nil), parts...), cum}
	if err := d.Validate(); err != nil {
		return nil, err
	}
	return d, nil
}

// Validate returns an error unless there are parts, all of them valid.
func (d *Mixture) Validate() error {
	if len(d.Parts) == 0 || len(d.Cum) != len(d.Parts) {
		return fmt.Errorf("dist: mixture: %w", errUnmade)
	}
	for i, p := range d.Parts {
		if p == nil {
			return fmt.Errorf("dist: mixture: part %d is nil", i)
		}
		if err := p.Validate(); err != nil {
			return fmt.Errorf("dist: mixture: part %d: %w", i, err)
		}
	}
	return nil
}

// Draw returns a variate, in the variate's unit.
func (d *Mixture) Draw(s *sim.Stream) float64 {
	if len(d.Cum) == 0 {
		return math.NaN()
	}
	return d.Parts[pick(d.Cum, s.Float64())].Draw(s)
}

// Inverse draws by inversion, from one number; in the variate's unit.
func (d *Mixture) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// sum returns the weighted sum of f over the parts.
func (d *Mixture) sum(f func(p Distribution) float64) float64 {
	total, below := 0.0, 0.0
	for i, c := range d.Cum {
		if c > below {
			total += float64((c - below) * f(d.Parts[i]))
		}
		below = c
	}
	return total
}

// Mean is in the variate's unit.
func (d *Mixture) Mean() float64 { return d.sum(func(p Distribution) float64 { return p.Mean() }) }

// Variance is in the square of the variate's unit.
func (d *Mixture) Variance() float64 {
	m := d.Mean()
	return d.sum(func(p Distribution) float64 {
		e := p.Mean() - m
		return p.Variance() + float64(e*e)
	})
}

// CDF returns the probability of at most x, x in the variate's unit.
func (d *Mixture) CDF(x float64) float64 {
	return min(1, d.sum(func(p Distribution) float64 { return p.CDF(x) }))
}

// Quantile returns the least x with CDF(x) >= p, in the variate's unit, by halving
// (some microseconds).
func (d *Mixture) Quantile(p float64) float64 {
	if cannot(p) {
		return math.NaN()
	}
	lo, hi, below := math.Inf(1), math.Inf(-1), 0.0
	for i, c := range d.Cum {
		if c > below {
			x := d.Parts[i].Quantile(p)
			lo, hi = min(lo, x), max(hi, x)
		}
		below = c
	}
	if p == 0 || p == 1 || lo == hi {
		if p == 0 {
			return lo
		}
		return hi
	}
	return bisect(d.CDF, p, lo, hi)
}

// Truncated is a law kept to (Min, Max]: what Of gives on condition that it falls
// there. Draw takes one number, by inversion, and so never retries; where Of has
// less than about 1e-10 of its probability above Min the last digits are coarse.
// Infinite bounds are allowed.
type Truncated struct {
	Of       Distribution
	Min, Max float64 // in the variate's unit
}

// Validate returns an error unless Of is valid and has probability in (Min, Max].
func (d Truncated) Validate() error {
	if d.Of == nil {
		return fmt.Errorf("dist: truncated: Of is nil: want a distribution")
	}
	if err := d.Of.Validate(); err != nil {
		return fmt.Errorf("dist: truncated: %w", err)
	}
	if !(d.Min < d.Max) {
		return fmt.Errorf("dist: truncated: Min %v, Max %v: want Min < Max", d.Min, d.Max)
	}
	if lo, hi := d.ends(); !(hi > lo) {
		return fmt.Errorf("dist: truncated: the law has no probability between %v and %v", d.Min, d.Max)
	}
	return nil
}

// ends returns the probabilities of Of at Min and Max.
func (d Truncated) ends() (lo, hi float64) {
	hi = 1
	if d.Min >= -math.MaxFloat64 {
		lo = d.Of.CDF(d.Min)
	}
	if d.Max <= math.MaxFloat64 {
		hi = d.Of.CDF(d.Max)
	}
	return lo, hi
}

// Draw returns a variate, in the variate's unit.
func (d Truncated) Draw(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Inverse is Draw.
func (d Truncated) Inverse(s *sim.Stream) float64 { return d.Quantile(s.Open()) }

// Mean is in the variate's unit, by numerical integration (some hundred quantiles),
// to about 1e-9 of the deviation for laws without jumps.
func (d Truncated) Mean() float64 {
	return expect(d.Quantile, func(x float64) float64 { return x })
}

// Variance is in the square of the variate's unit, by numerical integration.
func (d Truncated) Variance() float64 {
	m := d.Mean()
	return expect(d.Quantile, func(x float64) float64 { return float64((x - m) * (x - m)) })
}

// CDF returns the probability of at most x, x in the variate's unit.
func (d Truncated) CDF(x float64) float64 {
	switch {
	case x <= d.Min:
		return 0
	case x >= d.Max:
		return 1
	}
	lo, hi := d.ends()
	return max(0, min(1, (d.Of.CDF(x)-lo)/(hi-lo)))
}

// Quantile returns the least x with CDF(x) >= p, in the variate's unit.
func (d Truncated) Quantile(p float64) float64 {
	if cannot(p) {
		return math.NaN()
	}
	lo, hi := d.ends()
	return max(d.Min, min(d.Max, d.Of.Quantile(min(lo+float64(p*(hi-lo)), hi))))
}
