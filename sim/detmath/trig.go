package detmath

import (
	"math"
	"math/bits"
)

// reduceMax bounds the arguments whose multiple of pi/2 has 20 bits.
const reduceMax = 0x1p20

// reduce returns the n mod 4 and the unevaluated y0+y1 with x = n pi/2 + y0 + y1,
// |y0| <= about pi/4, for finite x. Cody and Waite's method, and Payne and Hanek's
// where x is large or so near a multiple of pi/2 that the former's error shows.
func reduce(x float64) (n uint64, y0, y1 float64) {
	if math.Abs(x) < reduceMax {
		kd := float64(x*twoOverPi) + roundShift
		n = math.Float64bits(kd)
		kd -= roundShift
		t := x - float64(kd*piOver2A) // exact
		w := float64(kd * piOver2B)   // exact
		y := t - w
		b := y - t
		e := (t - (y - b)) - (w + b) - float64(kd*piOver2C)
		y0 = y + e
		if math.Abs(y0) > 0x1p-27 {
			return n & 3, y0, (y - y0) + e
		}
	}
	return reduceLarge(x)
}

// reduceLarge is Payne and Hanek's reduction: it multiplies x's 53 bits by the
// 192 bits of 2/pi that decide the quadrant and 128 bits of fraction or more.
func reduceLarge(x float64) (n uint64, y0, y1 float64) {
	b := math.Float64bits(x)
	exp := int(b>>52&0x7ff) - 1075 // |x| = m 2^exp
	m := b&(1<<52-1) | 1<<52
	// Bits of 2/pi of weight above 4/2^exp give multiples of 4 quadrants. With
	// skip of them passed over, m * (256 bits) * 2^-256 is quadrants mod 4, scaled by 4.
	skip := exp - 2
	var w [4]uint64
	for i := range w {
		w[i] = twoOverPiWord(skip + 64*i)
	}
	// Product modulo 2^256.
	h3, l3 := bits.Mul64(m, w[3])
	h2, l2 := bits.Mul64(m, w[2])
	h1, l1 := bits.Mul64(m, w[1])
	p2, c := bits.Add64(l2, h3, 0)
	p1, c := bits.Add64(l1, h2, c)
	p0 := m*w[0] + h1 + c
	_ = l3
	n = p0 >> 62
	// The fraction, as a signed number in [-1/2, 1/2) quadrants.
	f0 := p0<<2 | p1>>62
	f1 := p1<<2 | p2>>62
	f2 := p2<<2 | l3>>62
	negative := false
	if f0>>63 != 0 {
		n++
		negative = true
		f2 = ^f2
		f1 = ^f1
		f0 = ^f0
	}
	lead := bits.LeadingZeros64(f0)
	shift := lead
	if f0 == 0 {
		lead = bits.LeadingZeros64(f1)
		shift = 64 + lead
		f0, f1, f2 = f1, f2, 0
	}
	if lead > 0 {
		f0 = f0<<lead | f1>>(64-lead)
		f1 = f1<<lead | f2>>(64-lead)
	}
	// f = (f0 + f1/2^64) 2^(-64-shift), with the top bit of f0 set: 53 + 53 bits.
	scale := math.Float64frombits(uint64(1023-64-shift) << 52)
	fh := float64(float64(f0>>11) * 2048)
	fl := float64(f0&2047) + float64(float64(f1>>11)*0x1p-53)
	fh, fl = float64(fh*scale), float64(fl*scale)
	p, q := mulPair(fh, piOver2Hi)
	q += float64(fl*piOver2Hi) + float64(fh*piOver2Lo)
	y0 = p + q
	y1 = q - (y0 - p)
	if negative {
		y0, y1 = -y0, -y1
	}
	if x < 0 {
		return -n & 3, -y0, -y1
	}
	return n & 3, y0, y1
}

// twoOverPiWord returns the 64 bits of 2/pi that follow the first `at` after the
// point; bits before the point are 0.
func twoOverPiWord(at int) uint64 {
	i, s := at>>6, uint(at&63)
	word := func(i int) uint64 {
		if i < 0 {
			return 0
		}
		return twoOverPiBits[i]
	}
	if s == 0 {
		return word(i)
	}
	return word(i)<<s | word(i+1)>>(64-s)
}

