package detmath

import "math"

// logEntry is a short reciprocal inv of the numbers it serves, and -log inv as a
// multiple of 2^-42 and a rest.
type logEntry struct{ inv, hi, lo float64 }

const (
	logOff   = 0x3fe6000000000000 // bits of 0.6875, where the table begins
	highMask = 0xffffffff00000000 // keeps 21 bits of a float64's fraction
)

// Log returns the natural logarithm of x. Largest error seen: 0.51 ulp.
func Log(x float64) float64 {
	ix := math.Float64bits(x)
	var bias int64
	if ix-0x0010000000000000 >= posInf-0x0010000000000000 {
		if special, ok := logEdge(x); ok {
			return special
		}
		ix = math.Float64bits(x * 0x1p52)
		bias = 52
	}
	t := ix - logOff
	e := &logTable[t>>45&127]
	k := float64(int64(t)>>52 - bias)
	iz := ix - t&^(1<<52-1)
	zh := math.Float64frombits(iz & highMask)
	zl := math.Float64frombits(iz) - zh
	r := (float64(zh*e.inv) - 1) + float64(zl*e.inv) // the products are exact
	w := float64(k*ln2Hi) + e.hi                     // exact
	hi := w + r
	lo := ((w - hi) + r) + (float64(k*ln2Lo) + e.lo)
	c := &logPoly
	r2 := float64(r * r)
	q := (c[0] + float64(r*c[1])) + float64(r2*((c[2]+float64(r*c[3]))+float64(r2*(c[4]+float64(r*c[5])))))
	return hi + (lo + float64(r2*(float64(r*q)-0.5)))
}

// logEdge handles what is not a positive normal number; ok is false for subnormal x.
func logEdge(x float64) (float64, bool) {
	switch {
	case x == 0:
		return math.Inf(-1), true
	case x < 0:
		return math.NaN(), true
	case x != x || x > math.MaxFloat64:
		return x, true
	}
	return 0, false
}

// logPair returns log(x+xl) as an unevaluated sum with about 68 good bits, for a positive
// normal number x (given by its bits and an exponent to take off) and |xl| below its last place.
func logPair(ix uint64, bias int64, xl float64) (hi, lo float64) {
	t := ix - logOff
	e := &logTable[t>>45&127]
	ki := int64(t) >> 52
	k := float64(ki - bias)
	iz := ix - t&^(1<<52-1)
	zh := math.Float64frombits(iz & highMask)
	zl := math.Float64frombits(iz) - zh
	if xl != 0 {
		xl *= math.Float64frombits(uint64(1023-ki) << 52)
		xl = float64(xl * e.inv)
	}
	r0 := float64(zh*e.inv) - 1
	r1 := float64(zl * e.inv)
	r := (r0 + r1) + xl
	rl := ((r0 - r) + r1) + xl
	w := float64(k*ln2Hi) + e.hi
	hi = w + r
	lo = ((w - hi) + r) + rl + (float64(k*ln2Lo) + e.lo)
	// -r^2/2 exactly, in two parts.
	rh := math.Float64frombits(math.Float64bits(r) & 0xfffffffff8000000)
	rm := r - rh
	s := float64(-0.5 * float64(rh*rh))
	sl := float64(-0.5*float64(rm*(rh+r))) - float64(r*rl)
	h := hi + s
	lo += ((hi - h) + s) + sl
	c := &logPolyLong
	r2 := float64(r * r)
	q := (c[0] + float64(r*c[1])) + float64(r2*(c[2]+float64(r*c[3])))
	q += float64(float64(r2*r2) * ((c[4] + float64(r*c[5])) + float64(r2*(c[6]+float64(r*c[7])))))
	lo += float64(float64(r2*r) * q)
	hi = h + lo
	return hi, lo + (h - hi)
}

// Log1p returns log(1+x), accurate near 0. Largest error seen: 0.51 ulp.
func Log1p(x float64) float64 {
	if !(x > -1) || x > 0x1p60 {
		switch {
		case x == -1:
			return math.Inf(-1)
		case x < -1:
			return math.NaN()
		}
		return Log(x)
	}
	if math.Abs(x) < 0x1p-54 {
		return x
	}
	u := 1 + x
	c := x - (u - 1)
	if x > 1 {
		c = 1 - (u - x)
	}
	ix := math.Float64bits(u)
	t := ix - logOff
	e := &logTable[t>>45&127]
	ki := int64(t) >> 52
	k := float64(ki)
	c *= math.Float64frombits(uint64(1023-ki) << 52)
	iz := ix - t&^(1<<52-1)
	zh := math.Float64frombits(iz & highMask)
	zl := math.Float64frombits(iz) - zh
	r0 := float64(zh*e.inv) - 1
	r1 := float64(zl*e.inv) + float64(c*e.inv)
	r := r0 + r1
	w := float64(k*ln2Hi) + e.hi
	hi := w + r
	lo := (((w - hi) + r) + ((r0 - r) + r1)) + (float64(k*ln2Lo) + e.lo)
	p := &logPoly
	r2 := float64(r * r)
	q := (p[0] + float64(r*p[1])) + float64(r2*((p[2]+float64(r*p[3]))+float64(r2*(p[4]+float64(r*p[5])))))
	return hi + (lo + float64(r2*(float64(r*q)-0.5)))
}

