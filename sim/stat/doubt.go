package stat

import (
	"math"
	"strings"
)

// Doubts are reasons not to trust an interval; the zero Doubts is none. They are
// found in the data, so none is no proof.
type Doubts uint16

// The reasons.
const (
	// DoubtFew: fewer than ten values, so that nothing can be said about their
	// distribution, on which a t interval then leans.
	DoubtFew Doubts = 1 << iota
	// DoubtSkewed: for the skewness g1 of the values there are too few of them:
	// n < 25 g1² (Cochran, Sampling Techniques, 3rd ed. 1977, section 2.15: with more, a 95 %
	// interval misses at most 6 % of the time), and g1 is more than two standard
	// errors from 0.
	DoubtSkewed
	// DoubtConstant: all values are equal, so that the interval has no width. Have
	// all replications the same seed?
	DoubtConstant
	// DoubtSkipped: NaN or infinite values were left out.
	DoubtSkipped
	// DoubtCorrelated: neighbouring values are correlated (von Neumann's ratio), so that
	// the interval of their mean is too narrow or too wide.
	DoubtCorrelated
	// DoubtShort: a batch is shorter than ten correlation times of the series, so
	// that the interval is probably too narrow. Make the run longer.
	DoubtShort
	// DoubtTail: too few values lie beyond the quantile to place it: n p or n (1-p)
	// is below 5.
	DoubtTail
)

var doubtWords = []string{
	"fewer than ten values",
	"skewed for so few values",
	"all values are equal",
	"NaN or infinite values were left out",
	"neighbouring values are correlated",
	"batches shorter than ten correlation times",
	"too few values beyond the quantile",
}

// String returns the reasons in words, joined by "; ", or "" for none.
func (d Doubts) String() string {
	var b strings.Builder
	for i, w := range doubtWords {
		if d&(1<<i) == 0 {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(w)
	}
	return b.String()
}

const fewValues = 10

// doubtsOfMean looks for reasons against a t interval of the mean.
func doubtsOfMean(t *Tally) Doubts {
	var d Doubts
	if t.N < fewValues {
		d |= DoubtFew
	}
	if t.Skipped > 0 {
		d |= DoubtSkipped
	}
	if t.N >= 2 && t.Min == t.Max {
		return d | DoubtConstant
	}
	n, g := float64(t.N), t.Skewness()
	if t.N >= 3 && n < 25*g*g && math.Abs(g) > 2*math.Sqrt(6*(n-2)/((n+1)*(n+3))) {
		d |= DoubtSkewed
	}
	return d
}
