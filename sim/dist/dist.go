package dist

import (
	"errors"
	"fmt"
	"math"

	"github.com/twinsim/twinsim/sim"
)

// Dist is a law of random numbers: what a model needs of it.
type Dist interface {
	// Draw returns one variate, in the variate's unit.
	Draw(s *sim.Stream) float64
	// Mean returns the expectation, in the variate's unit.
	Mean() float64
}

// Distribution is a Dist with its functions; every type of this package is one.
type Distribution interface {
	Dist
	// Variance is in the square of the variate's unit.
	Variance() float64
	// CDF returns the probability of at most x, x in the variate's unit.
	CDF(x float64) float64
	// Quantile returns the least x with CDF(x) >= p, in the variate's unit; NaN for p outside [0, 1].
	Quantile(p float64) float64
	// Validate returns an error that says which parameter cannot be.
	Validate() error
}

// Span draws a span of time from a law in seconds. A draw that is negative or no
// number is an error: a delay must not be either. Truncated keeps a law from them.
func Span(d Dist, s *sim.Stream) (sim.Time, error) {
	x := d.Draw(s)
	if !(x >= 0) {
		return 0, fmt.Errorf("dist: %v s was drawn for a span of time; want 0 or more: keep the law to [0, ...] with Truncated, or Validate it", x)
	}
	return sim.FromSeconds(x)
}

// named is one parameter in a message.
type named struct {
	name  string
	value float64
}

// positive returns an error unless every parameter is positive and finite.
func positive(law string, ps ...named) error {
	for _, p := range ps {
		if !(p.value > 0 && p.value <= math.MaxFloat64) {
			return fmt.Errorf("dist: %s: %s is %v: want a positive finite number", law, p.name, p.value)
		}
	}
	return nil
}

// finite returns an error unless every parameter is finite.
func finite(law string, ps ...named) error {
	for _, p := range ps {
		if !(math.Abs(p.value) <= math.MaxFloat64) {
			return fmt.Errorf("dist: %s: %s is %v: want a finite number", law, p.name, p.value)
		}
	}
	return nil
}

// ordered returns an error unless lo < hi and mode lies between them.
func ordered(law string, lo, mode, hi float64) error {
	if err := finite(law, named{"Min", lo}, named{"Mode", mode}, named{"Max", hi}); err != nil {
		return err
	}
	if !(lo < hi && lo <= mode && mode <= hi) {
		return fmt.Errorf("dist: %s: Min %v, Mode %v, Max %v: want Min <= Mode <= Max and Min < Max", law, lo, mode, hi)
	}
	if hi-lo > math.MaxFloat64 {
		return fmt.Errorf("dist: %s: Min %v and Max %v are too far apart", law, lo, hi)
	}
	return nil
}

// cumulate returns the running sums of weights over their total, the last exactly 1.
func cumulate(law string, weights []float64) ([]float64, error) {
	if len(weights) == 0 {
		return nil, fmt.Errorf("dist: %s: no weights: want one or more", law)
	}
	total := 0.0
	for i, w := range weights {
		if !(w >= 0 && w <= math.MaxFloat64) {
			return nil, fmt.Errorf("dist: %s: weight %d is %v: want a finite number >= 0", law, i, w)
		}
		total += w
	}
	if !(total > 0 && total <= math.MaxFloat64) {
		return nil, fmt.Errorf("dist: %s: the weights sum to %v: want a positive finite sum", law, total)
	}
	cum := make([]float64, len(weights))
	sum, last := 0.0, 0
	for i, w := range weights {
		sum += w
		cum[i] = min(sum/total, 1)
		if w > 0 {
			last = i
		}
	}
	for i := last; i < len(cum); i++ {
		cum[i] = 1
	}
	return cum, nil
}

// pick returns the first index whose running sum exceeds u in [0, 1).
func pick(cum []float64, u float64) int {
	lo, hi := 0, len(cum)-1
	for lo < hi {
		mid := (lo + hi) / 2
		if cum[mid] > u {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// errUnmade is what Validate says of a zero value that needs its New function.
var errUnmade = errors.New("no table: make it with its New function")

// cannot says that p is no probability.
func cannot(p float64) bool { return !(p >= 0 && p <= 1) }
