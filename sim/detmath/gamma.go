package detmath

import "math"

// tableEnd is where gammaTable and lgammaTable end.
const tableEnd = 24 - 1.0/16

// row13 evaluates a row of gammaTable or lgammaTable at t, less its constant c[0].
func row13(c *[13]float64, t float64) float64 {
	t2 := float64(t * t)
	t4 := float64(t2 * t2)
	a := (c[2] + float64(t*c[3])) + float64(t2*(c[4]+float64(t*c[5])))
	b := (c[6] + float64(t*c[7])) + float64(t2*(c[8]+float64(t*c[9])))
	d := (c[10] + float64(t*c[11])) + float64(t2*c[12])
	return c[1] + float64(t*(a+float64(t4*(b+float64(t4*d)))))
}

// gammaNext returns Gamma(1+x) for 0 <= x < tableEnd - 1 as an unevaluated sum.
func gammaNext(x float64) (hi, lo float64) {
	i := int(float64(x*8) + 0.5)
	c := &gammaTable[i]
	return c[0], row13(c, x-float64(float64(i)*0.125)) // the difference is exact
}

// stirling returns log Gamma(x) for 20 <= x < 1e17 as an unevaluated sum.
func stirling(x float64) (hi, lo float64) {
	lh, ll := logPair(math.Float64bits(x), 0, 0)
	m := x - 0.5
	p, q := mulPair(lh, m)
	q += float64(ll * m)
	inv := 1 / x
	w := float64(inv * inv)
	c := &stirlingPoly
	w2 := float64(w * w)
	s := (c[0] + float64(w*c[1])) + float64(w2*((c[2]+float64(w*c[3]))+float64(w2*c[4])))
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

// sinPi returns |sin(pi a)| for a >= 0 as an unevaluated sum.
func sinPi(a float64) (hi, lo float64) {
	r := math.Abs(a - math.RoundToEven(a)) // exact
	cosine := r > 0.25
	if cosine {
		r = 0.5 - r
	}
	p, q := mulPair(r, 2*piOver2Hi)
	q += float64(r * (2 * piOver2Lo))
	x := p + q
	y := q - (x - p)
	if cosine {
		return cosParts(x, y, float64(x*x))
	}
	return x, sinParts(x, y, float64(x*x))
}

// quotient returns (a+al)/(d+dl) as an unevaluated sum, where nothing under- or
// overflows; al may not exceed the last places of a.
func quotient(a, al, d, dl float64) (hi, lo float64) {
	sum := d + dl
	d, dl = sum, dl-(sum-d)
	inv := 1 / d
	q := math.Float64frombits(math.Float64bits(float64(a*inv)) & 0xfffffffff8000000)
	dh := math.Float64frombits(math.Float64bits(d) & 0xfffffffff8000000)
	rest := ((a - float64(q*dh)) - float64(q*(d-dh))) + (al - float64(q*dl))
	return q, float64(rest * inv)
}

// Gamma returns the gamma function of x. Largest error seen: 1.1 ulp.
func Gamma(x float64) float64 {
	if x >= 1 && x < tableEnd {
		i := int(float64(x*8) + 0.5)
		c := &gammaTable[i-8]
		return c[0] + row13(c, x-float64(float64(i)*0.125))
	}
	switch {
	case x != x || x > math.MaxFloat64:
		return x
	case math.Abs(x) < 0x1p-60:
		return 1 / x
	case x < 0:
		return gammaNegative(-x)
	case x > 171.7:
		return math.Inf(1)
	case x < 1:
		g, gl := gammaNext(x)
		sum := g + gl
		hi, lo := quotient(sum, gl-(sum-g), x, 0)
		return hi + lo
	}
	hi, lo := stirling(x)
	bits, p, k := expParts(hi, lo)
	return scaled(math.Float64frombits(bits), p, k)
}

// gammaNegative returns Gamma(-a) for a > 0 by reflection: -pi/(sin(pi a) Gamma(1+a)).
func gammaNegative(a float64) float64 {
	n := math.Floor(a)
	if n == a {
		return math.NaN() // also for -Inf
	}
	sign := -1.0
	if math.Mod(n, 2) != 0 {
		sign = 1
	}
	if a > 200 {
		return math.Copysign(0, sign)
	}
	d, dl := sinPi(a)
	if a < tableEnd-1 {
		g, gl := gammaNext(a)
		p, q := mulPair(d, g)
		q += float64(d*gl) + float64(dl*(g+gl))
		hi, lo := quotient(2*piOver2Hi, 2*piOver2Lo, p, q)
		return float64(sign * (hi + lo))
	}
	// pi/(a sin(pi a)) e^(-L) with L = log Gamma(a).
	p, q := mulPair(d, a)
	q += float64(dl * a)
	hi, lo := quotient(2*piOver2Hi, 2*piOver2Lo, p, q)
	lh, ll := stirling(a)
	bits, m, k := expParts(-lh, -ll)
	s := math.Float64frombits(bits)
	p, q = mulPair(s, hi)
	u := (q + float64(s*lo)) / p
	m += u + float64(m*u)
	e := int64(math.Float64bits(p)>>52) - 1023
	return math.Copysign(scaled(math.Float64frombits(math.Float64bits(p)-uint64(e)<<52), m, k+e), sign)
}

// Lgamma returns the logarithm of |Gamma(x)| and the sign of Gamma(x). Largest
// error seen for x > 0: 1.6 ulp. For x < 0 it is a difference, whose error is
// relative to the larger term.
func Lgamma(x float64) (lgamma float64, sign int) {
	if x > 0 && x <= math.MaxFloat64 {
		return lgammaPositive(x), 1
	}
	switch {
	case x != x:
		return x, 1
	case math.Abs(x) > math.MaxFloat64:
		return x, 1 // -Inf at -Inf, as in package math
	case x == 0:
		return math.Inf(1), 1
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
	s, sl := sinPi(a)
	return Log(math.Pi/float64(a*(s+sl))) - lgammaPositive(a), sign
}

// lgammaNear returns log Gamma(1 + i/8 + t) for |t| <= 1/16 as an unevaluated sum. Rows 0 and 8, around the zeros, hold log Gamma(1 + i/8 + t)/t.
func lgammaNear(i int, t float64) (hi, lo float64) {
	c := &lgammaTable[i]
	r := row13(c, t)
	if i&^8 != 0 {
		return c[0], r
	}
	hi, lo = mulPair(t, c[0])
	return hi, lo + float64(t*r)
}

// lgammaPositive is Lgamma for x > 0.
func lgammaPositive(x float64) float64 {
	if x >= 15.0/16 && x < tableEnd {
		i := int(float64(x*8) + 0.5)
		hi, lo := lgammaNear(i-8, x-float64(float64(i)*0.125))
		return hi + lo
	}
	switch {
	case x < 0x1p-60:
		return -Log(x)
	case x < 1: // lgamma(1+x) - log(x)
		i := int(float64(x*8) + 0.5)
		a, al := lgammaNear(i, x-float64(float64(i)*0.125))
		lh, ll := logPair(math.Float64bits(x), 0, 0)
		hi := a - lh
		return hi + ((a - (hi + lh)) + (al - ll))
	case x < 1e17:
		hi, lo := stirling(x)
		return hi + lo
	}
	lh, ll := logPair(math.Float64bits(x), 0, 0)
	return float64(x * ((lh - 1) + ll))
}
