package detmath

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/twinsim/twinsim/sim/detmath/internal/hp"
)

// accuracy says how one function is held against the high-precision reference.
type accuracy struct {
	name  string
	f     func(x, y float64) float64
	ref   func(x, y float64) *big.Float
	args  func(r *rand.Rand) (x, y float64)
	n     int       // random arguments
	bound float64   // largest error allowed, in ulp
	edges []float64 // x values tried as well
}

// one lifts a function of one argument.
func one(f func(float64) float64) func(x, y float64) float64 {
	return func(x, _ float64) float64 { return f(x) }
}

// ref1 lifts a reference of one argument.
func ref1(f func(*big.Float) *big.Float) func(x, y float64) *big.Float {
	return func(x, _ float64) *big.Float { return f(hp.F(x)) }
}

// within draws uniformly from [lo, hi).
func within(lo, hi float64) func(*rand.Rand) (float64, float64) {
	return func(r *rand.Rand) (float64, float64) { return lo + (hi-lo)*r.Float64(), 0 }
}

// octaves draws a number whose logarithm is uniform, from 2^lo to 2^hi, of either
// sign if signed.
func octaves(lo, hi float64, signed bool) func(*rand.Rand) (float64, float64) {
	return func(r *rand.Rand) (float64, float64) {
		x := math.Exp2(lo + (hi-lo)*r.Float64())
		if signed && r.Uint64()&1 != 0 {
			x = -x
		}
		return x, 0
	}
}

// mix draws from one of several at random.
func mix(fs ...func(*rand.Rand) (float64, float64)) func(*rand.Rand) (float64, float64) {
	return func(r *rand.Rand) (float64, float64) { return fs[r.IntN(len(fs))](r) }
}

func refTan(x *big.Float) *big.Float { s, c := hp.SinCos(x); return hp.Quo(s, c) }
func refSin(x *big.Float) *big.Float { s, _ := hp.SinCos(x); return s }
func refCos(x *big.Float) *big.Float { _, c := hp.SinCos(x); return c }
func refAcos(x *big.Float) *big.Float {
	if f, _ := x.Float64(); f > 0.5 { // 2 asin sqrt((1-x)/2)
		return hp.Scale(hp.Asin(hp.Sqrt(hp.Scale(hp.Sub(hp.Int(1), x), -1))), 1)
	}
	return hp.Sub(hp.Scale(hp.Pi(hp.Prec), -1), hp.Asin(x))
}
func refSinh(x *big.Float) *big.Float {
	return hp.Scale(hp.Sub(hp.Expm1(x), hp.Expm1(hp.Neg(x))), -1)
}
func refCosh(x *big.Float) *big.Float {
	return hp.Scale(hp.Add(hp.Exp(x), hp.Exp(hp.Neg(x))), -1)
}
func refTanh(x *big.Float) *big.Float {
	e := hp.Expm1(hp.Scale(x, 1))
	return hp.Quo(e, hp.Add(e, hp.Int(2)))
}
func refLogBase(b int64) func(*big.Float) *big.Float {
	return func(x *big.Float) *big.Float { return hp.Quo(hp.Log(x), hp.Log(hp.Int(b))) }
}
func refCbrt(x *big.Float) *big.Float {
	if x.Sign() < 0 {
		return hp.Neg(refCbrt(hp.Neg(x)))
	}
	return hp.Exp(hp.Quo(hp.Log(x), hp.Int(3)))
}
func refPow(x, y float64) *big.Float { return hp.Exp(hp.Mul(hp.F(y), hp.Log(hp.F(x)))) }
func refHypot(x, y float64) *big.Float {
	return hp.Sqrt(hp.Add(hp.Mul(hp.F(x), hp.F(x)), hp.Mul(hp.F(y), hp.F(y))))
}
func refAtan2(y, x float64) *big.Float {
	a := hp.Atan(hp.Quo(hp.F(y), hp.F(x)))
	switch {
	case x < 0 && y > 0:
		return hp.Add(a, hp.Pi(hp.Prec))
	case x < 0:
		return hp.Sub(a, hp.Pi(hp.Prec))
	}
	return a
}
func refGamma(x *big.Float) *big.Float {
	if x.Sign() > 0 {
		return hp.Gamma(x)
	}
	a := hp.Neg(x)
	s, _ := hp.SinCos(hp.Mul(a, hp.Pi(hp.Prec)))
	return hp.Neg(hp.Quo(hp.Pi(hp.Prec), hp.Mul(hp.Mul(a, s), hp.Gamma(a))))
}

