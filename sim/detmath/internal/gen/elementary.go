package main

import (
	"math"
	"math/big"

	"github.com/twinsim/twinsim/sim/detmath/internal/hp"
)

// elementary writes the tables of exp, log, the trigonometric and the hyperbolic functions.
func elementary(p *printer) {
	ln2 := hp.Log(hp.Int(2))
	one := hp.Int(1)
	expTables(p, ln2)
	logTables(p, ln2)
	trigTables(p)
	atanTables(p)
	cube := func(x *big.Float) *big.Float { return hp.Mul(hp.Mul(x, x), x) }
	rest := func(f fun) fun { // (f(x) - x) / x^3 as a function of x^2
		return overSquare(func(x *big.Float) *big.Float { return hp.Quo(hp.Sub(f(x), x), cube(x)) })
	}
	sinh := func(x *big.Float) *big.Float {
		return hp.Scale(hp.Sub(hp.Exp(x), hp.Exp(hp.Neg(x))), -1)
	}
	tanh := func(x *big.Float) *big.Float {
		e := hp.Exp(hp.Scale(x, 1))
		return hp.Quo(hp.Sub(e, one), hp.Add(e, one))
	}
	p.array("asinPoly is (asin x - x)/x^3 in x^2 on [0, 1/4].", "asinPoly", fit(rest(hp.Asin), 0, 0.25, 0, 13))
	p.array("sinhPoly is (sinh x - x)/x^3 in x^2 on [0, 0.5].", "sinhPoly", fit(rest(sinh), 0, 0.5, 0, 7))
	p.array("tanhPoly is (tanh x - x)/x^3 in x^2 on [0, 0.31].", "tanhPoly", fit(rest(tanh), 0, 0.31, 0, 11))
	cbrt := func(x *big.Float) *big.Float { return hp.Exp(hp.Quo(hp.Log(x), hp.Int(3))) }
	p.array("cbrtPoly is the cube root on [1, 2].", "cbrtPoly", fit(cbrt, 1, 2, 0, 8))
	p.array("cbrtScale is 2^(i/3).", "cbrtScale", []float64{1, round(cbrt(hp.Int(2))), round(cbrt(hp.Int(4)))})
}

// expTables writes 2^(i/128) and the polynomials of exp, exp2 and expm1.
func expTables(p *printer, ln2 *big.Float) {
	p.printf("// expTable holds the bits of 2^(i/128) and its relative rounding error.\nvar expTable = [128]expEntry{\n")
	for i := range 128 {
		v := hp.Exp(hp.Quo(hp.Mul(ln2, hp.Int(int64(i))), hp.Int(128)))
		hi, _ := split(v)
		tail := hp.Quo(hp.Sub(v, hp.F(hi)), hp.F(hi))
		p.printf("{%#x, %s},\n", math.Float64bits(hi), lit(round(tail)))
	}
	p.printf("}\n\n")
	p.constant("invLn2x128 is 128/ln 2.", "invLn2x128", hp.Quo(hp.Int(128), ln2))
	hi, lo := splitAt(hp.Quo(ln2, hp.Int(128)), 43)
	p.constant("ln2Over128Hi is ln2/128 to 2^-43, so that its product with 18-bit numbers is exact.", "ln2Over128Hi", hp.F(hi))
	p.constant("ln2Over128Lo is the rest of ln2/128.", "ln2Over128Lo", hp.F(lo))
	expRest := func(x *big.Float) *big.Float { // (e^x - 1 - x) / x^2
		return hp.Quo(hp.Sub(hp.Expm1(x), x), hp.Mul(x, x))
	}
	p.array("expPoly is (e^r - 1 - r)/r^2 on |r| <= ln2/256.", "expPoly", fit(expRest, -0.00271, 0.00271, 0, 4))
	exp2Rest := func(x *big.Float) *big.Float { return hp.Quo(hp.Expm1(hp.Mul(x, ln2)), x) }
	p.array("exp2Poly is (2^r - 1)/r on |r| <= 1/256.", "exp2Poly", fit(exp2Rest, -0.0040, 0.0040, 0, 6))
	expm1Rest := func(x *big.Float) *big.Float {
		return hp.Quo(hp.Sub(expRest(x), hp.F(0.5)), x)
	}
	p.array("expm1Poly is (e^x - 1 - x - x^2/2)/x^3 on |x| <= 1/8.", "expm1Poly", fit(expm1Rest, -0.126, 0.126, 0, 8))
}

