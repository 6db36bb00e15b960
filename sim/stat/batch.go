package stat

import (
	"fmt"
	"math"
)

// A BatchSummary is the interval of a steady-state mean from one run. N and SD of
// its Summary are those of the batch means.
type BatchSummary struct {
	Summary
	Size       int     // values in each batch
	Lag1       float64 // autocorrelation of neighbouring batch means, -1 to 1
	VonNeumann float64 // von Neumann's ratio as a standard normal number: above 1.64 the batches are correlated
	Tau        float64 // correlation time of the series, in values, see EffectiveSize; 0 if unknown
}

// BatchMeans returns the mean of a run's series, after its warm-up was cut off,
// with an interval that allows for correlation: the series is divided into
// batches of equal size, whose means are nearly independent if the batches are
// long enough (Schmeiser 1982: 10 to 30 batches, more don't help). With batches =
// 0 there are 20. Values that don't fill a batch are left out at the front.
//
// Batches that are too short make the interval too narrow. The correlation of
// neighbouring means may show it (DoubtCorrelated), but has little power; whether
// a batch is ten correlation times long (DoubtShort) shows it better.
func BatchMeans(series []float64, batches int, confidence float64) (BatchSummary, error) {
	means, size, err := batchMeans(series, batches, confidence)
	if err != nil {
		return BatchSummary{}, err
	}
	b, err := summarizeBatches(means, size, confidence)
	if err != nil || math.IsNaN(b.SD) || len(series) < fewValues {
		return b, err
	}
	if _, b.Tau, err = EffectiveSize(series); float64(size) < 10*b.Tau {
		b.Doubts |= DoubtShort
	}
	return b, err
}

func batchMeans(series []float64, batches int, confidence float64) (means []float64, size int, err error) {
	if batches == 0 {
		batches = 20
	}
	if err := checkConfidence(confidence); err != nil {
		return nil, 0, err
	}
	if size = len(series) / max(batches, 1); batches < 2 || size < 1 {
		return nil, 0, fmt.Errorf("stat: %d batches of %d values; want 2 batches or more of a value or more", batches, len(series))
	}
	series = series[len(series)-size*batches:]
	means = make([]float64, batches)
	for i := range means {
		var sum float64
		for _, x := range series[i*size : (i+1)*size] {
			sum += x
		}
		means[i] = sum / float64(size)
	}
	return means, size, nil
}

func summarizeBatches(means []float64, size int, confidence float64) (BatchSummary, error) {
	s, err := Summarize(means, confidence)
	b := BatchSummary{Summary: s, Size: size}
	if err != nil || s.N < 2 || s.Doubts&DoubtConstant != 0 {
		return b, err
	}
	var products, steps, squares float64
	for i, x := range means {
		d := x - s.Mean
		squares += float64(d * d)
		if i > 0 {
			products += float64(d * (means[i-1] - s.Mean))
			steps += float64((x - means[i-1]) * (x - means[i-1]))
		}
	}
	if !(squares > 0) {
		return b, nil
	}
	b.Lag1 = products / squares
	// 1 - steps/(2 squares) has variance (n-2)/(n²-1) for independent normal means
	// (von Neumann 1941; Alexopoulos and Seila, Handbook of Simulation 1998, 7.4.2).
	if n := float64(s.N); s.N > 2 {
		b.VonNeumann = (1 - steps/(2*squares)) * math.Sqrt((n*n-1)/(n-2))
	}
	if b.VonNeumann > 1.6448536269514722 { // 5 % one-sided
		b.Doubts |= DoubtCorrelated
	}
	return b, nil
}

// OverlappingBatchMeans is [BatchMeans] with a variance estimated from every
// run of as many successive values as a batch has (Meketon and Schmeiser 1984):
// for the same size one and a half times the degrees of freedom, so a narrower
// and steadier interval. SD is on the scale of the mean of one batch.
func OverlappingBatchMeans(series []float64, batches int, confidence float64) (BatchSummary, error) {
	b, err := BatchMeans(series, batches, confidence)
	if err != nil || math.IsNaN(b.SD) {
		return b, err
	}
	size := b.Size
	series = series[len(series)-size*b.N:]
	n, m := float64(len(series)), float64(size)
	var window, squares float64 // sums of x - mean over the last size values, and of the squares of those sums
	for i, x := range series {
		window += x - b.Mean
		if i >= size {
			window -= series[i-size] - b.Mean
		}
		if i >= size-1 {
			squares += float64(window * window)
		}
	}
	// squares/m² sums (batch mean - mean)²; the factor makes it the variance of one batch mean.
	b.SD = math.Sqrt(squares / (m * m) * n / ((n - m + 1) * (n - m)))
	half := tQuantile(confidence, 1.5*(float64(b.N)-1)) * b.SD / math.Sqrt(float64(b.N))
	b.Low, b.High = b.Mean-half, b.Mean+half
	return b, nil
}

// Batches are batch means kept during a run of unknown length in fixed memory:
// when all places are taken, neighbours are put together and batches become
// twice as long (Yeh and Schmeiser 2000). So there are always between half of
// Places and Places of them, and an interval can be had at any time. The zero
// Batches has 40 places. Add values of a steady state only: after the warm-up,
// Reset.
type Batches struct {
	Places  int       // most batches kept; 0 is 40. An even number; set it before the first Add
	Size    int64     // values in each batch
	Means   []float64 // of full batches, in the values' unit
	Sum     float64   // of the values of the batch under way, in their unit
	Under   int64     // how many those are
	Skipped int64     // values left out because they were NaN or infinite
}

// Add takes in the next value of the series, in its unit.
func (b *Batches) Add(x float64) {
	if x-x != 0 { // NaN or infinite
		b.Skipped++
		return
	}
	b.Sum += x
	b.Under++
	if b.Under < b.Size {
		return
	}
	places := max(b.Places+b.Places%2, 2)
	if b.Places <= 0 {
		places = 40
	}
	if b.Means == nil {
		b.Size, b.Means = 1, make([]float64, 0, places)
	}
	b.Means = append(b.Means, b.Sum/float64(b.Under))
	b.Sum, b.Under = 0, 0
	if len(b.Means) < places {
		return
	}
	for i := range places / 2 {
		b.Means[i] = (b.Means[2*i] + b.Means[2*i+1]) / 2
	}
	b.Means = b.Means[:places/2]
	b.Size *= 2
}

// Interval returns the mean of all full batches with its interval, as
// [BatchMeans] does. It changes nothing.
func (b *Batches) Interval(confidence float64) (BatchSummary, error) {
	s, err := summarizeBatches(b.Means, int(b.Size), confidence)
	if err == nil && b.Skipped > 0 {
		s.Doubts |= DoubtSkipped
	}
	return s, err
}

// Reset forgets all values: the end of a warm-up.
func (b *Batches) Reset() { *b = Batches{Places: b.Places, Means: b.Means[:0], Size: min(b.Size, 1)} }