// powArgs draws x and y with a result that is a normal number, mostly.
func powArgs(r *rand.Rand) (x, y float64) {
	x, _ = octaves(-1000, 1000, false)(r)
	if r.IntN(2) == 0 {
		x = 0.5 + r.Float64()
	}
	return x, (2*r.Float64() - 1) * 707 / math.Abs(math.Log(x))
}

// twoArgs draws two numbers of either sign, of like or very unlike size.
func twoArgs(r *rand.Rand) (x, y float64) {
	x, _ = octaves(-30, 30, true)(r)
	y, _ = octaves(-30, 30, true)(r)
	if r.IntN(2) == 0 {
		y = x * (2*r.Float64() - 1) * 2
	}
	return x, y
}

// accuracies lists every function with the bound its doc comment states.
func accuracies() []accuracy {
	lgamma := func(x float64) float64 { v, _ := Lgamma(x); return v }
	trig := mix(within(-0.8, 0.8), within(-10, 10), within(-1e6, 1e6), octaves(-30, 1023, true))
	trigEdges := []float64{math.Pi, math.Pi / 2, 3 * math.Pi / 4, 1e22, 5e-324, 6381956970095103 * 0x1p797, math.MaxFloat64, 0x1p20, 710, 355, 5.5, 1048575.9}
	pos := mix(octaves(-1022, 1023, false), within(0.5, 2), within(0.99, 1.01))
	posEdges := []float64{5e-324, 1e-310, math.MaxFloat64, 1 - 0x1p-53, 1 + 0x1p-52, 0.6875, 1.375, 2, 3, 1e10, 0x1p-1022}
	return []accuracy{
		{"Exp", one(Exp), ref1(hp.Exp), mix(within(-745, 709.78), within(-1, 1)), 6000, 0.52, []float64{709.78, -708.5, -740, -745.1, 1e-300, -708.39}},
		{"Expm1", one(Expm1), ref1(hp.Expm1), mix(within(-40, 709), within(-1, 1), octaves(-60, 0, true)), 6000, 0.65, []float64{0.125, 0.12501, -0.125, 1e-300, 709.7}},
		{"Exp2", one(Exp2), func(x, _ float64) *big.Float { return hp.Exp(hp.Mul(hp.F(x), hp.Log(hp.Int(2)))) }, mix(within(-1074, 1024), within(-1, 1)), 4000, 0.52, []float64{1023.999, -1073.9, 3}},
		{"Log", one(Log), ref1(hp.Log), pos, 6000, 0.52, posEdges},
		{"Log1p", one(Log1p), ref1(hp.Log1p), mix(within(-1, 1), within(-1, 100), octaves(-60, 100, false), within(-0.01, 0.01)), 6000, 0.55, []float64{-1 + 0x1p-53, 1e-300, 1e300, -0x1p-60, 1}},
		{"Log2", one(Log2), ref1(refLogBase(2)), pos, 4000, 0.52, posEdges},
		{"Log10", one(Log10), ref1(refLogBase(10)), pos, 4000, 0.52, posEdges},
		{"Pow", Pow, refPow, powArgs, 6000, 0.53, nil},
		{"Sin", one(Sin), ref1(refSin), trig, 6000, 0.9, trigEdges},
		{"Cos", one(Cos), ref1(refCos), trig, 6000, 0.9, trigEdges},
		{"Tan", one(Tan), ref1(refTan), trig, 4000, 1.3, trigEdges},
		{"Asin", one(Asin), ref1(hp.Asin), mix(within(-1, 1), octaves(-60, 0, true)), 4000, 0.8, []float64{0.5, 1, -1, 1 - 0x1p-53}},
		{"Acos", one(Acos), ref1(refAcos), within(-1, 1), 4000, 0.8, []float64{0.5, -0.5, -1, 1 - 0x1p-53, 0}},
		{"Atan", one(Atan), ref1(hp.Atan), mix(octaves(-60, 60, true), octaves(-6, 7, true)), 4000, 0.6, []float64{1.0 / 32, 64, 63.99999, 1e300, 1}},
		{"Atan2", Atan2, refAtan2, twoArgs, 4000, 1.5, nil},
		{"Sinh", one(Sinh), ref1(refSinh), mix(within(-2, 2), within(-710, 710)), 4000, 1.1, []float64{0.55, 710.4, -20, 1e-300}},
		{"Cosh", one(Cosh), ref1(refCosh), mix(within(-2, 2), within(-710, 710)), 4000, 1, []float64{0, 710.4, 20}},
		{"Tanh", one(Tanh), ref1(refTanh), mix(within(-2, 2), within(-25, 25)), 4000, 1, []float64{0.55, 0.5499999, 22, 1e-300}},
		{"Erf", one(Erf), ref1(hp.Erf), mix(within(-1, 1), within(-6, 6), octaves(-60, 0, true)), 3000, 1.2, []float64{0.5, 5.9999}},
		{"Erfc", one(Erfc), ref1(hp.Erfc), mix(within(-6, 6), within(0, 27.2)), 2000, 0.9, []float64{0.25, 0.5, 26.5, 27.2}},
		{"Gamma", one(Gamma), ref1(refGamma), mix(within(0, 12), within(0, 171), within(-20, 0), within(-170, 0)), 3000, 1.2, []float64{0.5, 8, 23, 23.9374, 23.9376, -170.2, 171.6, 1e-300, 1.5, 170.5}},
		{"Lgamma", one(lgamma), ref1(hp.Lgamma), mix(within(0, 9), within(0.9, 3), within(9, 200), octaves(-100, 1013, false)), 3000, 1.8, []float64{8, 23.9374, 23.9376, 1 + 0x1p-52, 2 - 0x1p-52, 1e16, 1e18, 2.999999, 0.5}},
		{"Hypot", Hypot, refHypot, twoArgs, 4000, 1.2, nil},
		{"Cbrt", one(Cbrt), ref1(refCbrt), octaves(-1022, 1023, true), 4000, 0.67, []float64{5e-324, 8, 27, math.MaxFloat64}},
		{"NormalInv", one(NormalInv), ref1(hp.NormalQuantile), mix(within(0, 1), octaves(-1074, -1, false), octaves(-14, -1, false)), 600, 1.5, []float64{0.25, 0x1p-12, 1 - 0x1p-53, 5e-324, 0.5 - 0x1p-54, 0x1p-1022}},
	}
}

