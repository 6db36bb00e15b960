// Package hp computes elementary and special functions to hundreds of bits with
// math/big. It is the reference for detmath's tests and the source of its
// tables, and far too slow for anything else. All of its results depend only on
// integer arithmetic, so they are the same on every machine.
package hp

import (
	"math/big"
)

// Prec is the working precision in bits; results are good to nearly all of it.
const Prec = 256

// guard is the number of bits added inside a function.
const guard = 64

// F returns x as a big.Float of Prec bits.
func F(x float64) *big.Float { return new(big.Float).SetPrec(Prec).SetFloat64(x) }

// Int returns n as a big.Float of Prec bits.
func Int(n int64) *big.Float { return new(big.Float).SetPrec(Prec).SetInt64(n) }

// Add returns x+y.
func Add(x, y *big.Float) *big.Float { return newF(x, y).Add(x, y) }

// Sub returns x-y.
func Sub(x, y *big.Float) *big.Float { return newF(x, y).Sub(x, y) }

// Mul returns x*y.
func Mul(x, y *big.Float) *big.Float { return newF(x, y).Mul(x, y) }

// Quo returns x/y.
func Quo(x, y *big.Float) *big.Float { return newF(x, y).Quo(x, y) }

// Neg returns -x.
func Neg(x *big.Float) *big.Float { return new(big.Float).SetPrec(x.Prec()).Neg(x) }

// Scale returns x * 2^n.
func Scale(x *big.Float, n int) *big.Float {
	return new(big.Float).SetPrec(x.Prec()).SetMantExp(x, n)
}

// Sqrt returns the square root of x.
func Sqrt(x *big.Float) *big.Float { return new(big.Float).SetPrec(x.Prec()).Sqrt(x) }

// newF has the larger precision of x and y.
func newF(x, y *big.Float) *big.Float {
	return new(big.Float).SetPrec(max(x.Prec(), y.Prec()))
}

// to returns x rounded to p bits.
func to(x *big.Float, p uint) *big.Float { return new(big.Float).SetPrec(p).Set(x) }

// small says that adding term to sum no longer changes it at precision p.
func small(term, sum *big.Float, p uint) bool {
	return term.Sign() == 0 || (sum.Sign() != 0 && term.MantExp(nil) < sum.MantExp(nil)-int(p))
}

// divInt divides x by n in place.
func divInt(x *big.Float, n int64) { x.Quo(x, to(Int(n), x.Prec())) }

// Pi returns pi to p bits, by Machin's formula 16 atan(1/5) - 4 atan(1/239).
func Pi(p uint) *big.Float {
	w := p + guard
	inv := func(n int64) *big.Float { // atan(1/n)
		x := Quo(to(Int(1), w), to(Int(n), w))
		x2 := Mul(x, x)
		sum, pow := to(x, w), to(x, w)
		for k := int64(1); ; k++ {
			pow = Neg(Mul(pow, x2))
			t := to(pow, w)
			divInt(t, 2*k+1)
			if small(t, sum, w) {
				return sum
			}
			sum.Add(sum, t)
		}
	}
	return to(Sub(Scale(inv(5), 4), Scale(inv(239), 2)), p)
}

// Exp returns e^x.
func Exp(x *big.Float) *big.Float {
	w := x.Prec() + guard + uint(max(x.MantExp(nil), 0))
	const halvings = 12
	r := to(x, w)
	h := max(x.MantExp(nil)+halvings, 0)
	r = Scale(r, -h)
	sum, t := to(Int(1), w), to(Int(1), w)
	for k := int64(1); ; k++ {
		t = Mul(t, r)
		divInt(t, k)
		if small(t, sum, w) {
			break
		}
		sum.Add(sum, t)
	}
	for ; h > 0; h-- {
		sum = Mul(sum, sum)
	}
	return to(sum, x.Prec())
}

// Expm1 returns e^x - 1 without cancellation.
func Expm1(x *big.Float) *big.Float {
	if x.Sign() == 0 {
		return x
	}
	extra := uint(max(-x.MantExp(nil), 0))
	w := to(x, x.Prec()+extra+8)
	e := Exp(w)
	return to(e.Sub(e, Int(1)), x.Prec())
}

// Log returns the natural logarithm of x > 0.
func Log(x *big.Float) *big.Float {
	d := Sub(x, Int(1))
	if d.Sign() == 0 {
		return to(d, x.Prec())
	}
	w := x.Prec() + 2*guard + uint(max(-d.MantExp(nil), 0))
	return to(logAt(to(x, w), w), x.Prec())
}

