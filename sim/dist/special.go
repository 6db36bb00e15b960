package dist

import (
	"math"

	"github.com/twinsim/twinsim/sim/detmath"
)

// maxTerms ends series and fractions; they need a few times the square root of the
// largest shape.
const maxTerms = 100_000

// times returns a*b, with 0 times anything 0.
func times(a, b float64) float64 {
	if a == 0 {
		return 0
	}
	return float64(a * b)
}

// lgamma returns log Gamma(x) for x > 0.
func lgamma(x float64) float64 { v, _ := detmath.Lgamma(x); return v }

// stirlingRest returns log Gamma(x+1) - (x log x - x + log(2 pi x)/2) for x >= 16
// (Abramowitz & Stegun 6.1.41).
func stirlingRest(x float64) float64 {
	y := 1 / (x * x)
	return (1.0/12 - float64(y*(1.0/360-float64(y*(1.0/1260-float64(y*(1.0/1680-float64(y*(1.0/1188))))))))) / x
}

// logBeta returns the logarithm of the beta function.
func logBeta(a, b float64) float64 {
	if a > b {
		a, b = b, a
	}
	if a < 16 {
		return lgamma(a) + lgammaGap(b, a)
	}
	// Stirling's formula, without the cancellation of its large terms.
	n := a + b
	s := stirlingRest(a) + stirlingRest(b) - stirlingRest(n)
	return s + float64(0.5*detmath.Log(2*math.Pi*(1/a+1/b))) - float64(a*detmath.Log1p(b/a)) - float64(b*detmath.Log1p(a/b))
}

// lgammaGap returns log Gamma(b) - log Gamma(b+a) for 0 < a <= b.
func lgammaGap(b, a float64) float64 {
	if b < 16 {
		return lgamma(b) - lgamma(b+a)
	}
	n := a + b
	s := stirlingRest(b) - stirlingRest(n) + a
	return s - float64((b-0.5)*detmath.Log1p(a/b)) - float64(a*detmath.Log(n))
}

// logPower returns log(x^a e^-x / Gamma(a+1)), x > 0, a > 0.
func logPower(a, x float64) float64 {
	if a < 16 {
		return float64(a*detmath.Log(x)) - x - lgamma(a+1)
	}
	m := (x - a) / a
	return float64(a*(detmath.Log1p(m)-m)) - stirlingRest(a) - float64(0.5*detmath.Log(2*math.Pi*a))
}

// incGamma returns the regularised incomplete gamma functions P(a, x) and Q(a, x),
// by the series where x < a+1 and Legendre's continued fraction elsewhere
// (Abramowitz & Stegun 6.5.29 and 6.5.31).
func incGamma(a, x float64) (p, q float64) {
	switch {
	case !(a > 0 && a <= math.MaxFloat64) || x != x:
		return math.NaN(), math.NaN()
	case x <= 0:
		return 0, 1
	case x > math.MaxFloat64:
		return 1, 0
	}
	if a > 1e6 {
		return temme(a, x)
	}
	f := detmath.Exp(logPower(a, x))
	if x < a+1 {
		sum, t := 1.0, 1.0
		for n := 1; n < maxTerms && t > float64(sum*0x1p-54); n++ {
			t = float64(t * (x / (a + float64(n))))
			sum += t
		}
		p = min(float64(f*sum), 1)
		return p, 1 - p
	}
	// Q = x^a e^-x/Gamma(a) / (x+1-a - 1(1-a)/(x+3-a - 2(2-a)/(...))), by Lentz's method.
	b := x + 1 - a
	c, d := 0x1p1000, 1/b
	h := d
	for n := 1; n < maxTerms; n++ {
		k := float64(n)
		u := float64(k * (a - k))
		b += 2
		d = 1 / nonzero(float64(u*d)+b)
		c = nonzero(b + u/c)
		e := float64(c * d)
		h = float64(h * e)
		if !(math.Abs(e-1) >= 0x1p-52) {
			break
		}
	}
	q = min(float64(float64(f*a)*h), 1)
	return 1 - q, q
}

// temme is incGamma for large a: the first two terms of Temme's uniform expansion
// (1979), whose error is below 1e-11 from 1e6 up.
func temme(a, x float64) (p, q float64) {
	m := (x - a) / a
	half := m - detmath.Log1p(m) // eta^2/2
	eta := math.Copysign(math.Sqrt(2*max(half, 0)), m)
	c := -1.0/3 + float64(eta*(1.0/12-float64(eta*(2.0/135-float64(eta*(1.0/864))))))
	if math.Abs(eta) > 0.01 {
		c = 1/m - 1/eta
	}
	r := float64(detmath.Exp(-float64(a*half)) / math.Sqrt(2*math.Pi*a) * c)
	z := float64(eta * math.Sqrt(a))
	return max(0, normalCDF(z)-r), max(0, normalCDF(-z)+r)
}

