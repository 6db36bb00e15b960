package scenarios

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

type testDraws struct{ *rand.Rand }

func (d testDraws) Normal() float64      { return d.NormFloat64() }
func (d testDraws) Exponential() float64 { return d.ExpFloat64() }

// TestLawMoments draws from each law and compares mean and standard deviation
// with the closed forms (Johnson, Kotz and Balakrishnan, Continuous Univariate
// Distributions, 2nd ed., chapters 13, 14, 19, 21, 26).
func TestLawMoments(t *testing.T) {
	g := func(x float64) float64 { return math.Gamma(x) }
	for _, c := range []struct {
		text, unit string
		mean, sd   float64
	}{
		{"normal(10, 1) mm", "mm", 10, 1},
		{"normal(20 degC, 2 K)", "K", 293.15, 2},
		{"normal(50 degF, 9 degF)", "degC", 10, 5},
		{"uniform(5 min, 90 min)", "s", 2850, 5100 / math.Sqrt(12)},
		{"triangular(0, 3, 6)", "", 3, math.Sqrt(1.5)},
		{"lognormal(95 min, 0.3)", "min", 95 * math.Exp(0.045), 95 * math.Exp(0.045) * math.Sqrt(math.Exp(0.09)-1)},
		{"exponential(3d)", "h", 72, 72},
		{"exponential(3) d", "d", 3, 3},
		{"weibull(2.1, 900h)", "h", 900 * g(1+1/2.1), 900 * math.Sqrt(g(1+2/2.1)-g(1+1/2.1)*g(1+1/2.1))},
		{"choice(1:0.4, 2:0.35, 4:0.25)", "", 2.1, math.Sqrt(0.4 + 1.4 + 4 - 2.1*2.1)},
		{"choice(1 m, 2 m)", "cm", 150, 50},
		{"12 L", "mL", 12000, 0},
	} {
		u, err := ParseUnit(c.unit)
		if err != nil {
			t.Fatal(err)
		}
		q, err := ParseQuantity(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		law, err := q.Draws(u)
		if err != nil {
			t.Errorf("%q in %q: %v", c.text, c.unit, err)
			continue
		}
		r := testDraws{rand.New(rand.NewPCG(1, 2))}
		const n = 200000
		var sum, sum2 float64
		for range n {
			x := law.Draw(r) - c.mean
			sum, sum2 = sum+x, sum2+x*x
		}
		mean, sd := c.mean+sum/n, math.Sqrt(sum2/n)
		if math.Abs(mean-c.mean) > 5*c.sd/math.Sqrt(n)+1e-9 || math.Abs(sd-c.sd) > 0.02*c.sd+1e-9 {
			t.Errorf("%q: mean %v sd %v, want %v and %v", c.text, mean, sd, c.mean, c.sd)
		}
	}
}

func TestLawWords(t *testing.T) {
	law, err := ParseLaw("choice(loam:3, silty clay:1)")
	if err != nil {
		t.Fatal(err)
	}
	r, loam := testDraws{rand.New(rand.NewPCG(1, 2))}, 0
	for range 10000 {
		switch law.DrawWord(r) {
		case "loam":
			loam++
		case "silty clay":
		default:
			t.Fatal("another word")
		}
	}
	if loam < 7300 || loam > 7700 {
		t.Errorf("%d of 10000 are loam, want about 7500", loam)
	}
}

func TestLawErrors(t *testing.T) {
	for _, c := range []struct{ text, unit, want string }{
		{"norml(1, 2)", "", `unknown law "norml"; expected one of normal, uniform`},
		{"normal(1)", "", "normal takes 2 arguments, not 1"},
		{"normal(1, -2)", "", "a spread must not be negative"},
		{"uniform(3, 1)", "", "must not go down"},
		{"weibull(0, 1 h)", "h", "argument 1 must be above 0"},
		{"normal(1, 2", "", `every "("`},
		{"normal(1 m, 2) cm", "m", "units inside and after"},
		{"normal(1 m, 2)", "m", "some of its numbers only"},
		{"normal(1 m, 2 s)", "m", "2 s is a time, not a length"},
		{"normal(10, 1)", "mm", `write "normal(10, 1) mm"`},
		{"normal(10, 1) L", "mm", "is a volume, not a length"},
		{"choice()", "", "needs something"},
		{"choice(a, 1)", "", "mixes words and numbers"},
		{"choice(a, b)", "m", "chooses words"},
		{"choice(1:0, 2:0)", "", "add up to nothing"},
		{"choice(1:x)", "", "not a weight"},
		{"lognormal(95 min, 3 min)", "min", "a time, not a pure number"},
		{"normal(x, 1)", "", `"x" is not a number`},
	} {
		u, _ := ParseUnit(c.unit)
		law, err := ParseLaw(c.text)
		if err == nil {
			_, err = law.In(u)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	law, err := ParseLaw("lognormal(95 min, 0.3)")
	if err != nil {
		b.Fatal(err)
	}
	r := testDraws{rand.New(rand.NewPCG(1, 2))}
	b.ReportAllocs()
	for b.Loop() {
		law.Draw(r)
	}
}
