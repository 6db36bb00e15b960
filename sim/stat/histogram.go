package stat

import (
	"fmt"
	"math"

	"github.com/twinsim/twinsim/sim"
)

// A Histogram counts values in bins of equal width from Low up to but not at
// High. Counts are whole numbers, so merging is exact in any order. The zero Histogram has
// no bins: it tells apart what is below 0 and what is not.
type Histogram struct {
	Low     float64 // lower edge of the first bin, in the values' unit
	High    float64 // upper edge of the last bin, in the values' unit
	Counts  []int64 // by bin: values, or nanoseconds when it was fed with AddFor
	Under   int64   // below Low
	Over    int64   // at High or above
	Skipped int64   // NaN, which is in no bin
}

// NewHistogram returns a histogram with bins of equal width from low to high,
// both in the values' unit.
func NewHistogram(low, high float64, bins int) (Histogram, error) {
	if span := (high - low) * float64(bins); !(span > 0) || math.IsInf(span, 0) || bins < 1 || bins > 1<<24 {
		return Histogram{}, fmt.Errorf("stat: histogram of %d bins from %v to %v; want 1 to 16777216 bins and low < high, both finite", bins, low, high)
	}
	return Histogram{Low: low, High: high, Counts: make([]int64, bins)}, nil
}

// Add counts the value x, in the histogram's unit.
func (h *Histogram) Add(x float64) { h.add(x, 1) }

// AddFor counts that the level x, in the histogram's unit, lasted for a span.
func (h *Histogram) AddFor(x float64, span sim.Time) {
	if span > 0 {
		h.add(x, int64(span))
	}
}

func (h *Histogram) add(x float64, count int64) {
	switch {
	case x < h.Low:
		h.Under += count
	case x >= h.High:
		h.Over += count
	case x != x:
		h.Skipped++
	default:
		n := len(h.Counts)
		i := min(int((x-h.Low)*float64(n)/(h.High-h.Low)), n-1)
		// rounding may be off by one bin; the edges decide
		if x < h.Edge(i) {
			i--
		} else if x >= h.Edge(i+1) {
			i++
		}
		h.Counts[i] += count
	}
}

// Edge returns the lower edge of bin i, in the values' unit; Edge(len(Counts)) is High.
func (h *Histogram) Edge(i int) float64 {
	n := len(h.Counts)
	if i >= n {
		return h.High
	}
	return h.Low + float64((h.High-h.Low)*float64(i)/float64(n))
}

// Total returns the sum of all counts.
func (h *Histogram) Total() int64 {
	n := h.Under + h.Over
	for _, c := range h.Counts {
		n += c
	}
	return n
}

// Fraction returns the share of all counts that bin i has, from 0 to 1.
func (h *Histogram) Fraction(i int) float64 {
	total := h.Total()
	if total == 0 {
		return 0
	}
	return float64(h.Counts[i]) / float64(total)
}

// Quantile returns the value below which the share p of all counts lies, in the
// values' unit, as if values were spread evenly within a bin: it is off by less
// than a bin's width. It is false for an empty histogram, a p outside 0 to 1,
// and a quantile that lies outside the bins.
func (h *Histogram) Quantile(p float64) (float64, bool) {
	total := h.Total()
	if total == 0 || !(p >= 0 && p <= 1) {
		return 0, false
	}
	rest := float64(p*float64(total)) - float64(h.Under)
	if rest < 0 {
		return 0, false
	}
	for i, c := range h.Counts {
		if c > 0 && rest <= float64(c) {
			low := h.Edge(i)
			return low + float64((h.Edge(i+1)-low)*(rest/float64(c))), true
		}
		rest -= float64(c)
	}
	return 0, false
}

// Merge adds the counts of another histogram, which must have the same bins.
func (h *Histogram) Merge(o Histogram) error {
	if h.Low != o.Low || h.High != o.High || len(h.Counts) != len(o.Counts) {
		return fmt.Errorf("stat: merge histograms of %d bins from %v to %v and %d bins from %v to %v; want the same bins",
			len(h.Counts), h.Low, h.High, len(o.Counts), o.Low, o.High)
	}
	for i, c := range o.Counts {
		h.Counts[i] += c
	}
	h.Under += o.Under
	h.Over += o.Over
	h.Skipped += o.Skipped
	return nil
}

// Reset empties the bins: the end of a warm-up.
func (h *Histogram) Reset() {
	clear(h.Counts)
	h.Under, h.Over, h.Skipped = 0, 0, 0
}

// A TimeHistogram says how long a level, such as the length of a queue, was in
// each bin. The level is 0 from the run's epoch on until it is set.
type TimeHistogram struct {
	Past  Histogram // up to Last; counts are nanoseconds
	Value float64   // the level now, in its unit
	Last  sim.Time  // when the level was last set
}

// Set says that the level is v, in the histogram's unit, from now on. An earlier
// now than the latest seen counts as that. NaN is left out and counted.
func (h *TimeHistogram) Set(now sim.Time, v float64) {
	if v != v {
		h.Past.Skipped++
		return
	}
	if now > h.Last {
		h.Past.AddFor(h.Value, now-h.Last)
		h.Last = now
	}
	h.Value = v
}

// Until returns a copy of the histogram with the time from the last change to
// now counted.
func (h *TimeHistogram) Until(now sim.Time) Histogram {
	c := h.Past
	c.Counts = append([]int64(nil), c.Counts...)
	c.AddFor(h.Value, now-h.Last)
	return c
}

// Reset empties the bins and keeps the level: the end of a warm-up.
func (h *TimeHistogram) Reset(now sim.Time) {
	h.Past.Reset()
	h.Last = now
}
