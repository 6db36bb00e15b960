package detmath

import "math"

// Source is a stream of independent uniformly distributed 64-bit words.
type Source interface{ Uint64() uint64 }

// Uniform maps a random word to a multiple of 2^-53 in [0, 1), by its top 53 bits.
func Uniform(u uint64) float64 { return float64(u>>11) * 0x1p-53 }

// UniformOpen maps a random word to the middle of one of 2^52 equal cells of (0, 1),
// by its top 52 bits; 1 - UniformOpen(u) is UniformOpen(^u).
func UniformOpen(u uint64) float64 { return (float64(u>>12) + 0.5) * 0x1p-52 }

// ExponentialFast returns an exponential variate of mean 1 from u alone in 97.8 %
// of the cases; where ok is false, ExponentialSlow(u, next) must finish the draw.
// Ziggurat of Marsaglia and Tsang (2000) with 256 layers; layer and place come
// from different bits of u.
func ExponentialFast(u uint64) (x float64, ok bool) {
	i := u & 255
	return float64(u>>11) * exponentialWidth[i], u>>11 < exponentialKeep[i]
}

// ExponentialSlow finishes a draw whose word u ExponentialFast did not accept, with
// words from next: a function, not a Source, since what hides behind an interface
// would have to live on the heap.
func ExponentialSlow(u uint64, next func() uint64) float64 {
	for {
		x, ok := ExponentialFast(u)
		if ok {
			return x
		}
		i := u & 255
		if i == 0 { // the tail is exponential again
			return exponentialTail + ExponentialInv(Uniform(next()))
		}
		f := exponentialHeight[i]
		if f+float64(Uniform(next())*(exponentialHeight[i-1]-f)) < Exp(-x) {
			return x
		}
		u = next()
	}
}

// Exponential draws an exponential variate of mean 1 from src by the ziggurat; it
// takes one word in 97.8 % of the cases.
func Exponential(src Source) float64 {
	u := src.Uint64()
	if x, ok := ExponentialFast(u); ok {
		return x
	}
	return ExponentialSlow(u, src.Uint64)
}

// NormalFast returns a standard normal variate from u alone in 98.5 % of the
// cases; where ok is false, NormalSlow(u, src) must finish the draw. Ziggurat of
// Marsaglia and Tsang (2000) with 256 layers; layer and place come from different
// bits of u.
func NormalFast(u uint64) (x float64, ok bool) {
	j := int64(u) >> 11 // sign and 52 bits
	i := u & 255
	return float64(j) * normalWidth[i], uint64(j^j>>63) < normalKeep[i]
}

// NormalSlow finishes a draw whose word u NormalFast did not accept, with words
// from next.
func NormalSlow(u uint64, next func() uint64) float64 {
	for {
		x, ok := NormalFast(u)
		if ok {
			return x
		}
		i := u & 255
		if i == 0 {
			return normalBeyond(x < 0, next)
		}
		f := normalHeight[i]
		if f+float64(Uniform(next())*(normalHeight[i-1]-f)) < Exp(-0.5*float64(x*x)) {
			return x
		}
		u = next()
	}
}

// normalBeyond draws from the tail of the normal beyond the ziggurat (Marsaglia 1964).
func normalBeyond(negative bool, next func() uint64) float64 {
	for {
		x := float64(ExponentialInv(Uniform(next())) * (1 / normalTail))
		y := ExponentialInv(Uniform(next()))
		if y+y >= float64(x*x) {
			x += normalTail
			if negative {
				return -x
			}
			return x
		}
	}
}

// Normal draws a standard normal variate from src by the ziggurat; it takes one
// word in 98.5 % of the cases.
func Normal(src Source) float64 {
	u := src.Uint64()
	if x, ok := NormalFast(u); ok {
		return x
	}
	return NormalSlow(u, src.Uint64)
}

// ExponentialInv returns the quantile at u in [0, 1] of the exponential
// distribution of mean 1: a u in [0, 1) gives a finite value >= 0, 1 gives +Inf,
// and a u outside [0, 1] NaN.
func ExponentialInv(u float64) float64 {
	if u == 0 {
		return 0
	}
	if !(u > 0) {
		return math.NaN()
	}
	return -Log1p(-u)
}

// NormalInv returns the quantile at p of the standard normal distribution: -Inf at
// 0, +Inf at 1, NaN outside [0, 1]. It is odd about 1/2 and never decreases as p
// grows: within an interval it is a sum of products of positive numbers, and the
// tables make it step up, if at all, from one interval to the next. Largest error
// seen: 1.4 ulp.
func NormalInv(p float64) float64 {
	q := p
	if p > 0.5 {
		q = 1 - p // exact
	}
	b := math.Float64bits(q)
	i := (b - 0x3f30000000000000) >> 49 // eighths of octaves above 2^-12
	if i >= uint64(len(quantileTable)) {
		return normalInvTail(p, q)
	}
	t := math.Float64frombits((b>>49+1)<<49) - q // exact
	c := &quantileTable[i]
	t2 := float64(t * t)
	t4 := float64(t2 * t2)
	l := (c[1] + float64(t*c[2])) + float64(t2*(c[3]+float64(t*c[4])))
	h := ((c[5] + float64(t*c[6])) + float64(t2*(c[7]+float64(t*c[8])))) + float64(t4*c[9])
	x := c[0] + float64(t*(l+float64(t4*h)))
	if p < 0.5 {
		return -x
	}
	return x
}

// normalInvTail is NormalInv for tails q outside [2^-12, 1/2).
func normalInvTail(p, q float64) float64 {
	switch {
	case p == 0.5:
		return 0
	case p == 0:
		return math.Inf(-1)
	case p == 1:
		return math.Inf(1)
	case !(p > 0 && p < 1):
		return math.NaN()
	}
	// L = -log q, monotone in q like the rest.
	bias := 0.0
	if q < 0x1p-1022 {
		q *= 0x1p52
		bias = 52
	}
	b := math.Float64bits(q)
	j := b >> 47 & 31
	m := math.Float64frombits(b&(1<<52-1) | 0x3ff0000000000000)
	top := 1 + float64(float64(j+1)*0x1p-5)
	z := (top - m) / top
	c := &tailLogPoly
	s := c[7]
	for n := 6; n >= 0; n-- {
		s = c[n] + float64(s*z)
	}
	k := bias - float64(int64(b>>52)-1023)
	l := (float64(k*ln2Hi) - tailLog[j].hi) + ((float64(k*ln2Lo) - tailLog[j].lo) + (z + float64(float64(z*z)*s)))
	b = math.Float64bits(l)
	row := &quantileTail[(b-0x4020000000000000)>>49]
	t := math.Float64frombits((b>>49+1)<<49) - l
	d := 0.0
	for n := len(row) - 1; n >= 1; n-- {
		d = float64((d + row[n]) * t)
	}
	x := row[0] - d
	if p < 0.5 {
		return -x
	}
	return x
}