// logTables writes the table of reciprocals and logarithms. Entry i serves the
// numbers z in [0.6875, 1.375) whose bits less those of 0.6875 have i on top. The
// reciprocals have so few bits that z*inv - 1 is nearly exact, and the two
// entries next to 1 have inv = 1, so that log keeps its relative accuracy there.
func logTables(p *printer, ln2 *big.Float) {
	p.printf("// logTable serves z in [0.6875, 1.375): see internal/gen.\nvar logTable = [128]logEntry{\n")
	const off = 0x3fe6000000000000
	rmin, rmax := 0.0, 0.0
	for i := range uint64(128) {
		lo, hi := math.Float64frombits(off+i<<45), math.Float64frombits(off+(i+1)<<45)
		scale := 512.0
		if lo < 1 {
			scale = 256
		}
		inv := math.RoundToEven(2*scale/(lo+hi)) / scale
		if lo == 1 || hi == 1 {
			inv = 1
		}
		rmin, rmax = min(rmin, lo*inv-1), max(rmax, hi*inv-1)
		chi, clo := splitAt(hp.Neg(hp.Log(hp.F(inv))), 42)
		p.printf("{%s, %s, %s},\n", lit(inv), lit(chi), lit(clo))
	}
	p.printf("}\n\n")
	hi, lo := splitAt(ln2, 42)
	p.constant("ln2Hi is ln 2 to 2^-42, so that its product with 11-bit numbers is exact.", "ln2Hi", hp.F(hi))
	p.constant("ln2Lo is the rest of ln 2.", "ln2Lo", hp.F(lo))
	logRest := func(r *big.Float) *big.Float { // (log(1+r) - r + r^2/2)/r^3
		s := hp.Sub(hp.Log1p(r), r)
		s = hp.Add(s, hp.Scale(hp.Mul(r, r), -1))
		return hp.Quo(s, hp.Mul(hp.Mul(r, r), r))
	}
	p.array("logPoly is (log(1+r) - r + r^2/2)/r^3 on the remainders of logTable.", "logPoly", fit(logRest, rmin, rmax, 0, 6))
	p.array("logPolyLong is logPoly with one term more, for the extended logarithm.", "logPolyLong", fit(logRest, rmin, rmax, 0, 8))
	for _, c := range []struct {
		name string
		base int64
	}{{"invLn2", 2}, {"invLn10", 10}} {
		chi, clo := split(hp.Quo(hp.Int(1), hp.Log(hp.Int(c.base))))
		p.constant(c.name+"Hi and "+c.name+"Lo sum to the reciprocal of the logarithm of the base.", c.name+"Hi", hp.F(chi))
		p.constant(c.name+"Lo is the rest.", c.name+"Lo", hp.F(clo))
	}
}

// trigTables writes pi/2 in parts, the bits of 2/pi, and the polynomials of sin and cos.
func trigTables(p *printer) {
	const prec = 1600
	pi := hp.Pi(prec)
	half := hp.Scale(pi, -1)
	p.constant("twoOverPi is 2/pi.", "twoOverPi", hp.Quo(hp.Int(1), half))
	hi, lo := split(half)
	p.constant("piOver2Hi and piOver2Lo sum to pi/2.", "piOver2Hi", hp.F(hi))
	p.constant("piOver2Lo is the rest.", "piOver2Lo", hp.F(lo))
	rest := half
	for i, name := range []string{"piOver2A", "piOver2B"} { // 33 bits each
		part := hp.Scale(new(big.Float).SetPrec(prec).SetInt(nearestInt(hp.Scale(rest, 32+33*i))), -32-33*i)
		p.constant("pi/2 in parts whose products with 20-bit numbers are exact.", name, part)
		rest = hp.Sub(rest, part)
	}
	p.constant("piOver2C is what piOver2A and piOver2B leave of pi/2.", "piOver2C", rest)
	frac := hp.Quo(new(big.Float).SetPrec(prec).SetInt64(1), half)
	n, _ := hp.Scale(frac, 64*20).Int(nil)
	p.printf("// twoOverPiBits holds the first 1280 bits after the point of 2/pi.\nvar twoOverPiBits = [20]uint64{\n")
	for i := 19; i >= 0; i-- {
		w := new(big.Int).Rsh(n, uint(64*i))
		w.And(w, new(big.Int).SetUint64(math.MaxUint64))
		p.printf("%#x,\n", w.Uint64())
	}
	p.printf("}\n\n")
	sin := func(x *big.Float) *big.Float {
		s, _ := hp.SinCos(x)
		return hp.Quo(hp.Sub(s, x), hp.Mul(hp.Mul(x, x), x))
	}
	cos := func(x *big.Float) *big.Float {
		_, c := hp.SinCos(x)
		x2 := hp.Mul(x, x)
		return hp.Quo(hp.Add(hp.Sub(c, hp.Int(1)), hp.Scale(x2, -1)), hp.Mul(x2, x2))
	}
	p.array("sinPoly is (sin x - x)/x^3 in x^2 on |x| <= pi/4.", "sinPoly", fit(overSquare(sin), 0, 0.617, 0, 6))
	p.array("cosPoly is (cos x - 1 + x^2/2)/x^4 in x^2 on |x| <= pi/4.", "cosPoly", fit(overSquare(cos), 0, 0.617, 0, 6))
}

// atanTables writes atan(c) for the centres c of sixteenths of the octaves from 1/32 to 64.
func atanTables(p *printer) {
	p.printf("// atanTable holds atan c and its rounding error, for c in the middle of 16 intervals in\n// each of the octaves of [1/32, 64).\nvar atanTable = [%d]pair{\n", 11*16)
	for i := range uint64(11 * 16) {
		c := math.Float64frombits(math.Float64bits(1.0/32) + i<<48 + 1<<47)
		hi, lo := split(hp.Atan(hp.F(c)))
		p.printf("{%s, %s},\n", lit(hi), lit(lo))
	}
	p.printf("}\n\n")
	atan := func(x *big.Float) *big.Float {
		return hp.Quo(hp.Sub(hp.Atan(x), x), hp.Mul(hp.Mul(x, x), x))
	}
	p.array("atanPoly is (atan t - t)/t^3 in t^2 on |t| <= 1/32.", "atanPoly", fit(overSquare(atan), 0, 0.00098, 0, 5))
}
