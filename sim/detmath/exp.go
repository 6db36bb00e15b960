package detmath

import "math"

// expEntry is 2^(i/128): the bits of the nearest float64, and its relative error.
type expEntry struct {
	bits uint64
	tail float64
}

// pair is an unevaluated sum.
type pair struct{ hi, lo float64 }

// roundShift added to and taken from |x| < 2^51 rounds it to an integer, which
// stands in the low bits of the sum.
const roundShift = 0x1.8p52

const (
	expMax = 709.782712893384   // largest x with a finite exp
	expMin = -745.1332191019412 // below it exp rounds to 0
	posInf = 0x7ff0000000000000
)

// expParts returns e^(x+lo), for |x| below about 750 and a small lo, as s*(1+p)*2^k,
// with the bits of s in [1, 2). The reduction is Cody and Waite's, the table Tang's.
func expParts(x, lo float64) (bits uint64, p float64, k int64) {
	kd := float64(x*invLn2x128) + roundShift
	n := int64(int32(math.Float64bits(kd)))
	kd -= roundShift
	r := (x - float64(kd*ln2Over128Hi)) - float64(kd*ln2Over128Lo)
	r += lo
	e := &expTable[n&127]
	r2 := float64(r * r)
	q := (expPoly[0] + float64(r*expPoly[1])) + float64(r2*(expPoly[2]+float64(r*expPoly[3])))
	p = r + (e.tail + float64(r2*q))
	return e.bits, p, n >> 7
}

// scaled returns s*(1+p)*2^k with one rounding, also where it is subnormal or overflows.
func scaled(s, p float64, k int64) float64 {
	if k >= 1022 {
		s = math.Float64frombits(math.Float64bits(s) + uint64(k-2)<<52)
		return (s + float64(s*p)) * 4
	}
	if k > -1022 {
		s = math.Float64frombits(math.Float64bits(s) + uint64(k)<<52)
		return s + float64(s*p)
	}
	if k < -1080 {
		return 0
	}
	// Round at the place of the subnormal result: add and take away a power of
	// two whose last bit stands there, keeping what the sum lost.
	t := float64(s * p)
	hi := s + t
	lo := (s - hi) + t
	if k == -1022 && hi >= 1 {
		return hi * 0x1p-1022
	}
	drop := math.Float64frombits(uint64(1023-1074-k+52) << 52) // 2^(-1074-k+52)
	sum := drop + hi
	lo += hi - (sum - drop)
	v := sum + lo - drop
	return v * math.Float64frombits(uint64(k+1023+60)<<52) * 0x1p-60
}

// Exp returns e^x. Largest error seen: 0.52 ulp.
func Exp(x float64) float64 {
	if !(math.Abs(x) <= 708) {
		return expEdge(x)
	}
	kd := float64(x*invLn2x128) + roundShift
	n := math.Float64bits(kd)
	kd -= roundShift
	r := (x - float64(kd*ln2Over128Hi)) - float64(kd*ln2Over128Lo)
	e := &expTable[n&127]
	r2 := float64(r * r)
	q := (expPoly[0] + float64(r*expPoly[1])) + float64(r2*(expPoly[2]+float64(r*expPoly[3])))
	p := r + (e.tail + float64(r2*q))
	s := math.Float64frombits(e.bits + (n&^127)<<45)
	return s + float64(s*p)
}

// expEdge is Exp where the result may not be a normal number.
func expEdge(x float64) float64 {
	switch {
	case x != x || x > math.MaxFloat64:
		return x
	case x > expMax:
		return math.Inf(1)
	case x < expMin:
		return 0
	}
	bits, p, k := expParts(x, 0)
	return scaled(math.Float64frombits(bits), p, k)
}

// Exp2 returns 2^x. Largest error seen: 0.51 ulp.
func Exp2(x float64) float64 {
	if !(math.Abs(x) < 1022) {
		switch {
		case x != x || x > math.MaxFloat64:
			return x
		case x >= 1024:
			return math.Inf(1)
		case x <= -1075:
			return 0
		}
		s, p, k := exp2Parts(x)
		return scaled(s, p, k)
	}
	s, p, k := exp2Parts(x)
	s = math.Float64frombits(math.Float64bits(s) + uint64(k)<<52)
	return s + float64(s*p)
}

