package detmath

import (
	"math"
	"math/rand/v2"
	"testing"
)

// pairs1 and pairs2 set the functions against package math's.
var pairs1 = []struct {
	name      string
	det, math func(float64) float64
	lo, hi    float64 // usual arguments, for the benchmarks
}{
	{"Exp", Exp, math.Exp, -10, 10}, {"Expm1", Expm1, math.Expm1, -2, 2}, {"Exp2", Exp2, math.Exp2, -10, 10},
	{"Log", Log, math.Log, 0, 10}, {"Log1p", Log1p, math.Log1p, -0.9, 2}, {"Log2", Log2, math.Log2, 0, 10},
	{"Log10", Log10, math.Log10, 0, 10}, {"Sin", Sin, math.Sin, -10, 10}, {"Cos", Cos, math.Cos, -10, 10},
	{"Tan", Tan, math.Tan, -10, 10}, {"Asin", Asin, math.Asin, -1, 1}, {"Acos", Acos, math.Acos, -1, 1},
	{"Atan", Atan, math.Atan, -5, 5}, {"Sinh", Sinh, math.Sinh, -5, 5}, {"Cosh", Cosh, math.Cosh, -5, 5},
	{"Tanh", Tanh, math.Tanh, -3, 3}, {"Erf", Erf, math.Erf, -3, 3}, {"Erfc", Erfc, math.Erfc, -3, 3},
	{"Gamma", Gamma, math.Gamma, 0.1, 20},
	{"Lgamma", func(x float64) float64 { v, _ := Lgamma(x); return v }, func(x float64) float64 { v, _ := math.Lgamma(x); return v }, 0.1, 20},
	{"Cbrt", Cbrt, math.Cbrt, -100, 100},
}

var pairs2 = []struct {
	name      string
	det, math func(x, y float64) float64
}{{"Pow", Pow, math.Pow}, {"Atan2", Atan2, math.Atan2}, {"Hypot", Hypot, math.Hypot}}

// edgeValues are the arguments of special cases and the places where they begin.
func edgeValues() []float64 {
	inf := math.Inf(1)
	v := []float64{0, 1, 2, 3, 4, 5, 10, 22, 0.5, 1.5, 2.5, 0.25, 0x1p-30, 0x1p-60, 0x1p60, 0x1p52, 0x1p53 - 1, 0x1p53, 0x1p63,
		0x1p64, 1e300, math.MaxFloat64, 5e-324, 1e-310, 0x1p-1022, inf, 709.78, 709.79, 745.2, 1024, 1023, 1074, 1075, 170, 171.5, 171.7, 1e-300}
	for _, x := range v[:len(v):len(v)] {
		v = append(v, -x)
	}
	return append(v, math.NaN())
}

// alike says that a and b are the same special value or nearly the same number.
func alike(a, b float64) bool {
	switch {
	case a != a || b != b:
		return a != a && b != b
	case math.IsInf(b, 0) || b == 0 || math.IsInf(a, 0):
		return a == b && math.Signbit(a) == math.Signbit(b)
	}
	return math.Abs(a-b) <= 1e-13*math.Abs(b)+5e-324
}

// mathErrs lists where package math is wrong on some processor, so that the test of
// accuracy has to judge: the assembly Log of subnormal numbers, Exp next to
// overflow, and Atan2 where y/x underflows to a zero that loses the sign.
func mathErrs(name string, x, y float64) bool {
	subnormal := x != 0 && math.Abs(x) < 0x1p-1022
	switch name {
	case "Log", "Log10", "Lgamma", "Pow":
		return subnormal
	case "Exp", "Sinh", "Cosh":
		return math.Abs(x) > 709 && math.Abs(x) < 710
	case "Atan2":
		return y < 0 && math.Abs(x) < 1e-300*math.Abs(y) || y < -1 && x != 0 && math.Abs(x/y) < 0x1p-1022
	}
	return false
}

func TestSpecialCases(t *testing.T) {
	for _, p := range pairs1 {
		for _, x := range edgeValues() {
			if math.Abs(x) > 1e15 && math.Abs(x) < 0x1p64 && p.name == "Tan" {
				continue
			}
			if a, b := p.det(x), p.math(x); !alike(a, b) && !mathErrs(p.name, x, 0) {
				t.Errorf("%s(%v) = %v, math has %v", p.name, x, a, b)
			}
		}
	}
	for _, p := range pairs2 {
		for _, x := range edgeValues() {
			for _, y := range edgeValues() {
				if a, b := p.det(x, y), p.math(x, y); !alike(a, b) && !mathErrs(p.name, x, y) {
					t.Errorf("%s(%v, %v) = %v, math has %v", p.name, x, y, a, b)
				}
			}
		}
	}
	for _, x := range edgeValues() {
		s, c := Sincos(x)
		if !alike(s, Sin(x)) || !alike(c, Cos(x)) {
			t.Errorf("Sincos(%v) = %v, %v", x, s, c)
		}
		_, a := Lgamma(x)
		if _, b := math.Lgamma(x); a != b {
			t.Errorf("sign of Lgamma(%v) = %v, want %v", x, a, b)
		}
	}
}

// sink keeps the compiler from dropping benchmarked calls.
var sink float64

// benchArgs returns 1024 arguments, so that branches are not learnt.
func benchArgs(lo, hi float64) []float64 {
	r := rand.New(rand.NewPCG(3, 4))
	v := make([]float64, 1024)
	for i := range v {
		v[i] = lo + (hi-lo)*r.Float64()
	}
	return v
}

func BenchmarkFunctions(b *testing.B) {
	for _, p := range pairs1 {
		args := benchArgs(p.lo, p.hi)
		run := func(name string, f func(float64) float64) {
			b.Run(p.name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					sink += f(args[i&1023])
				}
			})
		}
		run("detmath", p.det)
		run("math", p.math)
	}
	for _, p := range pairs2 {
		x, y := benchArgs(0, 5), benchArgs(-4, 6)
		run := func(name string, f func(x, y float64) float64) {
			b.Run(p.name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					sink += f(x[i&1023], y[(i+7)&1023])
				}
			})
		}
		run("detmath", p.det)
		run("math", p.math)
	}
}

func BenchmarkVariates(b *testing.B) {
	r := rand.NewPCG(1, 2)
	p := benchArgs(0, 1)
	for _, v := range []struct {
		name string
		f    func(i int) float64
	}{
		{"Normal", func(int) float64 { return Normal(r) }},
		{"NormalFast", func(int) float64 {
			u := r.Uint64()
			x, ok := NormalFast(u)
			if !ok {
				x = NormalSlow(u, r.Uint64)
			}
			return x
		}},
		{"Exponential", func(int) float64 { return Exponential(r) }},
		{"NormalInv", func(i int) float64 { return NormalInv(p[i&1023]) }},
		{"ExponentialInv", func(i int) float64 { return ExponentialInv(p[i&1023]) }},
	} {
		b.Run(v.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				sink += v.f(i)
			}
		})
	}
}
