package detmath

import "math"

// Hypot returns sqrt(x*x + y*y) without undue overflow or underflow. Largest
// error seen: 1.2 ulp.
func Hypot(x, y float64) float64 {
	p, q := math.Abs(x), math.Abs(y)
	if p < q {
		p, q = q, p
	}
	if p < 0x1p500 && q > 0x1p-500 {
		return math.Sqrt(float64(p*p) + float64(q*q))
	}
	switch {
	case p > math.MaxFloat64 || q > math.MaxFloat64:
		return math.Inf(1)
	case p != p || q != q:
		return math.NaN()
	case p > 0x1p500:
		p, q = p*0x1p-600, q*0x1p-600
		return math.Sqrt(float64(p*p)+float64(q*q)) * 0x1p600
	case p < 0x1p-400:
		p, q = p*0x1p600, q*0x1p600
		return math.Sqrt(float64(p*p)+float64(q*q)) * 0x1p-600
	}
	return p // q is at most 2^-100 of p
}

// Cbrt returns the cube root of x. Largest error seen: 0.67 ulp.
func Cbrt(x float64) float64 {
	if x == 0 || !(math.Abs(x) <= math.MaxFloat64) {
		return x
	}
	bits := math.Float64bits(x) &^ (1 << 63)
	bias := uint64(0)
	if bits < 0x0010000000000000 {
		bits = math.Float64bits(math.Abs(x) * 0x1p54)
		bias = 18
	}
	e := bits>>52 + 3*1023 - 1023 // 3k + r + 3*1023
	k, r := e/3, e%3
	m := math.Float64frombits(bits&(1<<52-1) | 0x3ff0000000000000)
	c := &cbrtPoly
	m2 := float64(m * m)
	t := (c[0] + float64(m*c[1])) + float64(m2*(c[2]+float64(m*c[3])))
	t += float64(float64(m2*m2) * ((c[4] + float64(m*c[5])) + float64(m2*(c[6]+float64(m*c[7])))))
	t = float64(t * cbrtScale[r])
	m = math.Float64frombits(math.Float64bits(m) + r<<52)
	// One Halley step, from a t whose square is exact.
	t = math.Float64frombits((math.Float64bits(t) + 1<<26) &^ (1<<27 - 1))
	w := m / float64(t*t)
	t += float64(t*(w-t)) / (2*t + w)
	return math.Copysign(math.Float64frombits(math.Float64bits(t)+(k-1023-bias)<<52), x)
}