// Log2 returns the binary logarithm of x. Largest error seen: 0.51 ulp.
func Log2(x float64) float64 { return logBase(x, invLn2Hi, invLn2Lo) }

// Log10 returns the decimal logarithm of x. Largest error seen: 0.51 ulp.
func Log10(x float64) float64 { return logBase(x, invLn10Hi, invLn10Lo) }

// logBase returns log(x) * (hi + lo).
func logBase(x, hi, lo float64) float64 {
	ix := math.Float64bits(x)
	var bias int64
	if ix-0x0010000000000000 >= posInf-0x0010000000000000 {
		if special, ok := logEdge(x); ok {
			return special
		}
		ix = math.Float64bits(x * 0x1p52)
		bias = 52
	}
	a, b := logPair(ix, bias, 0)
	p, q := mulPair(a, hi)
	return p + (q + (float64(a*lo) + float64(b*hi)))
}

// mulPair returns x*y as an exact unevaluated sum (Dekker), where nothing under- or overflows.
func mulPair(x, y float64) (hi, lo float64) {
	const mask = 0xfffffffff8000000 // 26 bits
	xh := math.Float64frombits(math.Float64bits(x) & mask)
	yh := math.Float64frombits(math.Float64bits(y) & mask)
	xl, yl := x-xh, y-yh
	hi = float64(x * y)
	lo = ((float64(xh*yh) - hi) + float64(xh*yl) + float64(xl*yh)) + float64(xl*yl)
	return hi, lo
}

// Pow returns x^y. Largest error seen: 0.51 ulp.
func Pow(x, y float64) float64 {
	ix, iy := math.Float64bits(x), math.Float64bits(y)
	ay := iy &^ (1 << 63)
	negate := false
	var bias int64
	// Leave the common case at once: x positive and normal, 2^-65 <= |y| < 2^63.
	if ix-0x0010000000000000 >= posInf-0x0010000000000000 || ay-0x3be0000000000000 >= 0x43e0000000000000-0x3be0000000000000 {
		v, done := powEdge(x, y)
		if done {
			return v
		}
		if x < 0 {
			negate = math.Mod(y, 2) != 0 // y is an integer
			ix &^= 1 << 63
		}
		if ix < 0x0010000000000000 {
			ix = math.Float64bits(math.Float64frombits(ix) * 0x1p52)
			bias = 52
		}
	}
	lh, ll := logPair(ix, bias, 0)
	p, q := mulPair(lh, y)
	q += float64(ll * y)
	var v float64
	switch {
	case p > 710:
		v = math.Inf(1)
	case p < -746:
		v = 0
	default:
		bits, m, k := expParts(p, q)
		if uint64(k+1020) < 2040 {
			s := math.Float64frombits(bits + uint64(k)<<52)
			v = s + float64(s*m)
		} else {
			v = scaled(math.Float64frombits(bits), m, k)
		}
	}
	if negate {
		v = -v
	}
	return v
}

// powEdge handles math.Pow's special cases; done is false if the general method applies.
func powEdge(x, y float64) (v float64, done bool) {
	inf := math.Inf(1)
	ax, ay := math.Abs(x), math.Abs(y)
	switch {
	case y == 0 || x == 1:
		return 1, true
	case x != x || y != y:
		return math.NaN(), true
	case x == 0:
		odd := ay < 0x1p53 && math.Abs(math.Mod(y, 2)) == 1
		v = 0
		if y < 0 {
			v = inf
		}
		if odd {
			v = math.Copysign(v, x)
		}
		return v, true
	case ay > math.MaxFloat64:
		switch {
		case ax == 1:
			return 1, true
		case (ax > 1) == (y > 0):
			return inf, true
		}
		return 0, true
	case ax > math.MaxFloat64:
		v = inf
		if y < 0 {
			v = 0
		}
		if x < 0 && ay < 0x1p53 && math.Abs(math.Mod(y, 2)) == 1 {
			v = -v
		}
		return v, true
	case x < 0 && y != math.Trunc(y):
		return math.NaN(), true
	}
	if ax == 1 { // x = -1, y an integer
		if math.Mod(y, 2) != 0 {
			return -1, true
		}
		return 1, true
	}
	if ay < 0x1p-65 {
		return 1, true
	}
	if ay >= 0x1p63 {
		if (ax > 1) == (y > 0) {
			return inf, true
		}
		return 0, true
	}
	return 0, false
}
