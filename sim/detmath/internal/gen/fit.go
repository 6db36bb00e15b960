package main

import (
	"math/big"

	"github.com/twinsim/twinsim/sim/detmath/internal/hp"
)

// fun is a function of a high-precision number.
type fun func(*big.Float) *big.Float

// fit returns the n coefficients, lowest first, of the polynomial in (x - at)
// that interpolates f at the Chebyshev points of [lo, hi]: within a small factor
// of the best polynomial of that degree.
func fit(f fun, lo, hi, at float64, n int) []float64 {
	c := fitBig(f, hp.F(lo), hp.F(hi), hp.F(at), n)
	out := make([]float64, n)
	for i := range c {
		out[i] = round(c[i])
	}
	return out
}

// fitBig is fit before rounding.
func fitBig(f fun, lo, hi, at *big.Float, n int) []*big.Float {
	mid, half := hp.Scale(hp.Add(lo, hi), -1), hp.Scale(hp.Sub(hi, lo), -1)
	xs, d := make([]*big.Float, n), make([]*big.Float, n)
	for i := range xs {
		angle := hp.Quo(hp.Mul(hp.Pi(hp.Prec), hp.Int(int64(2*i+1))), hp.Int(int64(2*n)))
		_, c := hp.SinCos(angle)
		xs[i] = hp.Add(mid, hp.Mul(half, c))
		d[i] = f(xs[i])
	}
	for k := 1; k < n; k++ { // divided differences
		for i := n - 1; i >= k; i-- {
			d[i] = hp.Quo(hp.Sub(d[i], d[i-1]), hp.Sub(xs[i], xs[i-k]))
		}
	}
	poly := []*big.Float{d[n-1]}
	for k := n - 2; k >= 0; k-- { // poly = poly * (X + (at - xs[k])) + d[k]
		shift := hp.Sub(at, xs[k])
		next := make([]*big.Float, len(poly)+1)
		for i := range next {
			next[i] = hp.Int(0)
			if i > 0 {
				next[i] = hp.Add(next[i], poly[i-1])
			}
			if i < len(poly) {
				next[i] = hp.Add(next[i], hp.Mul(poly[i], shift))
			}
		}
		next[0] = hp.Add(next[0], d[k])
		poly = next
	}
	return poly
}

// overSquare turns an odd or even f into z -> f(sqrt z).
func overSquare(f fun) fun {
	return func(z *big.Float) *big.Float { return f(hp.Sqrt(z)) }
}