// ulpError returns |got - want| in units of the last place of want.
func ulpError(got float64, want *big.Float) float64 {
	if want.Sign() == 0 {
		return math.Abs(got) / 5e-324
	}
	if math.IsNaN(got) || math.IsInf(got, 0) {
		return math.Inf(1)
	}
	exp := max(want.MantExp(nil)-53, -1074)
	d, _ := hp.Scale(hp.Sub(hp.F(got), want), -exp).Float64()
	return math.Abs(d)
}

// TestAccuracy holds every function to its bound and logs the largest error seen.
func TestAccuracy(t *testing.T) {
	for _, a := range accuracies() {
		t.Run(a.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			n := a.n
			if testing.Short() {
				n /= 20
			}
			worst, at := 0.0, [2]float64{}
			check := func(x, y float64) {
				if u := ulpError(a.f(x, y), a.ref(x, y)); u > worst {
					worst, at = u, [2]float64{x, y}
				}
			}
			for _, x := range a.edges {
				check(x, 0)
			}
			for range n {
				check(a.args(r))
			}
			t.Logf("max error %.3f ulp at %v", worst, at)
			if worst > a.bound {
				t.Errorf("%s(%v): error %.3f ulp, want at most %v", a.name, at, worst, a.bound)
			}
		})
	}
}

// TestSubnormal covers what the accuracies above do not draw and package math gets wrong.
func TestSubnormal(t *testing.T) {
	for _, c := range [][2]float64{{5e-324, 0.25}, {1e-310, -0.25}, {1e-310, 0x1p-30}, {2, -1074}, {10, -310}, {10, -322.5}, {0.5, 1060.5}, {3, 2}, {1.1, 7400}} {
		if u := ulpError(Pow(c[0], c[1]), refPow(c[0], c[1])); u > 0.53 {
			t.Errorf("Pow(%v, %v) = %v: error %.3f ulp", c[0], c[1], Pow(c[0], c[1]), u)
		}
	}
	for _, c := range [][2]float64{{-5e-324, -2}, {-5e-324, -math.MaxFloat64}, {-1e-310, 1e-312}, {1e300, 1e-300}, {5e-324, 5e-324}} {
		if u := ulpError(Atan2(c[0], c[1]), refAtan2(c[0], c[1])); u > 1.5 {
			t.Errorf("Atan2(%v, %v) = %v: error %.3f ulp", c[0], c[1], Atan2(c[0], c[1]), u)
		}
	}
	for _, c := range [][2]float64{{5e-324, 5e-324}, {1e-310, 3e-311}, {1e308, 1e308}, {1e-200, 1e-201}, {1e200, 1e100}} {
		if u := ulpError(Hypot(c[0], c[1]), refHypot(c[0], c[1])); u > 1.2 {
			t.Errorf("Hypot(%v, %v) = %v: error %.3f ulp", c[0], c[1], Hypot(c[0], c[1]), u)
		}
	}
}