// sinParts returns sin(x+y) for |x| <= pi/4 as x + the result, given z = x*x.
func sinParts(x, y, z float64) float64 {
	c := &sinPoly
	z2 := float64(z * z)
	q := (c[0] + float64(z*c[1])) + float64(z2*((c[2]+float64(z*c[3]))+float64(z2*(c[4]+float64(z*c[5])))))
	return float64(float64(x*z)*q) + (y - float64(0.5*float64(z*y)))
}

// cosParts returns cos(x+y) for |x| <= pi/4 as an unevaluated sum, given z = x*x.
func cosParts(x, y, z float64) (hi, lo float64) {
	c := &cosPoly
	z2 := float64(z * z)
	q := (c[0] + float64(z*c[1])) + float64(z2*((c[2]+float64(z*c[3]))+float64(z2*(c[4]+float64(z*c[5])))))
	h := float64(0.5 * z)
	hi = 1 - h
	return hi, ((1 - hi) - h) + (float64(z2*q) - float64(x*y))
}

// Sin returns the sine of x. Largest error seen: 0.8 ulp.
func Sin(x float64) float64 {
	if math.Abs(x) < math.Pi/4 {
		if math.Abs(x) < 0x1p-27 {
			return x
		}
		return x + sinParts(x, 0, float64(x*x))
	}
	if !(math.Abs(x) <= math.MaxFloat64) {
		return math.NaN()
	}
	n, y0, y1 := reduce(x)
	return quadrant(n, y0, y1)
}

// Cos returns the cosine of x. Largest error seen: 0.9 ulp.
func Cos(x float64) float64 {
	if math.Abs(x) < math.Pi/4 {
		hi, lo := cosParts(x, 0, float64(x*x))
		return hi + lo
	}
	if !(math.Abs(x) <= math.MaxFloat64) {
		return math.NaN()
	}
	n, y0, y1 := reduce(x)
	return quadrant(n+1, y0, y1)
}

// quadrant returns sin(n pi/2 + x + y).
func quadrant(n uint64, x, y float64) float64 {
	z := float64(x * x)
	var v float64
	if n&1 == 0 {
		v = x + sinParts(x, y, z)
	} else {
		hi, lo := cosParts(x, y, z)
		v = hi + lo
	}
	return math.Float64frombits(math.Float64bits(v) ^ (n&2)<<62)
}

// Sincos returns Sin(x), Cos(x).
func Sincos(x float64) (sin, cos float64) {
	if math.Abs(x) < math.Pi/4 {
		return Sin(x), Cos(x)
	}
	if !(math.Abs(x) <= math.MaxFloat64) {
		return math.NaN(), math.NaN()
	}
	n, y0, y1 := reduce(x)
	return quadrant(n, y0, y1), quadrant(n+1, y0, y1)
}

// Tan returns the tangent of x. Largest error seen: 1.2 ulp.
func Tan(x float64) float64 {
	var n uint64
	y0, y1 := x, 0.0
	if !(math.Abs(x) < math.Pi/4) {
		if !(math.Abs(x) <= math.MaxFloat64) {
			return math.NaN()
		}
		n, y0, y1 = reduce(x)
	} else if math.Abs(x) < 0x1p-27 {
		return x
	}
	// |y0| is i/32 + t, and the tangent c[0] + rest.
	sign := math.Float64bits(y0) & (1 << 63)
	y0 = math.Abs(y0)
	y1 = math.Float64frombits(math.Float64bits(y1) ^ sign)
	k := float64(y0*32) + roundShift
	c := &tanTable[math.Float64bits(k)&31]
	t := y0 - float64((k-roundShift)*0x1p-5) // exact
	t2 := float64(t * t)
	t4 := float64(t2 * t2)
	q := (c[3] + float64(t*c[4])) + float64(t2*(c[5]+float64(t*c[6]))) + float64(t4*((c[7]+float64(t*c[8]))+float64(t2*c[9])))
	rest := t + ((y1 + c[1]) + (float64(c[2]*(t+y1)) + float64(t2*q)))
	v := c[0] + rest
	if n&1 != 0 { // -1/tan
		inv := -1 / v
		v = inv + float64(float64(inv*inv)*(rest-(v-c[0])))
	}
	return math.Float64frombits(math.Float64bits(v) ^ sign)
}