// exp2Parts returns 2^x as s*(1+p)*2^k.
func exp2Parts(x float64) (s, p float64, k int64) {
	kd := x + roundShift/128
	n := int64(int32(math.Float64bits(kd)))
	r := x - (kd - roundShift/128)
	e := &expTable[n&127]
	r2 := float64(r * r)
	c := &exp2Poly
	q := (c[1] + float64(r*c[2])) + float64(r2*((c[3]+float64(r*c[4]))+float64(r2*c[5])))
	return math.Float64frombits(e.bits), float64(r*c[0]) + (e.tail + float64(r2*q)), n >> 7
}

// Expm1 returns e^x - 1, accurate near 0. Largest error seen: 0.55 ulp.
func Expm1(x float64) float64 {
	a := math.Abs(x)
	if a <= 0.125 {
		if a < 0x1p-54 {
			return x
		}
		c := &expm1Poly
		x2 := float64(x * x)
		x4 := float64(x2 * x2)
		q := (c[0] + float64(x*c[1])) + float64(x2*(c[2]+float64(x*c[3])))
		q += float64(x4 * ((c[4] + float64(x*c[5])) + float64(x2*(c[6]+float64(x*c[7])))))
		return x + (float64(0.5*x2) + float64(float64(x2*x)*q))
	}
	switch {
	case x > 708 || x != x:
		return expEdge(x)
	case x < -40:
		return -1
	}
	bits, p, k := expParts(x, 0)
	s := math.Float64frombits(bits + uint64(k)<<52)
	hi := s - 1
	if s > 1 {
		return hi + (((s - hi) - 1) + float64(s*p))
	}
	return hi + ((s - (hi + 1)) + float64(s*p))
}

// expPair returns e^x for |x| <= 708 as an unevaluated sum.
func expPair(x float64) (hi, lo float64) {
	bits, p, k := expParts(x, 0)
	s := math.Float64frombits(bits + uint64(k)<<52)
	return s, float64(s * p)
}

// Sinh returns the hyperbolic sine of x. Largest error seen: 1.1 ulp.
func Sinh(x float64) float64 {
	a := math.Abs(x)
	if a < 0.55 {
		z := float64(x * x)
		c := &sinhPoly
		z2 := float64(z * z)
		q := (c[0] + float64(z*c[1])) + float64(z2*(c[2]+float64(z*c[3])))
		q += float64(float64(z2*z2) * ((c[4] + float64(z*c[5])) + float64(z2*c[6])))
		return x + float64(float64(x*z)*q)
	}
	return math.Copysign(halfSum(a, -1), x)
}

// Cosh returns the hyperbolic cosine of x. Largest error seen: 0.9 ulp.
func Cosh(x float64) float64 { return halfSum(math.Abs(x), 1) }

// halfSum returns (e^a + sign*e^-a)/2 for a >= 0.
func halfSum(a, sign float64) float64 {
	switch {
	case !(a <= 708):
		if a != a || a > 711 {
			return a * math.MaxFloat64
		}
		bits, p, k := expParts(a, 0)
		return scaled(math.Float64frombits(bits), p, k-1)
	case a > 20:
		return 0.5 * Exp(a)
	}
	hi, lo := expPair(a)
	inv := 0.5 / (hi + lo)
	return float64(0.5*hi) + (float64(0.5*lo) + float64(sign*inv))
}

// Tanh returns the hyperbolic tangent of x. Largest error seen: 1 ulp.
func Tanh(x float64) float64 {
	a := math.Abs(x)
	if a < 0.55 {
		if a < 0x1p-30 {
			return x
		}
		z := float64(x * x)
		c := &tanhPoly
		z2 := float64(z * z)
		z4 := float64(z2 * z2)
		q := (c[0] + float64(z*c[1])) + float64(z2*(c[2]+float64(z*c[3])))
		q += float64(z4 * ((c[4] + float64(z*c[5])) + float64(z2*(c[6]+float64(z*c[7])))))
		q += float64(float64(z4*z4) * ((c[8] + float64(z*c[9])) + float64(z2*c[10])))
		return x + float64(float64(x*z)*q)
	}
	if a > 22 {
		return math.Copysign(1, x)
	}
	if x != x {
		return x
	}
	hi, lo := expPair(2 * a)
	d := hi + 1
	lo += (hi - d) + 1
	sum := d + lo
	lo -= sum - d
	q := 2 / sum
	return math.Copysign(1-(q-float64(float64(q*q)*(0.5*lo))), x)
}
