package main

import (
	"fmt"
	"math"
	"math/big"

	"github.com/twinsim/twinsim/sim/detmath/internal/hp"
)

// The quantile of the normal distribution. With q the smaller tail and
// g(q) = -quantile(q), every derivative of g in t = c - q is positive, so that a
// polynomial in t with positive coefficients, evaluated with sums and products of
// positive numbers, rounds to a monotone function. Far out, g as a function of
// L = -log q is the top of its interval less such a polynomial in t = top - L.

// normalInv writes the three tables of the quantile function.
func normalInv(p *printer) {
	upper := func(q *big.Float) *big.Float { return hp.Neg(hp.NormalQuantile(q)) }
	rows := make([][]float64, 11*8)
	for i := len(rows) - 1; i >= 0; i-- { // from q = 1/2 down
		lo, hi := eighth(1.0/4096, i)
		row := fit(func(t *big.Float) *big.Float { return upper(hp.Sub(hp.F(hi), t)) }, 0, hi-lo, 0, 10)
		if hi == 0.5 {
			odd := fit(func(t2 *big.Float) *big.Float {
				t := hp.Sqrt(t2)
				return hp.Quo(upper(hp.Sub(hp.F(hi), t)), t)
			}, 0, (hi-lo)*(hi-lo), 0, 5)
			row = make([]float64, 10)
			for j, v := range odd {
				row[2*j+1] = v
			}
		}
		requirePositive(row[1:])
		rows[i] = row
	}
	for i := 1; i < len(rows); i++ { // step up, if at all, to the next row
		lo, hi := eighth(1.0/4096, i)
		lower(rows[i], func() bool { return eval10(rows[i], hi-lo) <= rows[i-1][0] })
	}
	lo, hi := eighth(1.0/4096, 0)
	below := eval10(rows[0], hi-lo)
	p.matrix("quantileTable row i is -quantile(q) on the i-th eighth of an octave from 2^-12, in powers of\n// (its top - q).", "quantileTable", rows)
	var tail [][]float64
	for i := range 6*8 + 4 { // to L = 768: the least float64 has L = 744.4
		lo, hi := eighth(8, i)
		f := func(t *big.Float) *big.Float { // t = hi - L
			return upper(hp.Exp(hp.Sub(t, hp.F(hi))))
		}
		row := fit(func(t *big.Float) *big.Float { return hp.Neg(f(t)) }, 0, hi-lo, 0, 11)
		row[0] = -row[0]
		requirePositive(row[1:])
		start := max(lo, 12*math.Ln2) // the table above ends at q = 2^-12
		lower(row, func() bool { return row[0]-tailSum(row, hi-start) >= below })
		below = row[0]
		tail = append(tail, row)
	}
	p.matrix("quantileTail row i is -quantile(exp -L) on the i-th eighth of an octave from L = 8: the\n// value at its top, then what to subtract, in powers of (top - L).", "quantileTail", tail)
	p.printf("// tailLog holds log c in two parts, for the tops c of 32 intervals of [1, 2].\nvar tailLog = [32]pair{\n")
	for i := range 32 {
		hi, lo := splitAt(hp.Log(hp.F(1+float64(i+1)/32)), 42)
		p.printf("{%s, %s},\n", lit(hi), lit(lo))
	}
	p.printf("}\n\n")
	logRest := func(z *big.Float) *big.Float { // (-log(1-z) - z)/z^2
		return hp.Quo(hp.Sub(hp.Neg(hp.Log1p(hp.Neg(z))), z), hp.Mul(z, z))
	}
	c := fit(logRest, 0, 1.0/32, 0, 8)
	requirePositive(c)
	p.array("tailLogPoly is (-log(1-z) - z)/z^2 on [0, 1/32].", "tailLogPoly", c)
}

// eighth returns the ends of the i-th eighth of an octave counted from start.
func eighth(start float64, i int) (lo, hi float64) {
	b := math.Float64bits(start) + uint64(i)<<49
	return math.Float64frombits(b), math.Float64frombits(b + 1<<49)
}

// lower takes the slope of a row down by last places until ok.
func lower(row []float64, ok func() bool) {
	for n := 0; !ok(); n++ {
		if n == 500 {
			panic("gen: the rows of the quantile do not meet")
		}
		row[1] = math.Nextafter(row[1], 0)
	}
}

// requirePositive stops the generator if rounding to a monotone function is not assured.
func requirePositive(c []float64) {
	for i, v := range c {
		if !(v >= 0) {
			panic(fmt.Sprintf("gen: coefficient %d of %v is negative", i, c))
		}
	}
}

