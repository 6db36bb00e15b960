package main

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/twinsim/twinsim/sim/detmath/internal/hp"
)

// special writes the tables of erf, erfc and tan, and Stirling's remainder.
func special(p *printer) {
	erfTables(p)
	stirlingTables(p)
	tanTable(p)
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
		f := fitBig(scaled, hp.F(lo), hp.F(hi), hp.F(mid), 10)
		c, rest := split(f[0])
		row := []float64{c, rest}
		for _, v := range f[1:] {
			row = append(row, round(v))
		}
		rows = append(rows, row)
	}
	p.matrix("erfcTable row i is exp(x^2) erfc(x) on the i-th sixteenth of an octave from 1/2: as in erfTable.", "erfcTable", rows)
}

// stirlingTables writes Stirling's remainder and its constants.
func stirlingTables(p *printer) {
	one := hp.Int(1)
	half := hp.Scale(hp.Log(hp.Scale(hp.Pi(hp.Prec), 1)), -1)
	stirling := func(w *big.Float) *big.Float { // x (lgamma x - (x-1/2) log x + x - log(2 pi)/2), w = x^-2
		x := hp.Quo(one, hp.Sqrt(w))
		s := hp.Sub(hp.Lgamma(x), hp.Mul(hp.Sub(x, hp.F(0.5)), hp.Log(x)))
		return hp.Mul(hp.Sub(hp.Add(s, x), half), x)
	}
	p.array("stirlingPoly is x times Stirling's remainder, in x^-2, for x >= 20.", "stirlingPoly", fit(stirling, 0, 1.0/400, 0, 5))
	hi, lo := split(half)
	p.constant("halfLn2PiHi and halfLn2PiLo sum to log(2 pi)/2.", "halfLn2PiHi", hp.F(hi))
	p.constant("halfLn2PiLo is the rest.", "halfLn2PiLo", hp.F(lo))
}

// tanTable writes the tangent around the multiples of 1/32 up to pi/4.
func tanTable(p *printer) {
	tan := func(x *big.Float) *big.Float {
		s, c := hp.SinCos(x)
		return hp.Quo(s, c)
	}
	const half = 1.0 / 64
	rest := func(x *big.Float) *big.Float { // (tan x - x)/x^3
		return hp.Quo(hp.Sub(tan(x), x), hp.Mul(hp.Mul(x, x), x))
	}
	odd := fit(overSquare(rest), 0, half*half, 0, 3)
	rows := [][]float64{{0, 0, 0, 0, odd[0], 0, odd[1], 0, odd[2], 0}}
	for i := 1; i <= 25; i++ {
		c := float64(i) / 32
		f := fitBig(tan, hp.F(c-half), hp.F(c+half), hp.F(c), 9)
		hi, lo := split(f[0])
		row := []float64{hi, lo, round(hp.Sub(f[1], hp.Int(1)))}
		for _, v := range f[2:] {
			row = append(row, round(v))
		}
		rows = append(rows, row)
	}
	p.matrix("tanTable row i is tan(i/32 + t) - t for |t| <= 1/64: the constant in two parts, then the\n// coefficients of the powers of t.", "tanTable", rows)
}

// gammas writes gamma and lgamma around the multiples of 1/8 in [1, 24].
func gammas(p *printer) {
	const half = 1.0 / 16
	around := func(f fun, zeros ...int) [][]float64 {
		var rows [][]float64
		for i := 8; i <= 192; i++ {
			c := float64(i) / 8
			g := f
			if slices.Contains(zeros, i) {
				g = func(x *big.Float) *big.Float { return hp.Quo(f(x), hp.Sub(x, hp.F(c))) }
			}
			b := fitBig(g, hp.F(c-half), hp.F(c+half), hp.F(c), 12)
			if !slices.Contains(zeros, i) {
				b[0] = f(hp.F(c))
			}
			hi, lo := split(b[0])
			row := []float64{hi, lo}
			for _, v := range b[1:] {
				row = append(row, round(v))
			}
			rows = append(rows, row)
		}
		return rows
	}
	const doc = "%[1]sTable row i is %[1]s(1 + i/8 + t) for |t| <= 1/16: the constant in two parts,\n" +
		"// then the coefficients of the powers of t."
	p.matrix(fmt.Sprintf(doc, "gamma"), "gammaTable", around(hp.Gamma))
	p.matrix(fmt.Sprintf(doc, "lgamma")+" Rows 0 and 8, at the zeros, are divided by t.", "lgammaTable", around(hp.Lgamma, 8, 16))
}
