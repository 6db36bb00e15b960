package detmath

import "math"

// erfNear is erf(x)/x - 1 given z = x^2 <= 1/4.
func erfNear(z float64) float64 {
	c := &erfPoly
	z2 := float64(z * z)
	z4 := float64(z2 * z2)
	a := (c[0] + float64(z*c[1])) + float64(z2*(c[2]+float64(z*c[3])))
	b := (c[4] + float64(z*c[5])) + float64(z2*(c[6]+float64(z*c[7])))
	return a + float64(z4*(b+float64(z4*c[8])))
}

// Erf returns the error function of x. Largest error seen: 0.9 ulp.
func Erf(x float64) float64 {
	a := math.Abs(x)
	if a < 0.5 {
		return x + float64(x*erfNear(float64(x*x)))
	}
	if !(a < 6) {
		if a != a {
			return x
		}
		return math.Copysign(1, x)
	}
	i := int((a - 0.5) * 16)
	t := a - (float64(float64(i)*0.0625) + 0.53125) // exact
	c := &erfTable[i]
	t2 := float64(t * t)
	t4 := float64(t2 * t2)
	p := (c[2] + float64(t*c[3])) + float64(t2*(c[4]+float64(t*c[5])))
	q := (c[6] + float64(t*c[7])) + float64(t2*(c[8]+float64(t*c[9])))
	s := p + float64(t4*(q+float64(t4*c[10])))
	return math.Copysign(c[0]+(c[1]+float64(t*s)), x)
}

// Erfc returns 1 - Erf(x), accurate where that is small. Largest error seen: 0.8 ulp.
func Erfc(x float64) float64 {
	switch a := math.Abs(x); {
	case a < 0.25:
		return 1 - (x + float64(x*erfNear(float64(x*x))))
	case a < 0.5:
		return 0.5 - ((x - 0.5) + float64(x*erfNear(float64(x*x))))
	case x != x:
		return x
	case x < -6:
		return 2
	case x > 27.3:
		return 0
	case x < 0:
		return 2 - erfcFar(a)
	}
	return erfcFar(x)
}

// erfcFar returns erfc(x) for 1/2 <= x < 28, as exp(-x^2) times a table's function.
func erfcFar(x float64) float64 {
	b := math.Float64bits(x)
	c := &erfcTable[(b-0x3fe0000000000000)>>48]
	t := x - math.Float64frombits(b&^(1<<48-1)|1<<47) // exact
	t2 := float64(t * t)
	t4 := float64(t2 * t2)
	u := (c[2] + float64(t*c[3])) + float64(t2*(c[4]+float64(t*c[5])))
	v := (c[6] + float64(t*c[7])) + float64(t2*(c[8]+float64(t*c[9])))
	g := c[1] + float64(t*(u+float64(t4*(v+float64(t4*c[10])))))
	h := math.Float64frombits(b & 0xfffffffff8000000)
	bits, p, k := expParts(-float64(h*h), -float64((x-h)*(x+h)))
	// e^(-x^2) (c[0] + g), with e^(-x^2) = s (1 + p) 2^k.
	s := math.Float64frombits(bits)
	hi, lo := mulPair(s, c[0])
	m := float64(s * g)
	lo += m + float64((hi+m)*p)
	if k > -1000 {
		return float64((hi + lo) * math.Float64frombits(uint64(k+1023)<<52))
	}
	e := int64(math.Float64bits(hi)>>52) - 1023
	return scaled(math.Float64frombits(math.Float64bits(hi)-uint64(e)<<52), lo/hi, k+e)
}
