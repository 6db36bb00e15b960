package main

import (
	"math"
	"math/big"

	"github.com/twinsim/twinsim/sim/detmath/internal/hp"
)

// special writes the tables of erf, erfc, gamma and lgamma.
func special(p *printer) {
	erfTables(p)
	gammaTables(p)
}

// erfTables writes erf near 0, erf in 88 intervals, and exp(x^2) erfc(x) in 96.
func erfTables(p *printer) {
	one := hp.Int(1)
	near := func(x *big.Float) *big.Float { return hp.Sub(hp.Quo(hp.Erf(x), x), one) }
	p.array("erfPoly is erf(x)/x - 1 in x^2 on [0, 1/4].", "erfPoly", fit(overSquare(near), 0, 0.2501, 0, 9))
	var rows [][]float64
	for i := range 88 {
		c := 0.5 + (float64(i)+0.5)/16
		f := fitBig(hp.Erf, hp.F(c-1.0/32), hp.F(c+1.0/32), hp.F(c), 10)
		hi, lo := split(f[0])
		row := []float64{hi, lo}
		for _, v := range f[1:] {
			row = append(row, round(v))
		}
		rows = append(rows, row)
	}
	p.matrix("erfTable row i is erf on [i/16, (i+1)/16] + 1/2: the constant in two parts, then the\n// coefficients of the powers of the distance from the middle.", "erfTable", rows)
	scaled := func(x *big.Float) *big.Float { return hp.Mul(hp.Exp(hp.Mul(x, x)), hp.Erfc(x)) }
	rows = nil
	for i := range uint64(96) {
		base := math.Float64bits(0.5) + i<<48
		lo, mid, hi := math.Float64frombits(base), math.Float64frombits(base+1<<47), math.Float64frombits(base+1<<48)
		rows = append(rows, fit(scaled, lo, hi, mid, 10))
	}
	p.matrix("erfcTable row i is exp(x^2) erfc(x) on the i-th sixteenth of an octave from 1/2.", "erfcTable", rows)
}

// gammaTables writes lgamma on [3/4, 3), gamma on [1, 2), and Stirling's remainder.
func gammaTables(p *printer) {
	one, two := hp.Int(1), hp.Int(2)
	quotient := func(x *big.Float) *big.Float { // positive and smooth: the zeros are divided out
		return hp.Quo(hp.Lgamma(x), hp.Mul(hp.Sub(x, one), hp.Sub(x, two)))
	}
	var rows [][]float64
	for i := range 18 {
		lo := 0.75 + float64(i)/8
		rows = append(rows, fit(quotient, lo, lo+0.125, lo+0.0625, 11))
	}
	p.matrix("lgammaTable row i is lgamma(x)/((x-1)(x-2)) on 3/4 + [i/8, (i+1)/8].", "lgammaTable", rows)
	rows = nil
	for i := range 8 {
		lo := 1 + float64(i)/8
		rows = append(rows, fit(hp.Gamma, lo, lo+0.125, lo+0.0625, 11))
	}
	p.matrix("gammaTable row i is gamma on 1 + [i/8, (i+1)/8].", "gammaTable", rows)
	half := hp.Scale(hp.Log(hp.Scale(hp.Pi(hp.Prec), 1)), -1)
	stirling := func(w *big.Float) *big.Float { // x (lgamma x - (x-1/2) log x + x - log(2 pi)/2), w = x^-2
		x := hp.Quo(one, hp.Sqrt(w))
		s := hp.Sub(hp.Lgamma(x), hp.Mul(hp.Sub(x, hp.F(0.5)), hp.Log(x)))
		return hp.Mul(hp.Sub(hp.Add(s, x), half), x)
	}
	p.array("stirlingPoly is x times Stirling's remainder, in x^-2, for x >= 8.", "stirlingPoly", fit(stirling, 0, 1.0/64, 0, 7))
	hi, lo := split(half)
	p.constant("halfLn2PiHi and halfLn2PiLo sum to log(2 pi)/2.", "halfLn2PiHi", hp.F(hi))
	p.constant("halfLn2PiLo is the rest.", "halfLn2PiLo", hp.F(lo))
	p.constant("lnPi is log(pi).", "lnPi", hp.Log(hp.Pi(hp.Prec)))
}