// nonzero keeps Lentz's method from dividing by 0.
func nonzero(x float64) float64 {
	if x == 0 {
		return 0x1p-1000
	}
	return x
}

// incBeta returns the regularised incomplete beta function I_x(a, b), by its
// continued fraction (Abramowitz & Stegun 26.5.8).
func incBeta(a, b, x float64) float64 {
	switch {
	case !(a > 0 && b > 0) || x != x:
		return math.NaN()
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	}
	f := detmath.Exp(float64(a*detmath.Log(x)) + float64(b*detmath.Log1p(-x)) - logBeta(a, b))
	if x > (a+1)/(a+b+2) {
		return max(0, 1-float64(f*betaFraction(b, a, 1-x))/b)
	}
	return min(1, float64(f*betaFraction(a, b, x))/a)
}

// betaFraction is the continued fraction of incBeta, by Lentz's method.
func betaFraction(a, b, x float64) float64 {
	c, d := 1.0, 1/nonzero(1-float64((a+b)*x)/(a+1))
	h := d
	for n := 1; n < maxTerms; n++ {
		m := float64(n)
		even := float64(m*(b-m)) * x / (float64(a+2*m-1) * (a + 2*m))
		d = 1 / nonzero(1+float64(even*d))
		c = nonzero(1 + even/c)
		h = float64(h * float64(c*d))
		odd := -float64((a+m)*(a+b+m)) * x / (float64(a+2*m) * (a + 2*m + 1))
		d = 1 / nonzero(1+float64(odd*d))
		c = nonzero(1 + odd/c)
		e := float64(c * d)
		h = float64(h * e)
		if !(math.Abs(e-1) >= 0x1p-52) {
			break
		}
	}
	return h
}

// invert returns the x in [lo, hi], lo >= 0, with cdf(x) = p, by Newton's method
// from start; a step that leaves the bracket is replaced by the middle of the
// bracket's floating-point numbers, so that it ends also in far tails.
func invert(cdf, logPDF func(float64) float64, p, start, lo, hi float64) float64 {
	switch p {
	case 0:
		return lo
	case 1:
		return hi
	}
	x := start
	for range 200 {
		d := cdf(x) - p
		switch {
		case d == 0:
			return x
		case d > 0:
			hi = x
		default:
			lo = x
		}
		next := x - d/detmath.Exp(logPDF(x))
		if !(next > lo && next < hi) {
			next = math.Float64frombits((math.Float64bits(lo) + math.Float64bits(hi)) / 2)
		}
		if math.Abs(next-x) <= float64(x*0x1p-52) || next == lo || next == hi {
			return next
		}
		x = next
	}
	return x
}

// bisect returns the least float64 x in [lo, hi] with cdf(x) >= p: cdf(hi) >= p is
// taken for granted.
func bisect(cdf func(float64) float64, p, lo, hi float64) float64 {
	l, h := order(lo), order(hi)
	for l < h {
		mid := l + (h-l)/2
		if cdf(unorder(mid)) >= p {
			h = mid
		} else {
			l = mid + 1
		}
	}
	return unorder(h)
}

// order maps float64 to integers of the same order, unorder back.
func order(x float64) uint64 {
	b := math.Float64bits(x)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

func unorder(u uint64) float64 {
	if u>>63 != 0 {
		return math.Float64frombits(u &^ (1 << 63))
	}
	return math.Float64frombits(^u)
}

// expect returns the integral of f(quantile(p)) over p in [0, 1], by the
// double-exponential rule (Takahasi & Mori, 1974); good to about 1e-9 unless the
// tail is very heavy.
func expect(quantile, f func(float64) float64) float64 {
	const h = 1.0 / 16
	sum := 0.0
	for i := -56; i <= 56; i++ {
		t := float64(i) * h
		q := detmath.Exp(-math.Pi * detmath.Sinh(math.Abs(t))) // p/(1-p) or its reciprocal
		tail := q / (1 + q)
		p := tail
		if t > 0 {
			p = 1 - tail
		}
		if p == 0 || p == 1 {
			continue
		}
		w := h * math.Pi * detmath.Cosh(t) * tail / (1 + q)
		sum += float64(w * f(quantile(p)))
	}
	return sum
}
