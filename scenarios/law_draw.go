package scenarios

import (
	"math"

	"github.com/twinsim/twinsim/sim/detmath"
)

// Draws is the part of a random stream that laws need; *sim.Stream has it.
type Draws interface {
	Float64() float64     // in [0, 1)
	Normal() float64      // standard normal
	Exponential() float64 // of mean 1
}

// Draw draws a number, in l.Unit. How many draws it takes from the stream
// depends on the kind only (and, for normal and exponential, on the ziggurat).
// Of a choice of words it is the index of the word.
func (l *Law) Draw(r Draws) float64 {
	a := l.Args
	switch l.Kind {
	case "constant":
		return a[0]
	case "normal":
		return a[0] + a[1]*r.Normal()
	case "uniform":
		return a[0] + (a[1]-a[0])*r.Float64()
	case "triangular":
		return triangle(a[0], a[1], a[2], r.Float64())
	case "lognormal":
		return a[0] * detmath.Exp(a[1]*r.Normal())
	case "exponential":
		return a[0] * r.Exponential()
	case "weibull": // -ln(U) is exponential
		return a[1] * detmath.Pow(r.Exponential(), 1/a[0])
	case "choice":
		if i := l.pick(r.Float64()); len(l.Words) > 0 {
			return float64(i)
		} else {
			return a[i]
		}
	}
	return 0
}

// DrawWord draws one of the words of a choice of words.
func (l *Law) DrawWord(r Draws) string {
	if len(l.Words) == 0 {
		return ""
	}
	return l.Words[l.pick(r.Float64())]
}

func (l *Law) pick(u float64) int {
	for i, w := range l.Weights {
		if u < w {
			return i
		}
		u -= w
	}
	for i := len(l.Weights) - 1; i > 0; i-- { // rounding: the last one that can be drawn
		if l.Weights[i] > 0 {
			return i
		}
	}
	return 0
}

// triangle inverts the distribution function of the triangular law.
func triangle(low, mode, high, u float64) float64 {
	if high == low {
		return low
	}
	if f := (mode - low) / (high - low); u < f {
		return low + math.Sqrt(u*(high-low)*(mode-low))
	}
	return high - math.Sqrt((1-u)*(high-low)*(high-mode))
}
