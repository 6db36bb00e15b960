package stat

import "math"

// A Tally is a running summary of values that each count once: waiting times,
// lengths of stay, the result of each replication. It keeps moments about the
// mean (Welford 1962; third moment and merging: Chan, Golub and LeVeque 1983,
// Pébay 2008), so a large offset does not eat the digits of the spread. The
// zero Tally is empty. NaN and infinities are left out and counted in Skipped.
type Tally struct {
	N       int64   // values added
	Skipped int64   // values left out because they were NaN or infinite
	Mean    float64 // in the values' unit; 0 when empty
	M2      float64 // sum of squared deviations from the mean, in the unit squared
	M3      float64 // sum of cubed deviations, in the unit cubed
	Min     float64 // in the values' unit; 0 when empty
	Max     float64 // in the values' unit; 0 when empty
}

// Add takes in one value x, in the unit of the tally.
func (t *Tally) Add(x float64) {
	if x-x != 0 { // NaN or infinite
		t.Skipped++
		return
	}
	if t.N == 0 {
		t.N, t.Mean, t.Min, t.Max = 1, x, x, x
		return
	}
	n1 := float64(t.N)
	t.N++
	n := n1 + 1
	d := x - t.Mean
	dn := d / n
	term := float64(d * dn * n1)
	t.Mean += dn
	t.M3 += float64(term*dn*(n-2)) - float64(3*dn*t.M2)
	t.M2 += term
	if x < t.Min {
		t.Min = x
	}
	if x > t.Max {
		t.Max = x
	}
}

// Sum returns the sum of the values, in their unit.
func (t *Tally) Sum() float64 { return t.Mean * float64(t.N) }

// Variance returns the sample variance (divided by n-1), in the unit squared; 0
// for fewer than two values.
func (t *Tally) Variance() float64 {
	if t.N < 2 {
		return 0
	}
	return t.M2 / float64(t.N-1)
}

// SD returns the sample standard deviation, in the values' unit; 0 for fewer
// than two values.
func (t *Tally) SD() float64 { return math.Sqrt(t.Variance()) }

// Skewness returns the moment coefficient g1 = m3/m2^1.5, a pure number; 0 for
// values that are all equal.
func (t *Tally) Skewness() float64 {
	if t.N < 2 || !(t.M2 > 0) {
		return 0
	}
	return math.Sqrt(float64(t.N)) * t.M3 / (t.M2 * math.Sqrt(t.M2))
}

// Merge adds the values of another tally, as if each had been added here. The
// result is the same but for rounding, so where bits must not depend on who
// worked, merge in an order that the scenario fixes.
func (t *Tally) Merge(o Tally) {
	skipped := t.Skipped + o.Skipped
	switch {
	case o.N == 0:
	case t.N == 0:
		*t = o
	default:
		a, b := float64(t.N), float64(o.N)
		n := a + b
		d := o.Mean - t.Mean
		dn := d / n
		cross := float64(d * dn * a * b)
		t.M3 += o.M3 + float64(cross*dn*(a-b)) + float64(3*dn*(float64(a*o.M2)-float64(b*t.M2)))
		t.M2 += o.M2 + cross
		t.Mean += float64(dn * b)
		t.N += o.N
		t.Min = min(t.Min, o.Min)
		t.Max = max(t.Max, o.Max)
	}
	t.Skipped = skipped
}

// Reset empties the tally, as at the end of a warm-up.
func (t *Tally) Reset() { *t = Tally{} }

// Interval returns the summary of the values with Student's t interval of their
// mean at the given confidence, such as 0.95. It supposes independent values:
// of the customers of one run it is far too narrow, see [BatchMeans]. What is
// known against it is in the summary's Doubts.
func (t *Tally) Interval(confidence float64) (Summary, error) {
	if err := checkConfidence(confidence); err != nil {
		return Summary{}, err
	}
	s := Summary{N: int(t.N), Mean: t.Mean, SD: t.SD(), Low: math.Inf(-1), High: math.Inf(1), Skewness: t.Skewness()}
	if t.N >= 2 {
		half := tQuantile(confidence, float64(t.N-1)) * s.SD / math.Sqrt(float64(t.N))
		s.Low, s.High = s.Mean-half, s.Mean+half
	}
	s.Doubts = doubtsOfMean(t)
	return s, nil
}