// eval10 evaluates a row of quantileTable as detmath does.
func eval10(c []float64, t float64) float64 {
	t2 := float64(t * t)
	t4 := float64(t2 * t2)
	a := c[1] + float64(c[2]*t)
	b := c[3] + float64(c[4]*t)
	d := c[5] + float64(c[6]*t)
	e := c[7] + float64(c[8]*t)
	s := (a + float64(b*t2)) + float64(t4*((d+float64(e*t2))+float64(c[9]*t4)))
	return c[0] + float64(t*s)
}

// tailSum evaluates what a row of quantileTail subtracts, as detmath does.
func tailSum(c []float64, t float64) float64 {
	s := 0.0
	for i := len(c) - 1; i >= 1; i-- {
		s = float64((s + c[i]) * t)
	}
	return s
}

// ziggurat writes the layers of the normal and the exponential density (Marsaglia
// & Tsang, J. Stat. Software 5(8), 2000): 256 of equal area, layer 0 with the tail.
func ziggurat(p *printer) {
	half := func(x *big.Float) *big.Float { return hp.Scale(x, -1) }
	norm := density{
		f:   func(x *big.Float) *big.Float { return hp.Exp(hp.Neg(half(hp.Mul(x, x)))) },
		inv: func(y *big.Float) *big.Float { return hp.Sqrt(hp.Neg(hp.Scale(hp.Log(y), 1))) },
		area: func(x *big.Float) *big.Float {
			return hp.Mul(hp.Sqrt(half(hp.Pi(hp.Prec))), hp.Erfc(hp.Quo(x, hp.Sqrt(hp.Int(2)))))
		},
	}
	expo := density{
		f:    func(x *big.Float) *big.Float { return hp.Exp(hp.Neg(x)) },
		inv:  func(y *big.Float) *big.Float { return hp.Neg(hp.Log(y)) },
		area: func(x *big.Float) *big.Float { return hp.Exp(hp.Neg(x)) },
	}
	norm.write(p, "normal", hp.F(3.654), hp.F(3.655), 52)
	expo.write(p, "exponential", hp.F(7.69), hp.F(7.70), 53)
}

// density is an unnormalised decreasing density with f(0) = 1.
type density struct{ f, inv, area fun }

// stack returns the area of a layer for the tail at r, the layers' right edges
// x[1..255], and how far the stack's top overshoots 1.
func (d density) stack(r *big.Float) (v *big.Float, x []*big.Float, over *big.Float) {
	v = hp.Add(hp.Mul(r, d.f(r)), d.area(r))
	x = make([]*big.Float, 256)
	x[255] = r
	x[0] = hp.Int(0)
	y := d.f(r)
	for i := 254; i >= 1; i-- {
		y = hp.Add(y, hp.Quo(v, x[i+1]))
		if y.Cmp(hp.Int(1)) >= 0 {
			return v, nil, hp.Int(1)
		}
		x[i] = d.inv(y)
	}
	return v, x, hp.Sub(hp.Add(y, hp.Quo(v, x[1])), hp.Int(1))
}

// write finds r in [lo, hi] by bisection and writes the tables for words of the given bits.
func (d density) write(p *printer, name string, lo, hi *big.Float, bits int) {
	for range 140 {
		r := hp.Scale(hp.Add(lo, hi), -1)
		if _, _, over := d.stack(r); over.Sign() > 0 {
			lo = r
		} else {
			hi = r
		}
	}
	v, x, _ := d.stack(hi)
	edges := append([]*big.Float{hp.Quo(v, d.f(hi))}, x[1:]...)
	p.constant(name+"Tail is where the tail of the bottom layer begins.", name+"Tail", hi)
	var w, f []float64
	p.printf("// %sKeep is the number of multiples of %sWidth that surely lie under the density.\nvar %sKeep = [256]uint64{", name, name, name)
	for i, e := range edges {
		inner := hi
		if i > 0 {
			inner = x[i-1]
		}
		if i%4 == 0 {
			p.printf("\n")
		}
		p.printf("%#x, ", floorInt(hp.Scale(hp.Quo(inner, e), bits)))
		w = append(w, round(hp.Scale(e, -bits)))
		f = append(f, round(d.f(x[i])))
	}
	p.printf("\n}\n\n")
	p.array(name+"Width is the width of each layer over 2^"+fmt.Sprint(bits)+".", name+"Width", w)
	p.array(name+"Height is the density at the right edge of each layer; entry 0 is the top, 1.", name+"Height", f)
}