// Log1p returns log(1+x) without cancellation.
func Log1p(x *big.Float) *big.Float {
	if x.Sign() == 0 {
		return x
	}
	exp := x.MantExp(nil)
	w := x.Prec() + 2*guard + uint(max(exp, -exp))
	return to(logAt(Add(to(Int(1), w), x), w), x.Prec())
}

// logAt uses log m = 2^k 2 atanh((q-1)/(q+1)), q = m^(2^-k), with w bits.
func logAt(m *big.Float, w uint) *big.Float {
	e := 0
	if exp := m.MantExp(nil); exp < -1 || exp > 2 {
		m, e = Scale(m, -exp), exp
	}
	k := 0
	for {
		q := Sub(m, Int(1))
		if q.Sign() == 0 || q.MantExp(nil) < -8 {
			break
		}
		m = Sqrt(m)
		k++
	}
	q := Quo(Sub(m, Int(1)), Add(m, Int(1)))
	q2 := Mul(q, q)
	sum, pow := to(q, w), to(q, w)
	for j := int64(1); q.Sign() != 0; j++ {
		pow = Mul(pow, q2)
		t := to(pow, w)
		divInt(t, 2*j+1)
		if small(t, sum, w) {
			break
		}
		sum.Add(sum, t)
	}
	sum = Scale(sum, k+1)
	if e != 0 {
		sum.Add(sum, Mul(to(Int(int64(e)), w), Log(to(Int(2), w))))
	}
	return sum
}

// SinCos returns the sine and cosine of x.
func SinCos(x *big.Float) (sin, cos *big.Float) {
	p := x.Prec()
	if x.Sign() == 0 {
		return x, to(Int(1), p)
	}
	exp := x.MantExp(nil)
	w := p + 2*guard + uint(max(exp, -exp))
	r := to(x, w)
	quadrant := int64(0)
	if exp > -1 {
		half := Scale(Pi(w), -1)
		n, _ := Add(Quo(to(x, w), half), F(0.5)).Int(nil)
		if Add(Quo(to(x, w), half), F(0.5)).Sign() < 0 {
			n.Sub(n, big.NewInt(1))
		}
		quadrant = new(big.Int).And(n, big.NewInt(3)).Int64()
		r = Sub(r, Mul(new(big.Float).SetPrec(w).SetInt(n), half))
	}
	s, c := sinSeries(r, w), cosSeries(r, w)
	switch quadrant {
	case 1:
		s, c = c, Neg(s)
	case 2:
		s, c = Neg(s), Neg(c)
	case 3:
		s, c = Neg(c), s
	}
	return to(s, p), to(c, p)
}

// sinSeries is the Taylor series of the sine.
func sinSeries(r *big.Float, w uint) *big.Float {
	r2 := Mul(r, r)
	sum, t := to(r, w), to(r, w)
	for k := int64(1); ; k++ {
		t = Neg(Mul(t, r2))
		divInt(t, 2*k*(2*k+1))
		if small(t, sum, w) {
			return sum
		}
		sum.Add(sum, t)
	}
}

// cosSeries is the Taylor series of the cosine.
func cosSeries(r *big.Float, w uint) *big.Float {
	r2 := Mul(r, r)
	sum, t := to(Int(1), w), to(Int(1), w)
	for k := int64(1); ; k++ {
		t = Neg(Mul(t, r2))
		divInt(t, 2*k*(2*k-1))
		if small(t, sum, w) {
			return sum
		}
		sum.Add(sum, t)
	}
}

// Atan returns the arctangent of x.
func Atan(x *big.Float) *big.Float {
	p := x.Prec()
	if x.Sign() == 0 {
		return x
	}
	w := p + guard + uint(max(x.MantExp(nil), 0))
	q := to(x, w)
	k := 0
	for ; q.MantExp(nil) > -8; k++ { // atan q = 2 atan(q / (1 + sqrt(1+q^2)))
		q = Quo(q, Add(Sqrt(Add(Mul(q, q), Int(1))), Int(1)))
	}
	q2 := Mul(q, q)
	sum, pow := to(q, w), to(q, w)
	for j := int64(1); ; j++ {
		pow = Neg(Mul(pow, q2))
		t := to(pow, w)
		divInt(t, 2*j+1)
		if small(t, sum, w) {
			break
		}
		sum.Add(sum, t)
	}
	return to(Scale(sum, k), p)
}

// Asin returns the arcsine of |x| <= 1.
func Asin(x *big.Float) *big.Float {
	w := to(x, x.Prec()+2*guard)
	c := Sqrt(Sub(Int(1), Mul(w, w)))
	if c.Sign() == 0 {
		half := Scale(Pi(x.Prec()), -1)
		if x.Sign() < 0 {
			half.Neg(half)
		}
		return half
	}
	return to(Atan(Quo(w, c)), x.Prec())
}
