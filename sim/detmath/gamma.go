package detmath

import "math"

// gammaUnit returns Gamma(1+f) for 0 <= f < 1.
func gammaUnit(f float64) float64 {
	i := int(f * 8)
	return poly11(&gammaTable[i], f-(float64(float64(i)*0.125)+0.0625))
}

// stirling returns log Gamma(x) for 8 <= x < 1e17 as an unevaluated sum.
func stirling(x float64) (hi, lo float64) {
	lh, ll := logPair(math.Float64bits(x), 0, 0)
	m := x - 0.5
	p, q := mulPair(lh, m)
	q += float64(ll * m)
	inv := 1 / x
	w := float64(inv * inv)
	c := &stirlingPoly
	w2 := float64(w * w)
	s := (c[0] + float64(w*c[1])) + float64(w2*((c[2]+float64(w*c[3]))+float64(w2*((c[4]+float64(w*c[5]))+float64(w2*c[6])))))
	hi = p - x
	z := hi - p
	q += (p - (hi - z)) - (x + z)
	q += halfLn2PiLo + float64(inv*s)
	p = hi + halfLn2PiHi
	z = p - hi
	q += (hi - (p - z)) + (halfLn2PiHi - z)
	hi = p + q
	return hi, q + (p - hi)
}

// sinPi returns |sin(pi a)| for a >= 0.
func sinPi(a float64) float64 {
	r := math.Abs(a - math.RoundToEven(a)) // exact
	if r > 0.25 {
		return Cos(math.Pi * (0.5 - r))
	}
	return Sin(math.Pi * r)
}

// Gamma returns the gamma function of x. Largest error seen: 3.3 ulp.
func Gamma(x float64) float64 {
	switch {
	case x != x || x > math.MaxFloat64:
		return x
	case math.Abs(x) < 0x1p-60:
		return 1 / x
	case x < 0:
		return gammaNegative(-x)
	case x > 171.7:
		return math.Inf(1)
	case x >= 8 && !(x <= 23 && x == math.Floor(x)):
		hi, lo := stirling(x)
		bits, p, k := expParts(hi, lo)
		return scaled(math.Float64frombits(bits), p, k)
	case x < 1:
		return gammaUnit(x) / x
	}
	n := math.Floor(x)
	f := x - n
	v := 1.0
	for ; n > 1; n-- {
		x--
		v *= x
	}
	if f == 0 {
		return v // exact to 22!
	}
	return v * gammaUnit(f)
}

// gammaNegative returns Gamma(-a) for a > 0 by reflection.
func gammaNegative(a float64) float64 {
	n := math.Floor(a)
	if n == a {
		return math.NaN() // also for -Inf
	}
	sign := -1.0
	if math.Mod(n, 2) != 0 {
		sign = 1
	}
	d := float64(a*sinPi(a)) / math.Pi
	switch {
	case a < 170:
		return sign / float64(d*Gamma(a))
	case a > 200:
		return math.Copysign(0, sign)
	}
	hi, lo := stirling(a)
	bits, p, k := expParts(-hi, -lo)
	s := math.Float64frombits(bits) / d
	e := int64(math.Float64bits(s)>>52) - 1023
	return math.Copysign(scaled(math.Float64frombits(math.Float64bits(s)-uint64(e)<<52), p, k+e), sign)
}

// lgammaRatio returns log Gamma(x)/((x-1)(x-2)) for x = base + f in [3/4, 3).
func lgammaRatio(base, f float64) float64 {
	i := int((f + (base - 0.75)) * 8)
	return poly11(&lgammaTable[i], f-(float64(float64(i)*0.125)+(0.8125-base)))
}

// Lgamma returns the logarithm of |Gamma(x)| and the sign of Gamma(x). Largest
// error seen for x > 0: 2.1 ulp. For x < 0 it is a difference, whose error is
// relative to the larger term.
func Lgamma(x float64) (lgamma float64, sign int) {
	switch {
	case x != x:
		return x, 1
	case math.Abs(x) > math.MaxFloat64:
		return x, 1 // -Inf at -Inf, as in package math
	case x == 0:
		return math.Inf(1), 1
	case x > 0:
		return lgammaPositive(x), 1
	}
	a := -x
	n := math.Floor(a)
	if n == a {
		return math.Inf(1), 1
	}
	sign = -1
	if math.Mod(n, 2) != 0 {
		sign = 1
	}
	if a < 0x1p-60 {
		return -Log(a), sign
	}
	return Log(math.Pi/float64(a*sinPi(a))) - lgammaPositive(a), sign
}

// lgammaPositive is Lgamma for x > 0.
func lgammaPositive(x float64) float64 {
	switch {
	case x < 0x1p-60:
		return -Log(x)
	case x < 0.75:
		return float64(float64(x*(x-1))*lgammaRatio(1, x)) - Log(x)
	case x < 3:
		return float64(float64((x-1)*(x-2))*lgammaRatio(0, x)) + 0 // not -0
	case x < 8:
		v := 1.0
		for x >= 3 {
			x--
			v *= x
		}
		return float64(float64((x-1)*(x-2))*lgammaRatio(0, x)) + Log(v)
	case x < 1e17:
		hi, lo := stirling(x)
		return hi + lo
	}
	return x * (Log(x) - 1)
}
