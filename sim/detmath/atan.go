package detmath

import "math"

// atanPair returns atan(x) for x >= 0 as an unevaluated sum, by
// atan x = atan c + atan((x-c)/(1+xc)) with c from a table.
func atanPair(x float64) (hi, lo float64) {
	var t float64
	b := math.Float64bits(x)
	switch i := (b - 0x3fa0000000000000) >> 48; { // sixteenths of octaves above 1/32
	case i < uint64(len(atanTable)):
		c := math.Float64frombits(b&^(1<<48-1) | 1<<47)
		e := &atanTable[i]
		hi, lo = e.hi, e.lo
		t = (x - c) / (1 + float64(x*c))
	case x < 1:
		z := float64(x * x)
		return x, float64(float64(x*z) * atanTail(z))
	default:
		hi, lo = piOver2Hi, piOver2Lo
		t = -1 / x
	}
	z := float64(t * t)
	return hi, lo + (t + float64(float64(t*z)*atanTail(z)))
}

// atanTail is (atan t - t)/t^3 given z = t^2.
func atanTail(z float64) float64 {
	c := &atanPoly
	z2 := float64(z * z)
	return (c[0] + float64(z*c[1])) + float64(z2*((c[2]+float64(z*c[3]))+float64(z2*c[4])))
}

// Atan returns the arctangent of x, in radians. Largest error seen: 0.53 ulp.
func Atan(x float64) float64 {
	if x == 0 || x != x {
		return x
	}
	hi, lo := atanPair(math.Abs(x))
	return math.Copysign(hi+lo, x)
}

// Atan2 returns the angle of the point (x, y), in radians in [-pi, pi]. Largest
// error seen: 1.3 ulp.
func Atan2(y, x float64) float64 {
	ax, ay := math.Abs(x), math.Abs(y)
	switch {
	case x != x || y != y:
		return math.NaN()
	case ay == 0:
		if math.Signbit(x) {
			return math.Copysign(math.Pi, y)
		}
		return y
	case ax > math.MaxFloat64 && ay > math.MaxFloat64:
		if x < 0 {
			return math.Copysign(3*math.Pi/4, y)
		}
		return math.Copysign(math.Pi/4, y)
	}
	q := ay / ax
	if x >= 0 && q < 0x1p-1000 {
		return math.Copysign(q, y)
	}
	hi, lo := atanPair(q)
	if x < 0 {
		v := 2*piOver2Hi - hi
		return math.Copysign(v+((2*piOver2Hi-v)-hi+(2*piOver2Lo-lo)), y)
	}
	return math.Copysign(hi+lo, y)
}

// asinTail is (asin x - x)/x^3 given z = x^2 <= 1/4.
func asinTail(z float64) float64 {
	c := &asinPoly
	z2 := float64(z * z)
	z4 := float64(z2 * z2)
	q := (c[0] + float64(z*c[1])) + float64(z2*(c[2]+float64(z*c[3])))
	q += float64(z4 * ((c[4] + float64(z*c[5])) + float64(z2*(c[6]+float64(z*c[7])))))
	r := (c[8] + float64(z*c[9])) + float64(z2*(c[10]+float64(z*c[11])))
	return q + float64(float64(z4*z4)*(r+float64(z4*c[12])))
}

// halfAngle returns asin(sqrt((1-a)/2)) for 1/2 <= a <= 1 as an unevaluated sum.
func halfAngle(a float64) (hi, lo float64) {
	z := float64(0.5 * (1 - a)) // exact
	if z == 0 {
		return 0, 0
	}
	s := math.Sqrt(z)
	h := math.Float64frombits(math.Float64bits(s) & 0xfffffffff8000000)
	rest := (z - float64(h*h)) / (s + h)
	return h, rest + float64(float64(s*z)*asinTail(z))
}

// Asin returns the arcsine of x, in radians. Largest error seen: 0.61 ulp.
func Asin(x float64) float64 {
	a := math.Abs(x)
	switch {
	case a < 0.5:
		if a < 0x1p-27 {
			return x
		}
		z := float64(x * x)
		return x + float64(float64(x*z)*asinTail(z))
	case a <= 1:
		hi, lo := halfAngle(a)
		v := piOver2Hi - 2*hi
		return math.Copysign(v+((piOver2Hi-v)-2*hi+(piOver2Lo-2*lo)), x)
	}
	return math.NaN()
}

// Acos returns the arccosine of x, in radians. Largest error seen: 0.6 ulp.
func Acos(x float64) float64 {
	a := math.Abs(x)
	switch {
	case a < 0.5:
		z := float64(x * x)
		v := piOver2Hi - x
		return v + (((piOver2Hi - v) - x) + (piOver2Lo - float64(float64(x*z)*asinTail(z))))
	case a <= 1:
		hi, lo := halfAngle(a)
		if x > 0 {
			return 2 * (hi + lo)
		}
		v := 2*piOver2Hi - 2*hi
		return v + ((2*piOver2Hi - v) - 2*hi + 2*(piOver2Lo-lo))
	}
	return math.NaN()
}
