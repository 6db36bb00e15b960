package hp

import (
	"math"
	"math/big"
)

// Erf returns the error function, by erf x = 2/sqrt(pi) exp(-x^2)
// sum 2^n x^(2n+1) / (2n+1)!!, whose terms are all positive (Abramowitz & Stegun 7.1.6).
func Erf(x *big.Float) *big.Float {
	if x.Sign() == 0 {
		return x
	}
	w := x.Prec() + guard
	q := to(x, w)
	two := Scale(Mul(q, q), 1)
	sum, t := to(q, w), to(q, w)
	for n := int64(1); ; n++ {
		t = Mul(t, two)
		divInt(t, 2*n+1)
		if small(t, sum, w) {
			break
		}
		sum.Add(sum, t)
	}
	s := Mul(sum, Exp(Neg(Scale(two, -1))))
	return to(Quo(Scale(s, 1), Sqrt(Pi(w))), x.Prec())
}

// Erfc returns 1 - erf(x), with the precision raised to cover the cancellation.
func Erfc(x *big.Float) *big.Float {
	v, _ := x.Float64()
	extra := uint(0)
	if v > 0 {
		extra = uint(v*v*1.4427) + 16
	}
	e := Erf(to(x, x.Prec()+extra))
	return to(Sub(to(Int(1), e.Prec()), e), x.Prec())
}

// NormalQuantile returns the x with probability p to its left, by Newton steps on Erfc.
func NormalQuantile(p *big.Float) *big.Float {
	one := Int(1)
	upper := p.Cmp(F(0.5)) > 0
	q := to(p, p.Prec())
	if upper {
		q.Sub(one, q)
	}
	if q.Cmp(F(0.5)) == 0 {
		return Int(0)
	}
	l, _ := Neg(Log(Scale(q, 1))).Float64()
	x := F(-math.Sqrt2 * erfcinvStart(l)) // any start near the root does
	root2 := Sqrt(Int(2))
	norm := Sqrt(Scale(Pi(Prec), 1))
	for i := 0; i < 200; i++ {
		f := Scale(Erfc(Neg(Quo(x, root2))), -1)
		// log Phi is nearly quadratic, so that Newton's steps on it do not overshoot.
		density := Quo(Exp(Neg(Scale(Mul(x, x), -1))), norm)
		step := Mul(Quo(f, density), Log(Quo(f, q)))
		x = Sub(x, step)
		if step.Sign() == 0 || step.MantExp(nil) < x.MantExp(nil)-int(Prec)*3/4 {
			break
		}
	}
	if upper {
		x.Neg(x)
	}
	return x
}

// erfcinvStart is a rough inverse of erfc at exp(-l), l >= 0.
func erfcinvStart(l float64) float64 {
	if l < 3 {
		return math.Erfinv(-math.Expm1(-l))
	}
	return math.Sqrt(l - 0.5*math.Log(math.Pi*l))
}

// Lgamma returns log Gamma(x) for x > 0, by Stirling's series at x+n >= 64
// and the recurrence down (Abramowitz & Stegun 6.1.40).
func Lgamma(x *big.Float) *big.Float {
	w := x.Prec() + guard
	z := to(x, w)
	prod := to(Int(1), w)
	for z.Cmp(Int(64)) < 0 {
		prod = Mul(prod, z)
		z = Add(z, Int(1))
	}
	res := Mul(Sub(z, F(0.5)), Log(z))
	res.Sub(res, z)
	res.Add(res, Scale(Log(Scale(Pi(w), 1)), -1))
	zp, z2 := to(z, w), Mul(z, z)
	for n := 1; n < 200; n++ {
		b := new(big.Float).SetPrec(w).SetRat(bernoulli(2 * n))
		t := Quo(b, Mul(to(Int(int64(2*n*(2*n-1))), w), zp))
		if small(t, res, w) {
			break
		}
		res.Add(res, t)
		zp = Mul(zp, z2)
	}
	return to(res.Sub(res, Log(prod)), x.Prec())
}

// Gamma returns Gamma(x) for x > 0.
func Gamma(x *big.Float) *big.Float {
	return to(Exp(Lgamma(to(x, x.Prec()+guard))), x.Prec())
}

// bernoulliMemo holds B_0, B_1, ...; the tests and the generator use one goroutine.
var bernoulliMemo []*big.Rat

// bernoulli returns B_n by the Akiyama-Tanigawa recurrence.
func bernoulli(n int) *big.Rat {
	for m := len(bernoulliMemo); m <= n; m++ {
		a := make([]*big.Rat, m+1)
		for j := range a {
			a[j] = big.NewRat(1, int64(j+1))
		}
		for k := m; k > 0; k-- { // one difference row at a time
			for j := 0; j < k; j++ {
				d := new(big.Rat).Sub(a[j], a[j+1])
				a[j] = d.Mul(d, big.NewRat(int64(j+1), 1))
			}
		}
		bernoulliMemo = append(bernoulliMemo, a[0])
	}
	return bernoulliMemo[n]
}
