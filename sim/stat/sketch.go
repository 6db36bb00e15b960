package stat

import (
	"fmt"
	"math"
	"slices"
)

// A Sketch is a summary of a distribution from which any quantile can be read
// with a bounded relative error, whatever the values' range: the median and the
// worst percent of waiting times from one pass. The zero Sketch is empty and
// has a relative error of at most 1/257.
//
// It counts values in buckets that divide each power of two into 2^Bits equal
// parts. That is the idea of DDSketch (Masson, Rim and Lee, VLDB 2019) with a
// bucket's number taken from the bits of the float instead of its logarithm: 1.44
// times the buckets, no rounding, a few ns. It was preferred to the t-digest, which is
// smaller but depends on the order of values and of merges and has no bound on its error: here
// the state is a set of counts, so any order of adding and merging gives the same bits.
//
// Memory is 8 bytes a bucket between the smallest and the largest value of each
// sign: at the default 31 KB for values from a millisecond to eleven days, and never
// more than 2.1 MB a sign.
type Sketch struct {
	Bits    int     // log2 of the buckets in each power of two, 1 to 12; 0 is 7. Set it before the first Add
	N       int64   // values added
	Skipped int64   // values left out because they were NaN or infinite
	Zeros   int64   // values within 2.3e-308 of 0
	Min     float64 // smallest value, in the values' unit; 0 when empty
	Max     float64 // largest value, in the values' unit; 0 when empty
	Plus    Buckets // values above 0
	Minus   Buckets // values below 0, by their magnitude
}

// Buckets are counts of a Sketch, without empty buckets at either end.
type Buckets struct {
	First  int // number of the first bucket
	Counts []int64
}

const smallestNormal = 0x1p-1022

func (s *Sketch) bits() uint {
	if s.Bits == 0 {
		return 7
	}
	return uint(min(max(s.Bits, 1), 12))
}

// Error returns the bound of a quantile's relative error, a pure number:
// 1/(2^(Bits+1)+1).
func (s *Sketch) Error() float64 { return 1 / float64(int(2)<<s.bits()+1) }

// Add counts the value x, in the sketch's unit. It allocates only when x is
// outside the range of values seen.
func (s *Sketch) Add(x float64) {
	if x-x != 0 { // NaN or infinite
		s.Skipped++
		return
	}
	if s.N == 0 {
		s.Min, s.Max = x, x
	}
	s.N++
	if x < s.Min {
		s.Min = x
	}
	if x > s.Max {
		s.Max = x
	}
	if k := int(math.Float64bits(x) & (1<<63 - 1) >> (52 - s.bits())); math.Abs(x) < smallestNormal {
		s.Zeros++
	} else if x > 0 {
		s.Plus.add(k, 1)
	} else {
		s.Minus.add(k, 1)
	}
}

func (b *Buckets) add(k int, count int64) {
	i := k - b.First
	if i < 0 || i >= len(b.Counts) {
		i = b.grow(k)
	}
	b.Counts[i] += count
}

// grow makes room for bucket k and returns its index.
func (b *Buckets) grow(k int) int {
	switch {
	case len(b.Counts) == 0:
		b.First = k
		b.Counts = append(b.Counts, 0)
	case k < b.First:
		b.Counts = slices.Insert(b.Counts, 0, make([]int64, b.First-k)...)
		b.First = k
	default:
		b.Counts = append(b.Counts, make([]int64, k-b.First+1-len(b.Counts))...)
	}
	return k - b.First
}

// Quantile returns an estimate of the k-th smallest value, k = 1 + floor(p (N-1)),
// in the values' unit, off by at most Error times that value's magnitude. It is
// false for an empty sketch and a p outside 0 to 1.
func (s *Sketch) Quantile(p float64) (float64, bool) {
	if s.N == 0 || !(p >= 0 && p <= 1) {
		return 0, false
	}
	rank := min(int64(p*float64(s.N-1)), s.N-1) // 0 is the smallest
	x := s.ranked(rank)
	return min(max(x, s.Min), s.Max), true
}

func (s *Sketch) ranked(rank int64) float64 {
	for i, c := range slices.Backward(s.Minus.Counts) {
		if rank < c {
			return -s.middle(s.Minus.First + i)
		}
		rank -= c
	}
	if rank < s.Zeros {
		return 0
	}
	rank -= s.Zeros
	for i, c := range s.Plus.Counts {
		if rank < c {
			return s.middle(s.Plus.First + i)
		}
		rank -= c
	}
	return s.Max
}

// middle returns the value of least relative error for bucket k: the harmonic
// mean of its edges.
func (s *Sketch) middle(k int) float64 {
	shift := 52 - s.bits()
	a := math.Float64frombits(uint64(k) << shift)
	width := math.Float64frombits(uint64(k+1)<<shift) - a
	if math.IsInf(width, 0) { // the last bucket: its upper edge is no float
		width = math.Float64frombits(uint64(k)<<shift) - math.Float64frombits(uint64(k-1)<<shift)
	}
	return a + width/(2+width/a)
}

// Merge adds the values of another sketch, which must have the same Bits. The
// result is what adding them one by one would have given, bit for bit.
func (s *Sketch) Merge(o Sketch) error {
	if s.bits() != o.bits() {
		return fmt.Errorf("stat: merge sketches of %d and %d bits; want the same", s.bits(), o.bits())
	}
	s.Skipped += o.Skipped
	if o.N == 0 {
		return nil
	}
	if s.N == 0 {
		s.Min, s.Max = o.Min, o.Max
	}
	s.N += o.N
	s.Zeros += o.Zeros
	s.Min, s.Max = min(s.Min, o.Min), max(s.Max, o.Max)
	s.Plus.merge(o.Plus)
	s.Minus.merge(o.Minus)
	return nil
}

func (b *Buckets) merge(o Buckets) {
	if len(o.Counts) == 0 {
		return
	}
	b.add(o.First, 0)
	b.add(o.First+len(o.Counts)-1, 0)
	for i, c := range o.Counts {
		b.Counts[o.First-b.First+i] += c
	}
}

// Reset empties the sketch: the end of a warm-up.
func (s *Sketch) Reset() { *s = Sketch{Bits: s.Bits} }
