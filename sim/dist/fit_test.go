package dist

import (
	"errors"
	"math"
	"testing"

	"github.com/twinsim/twinsim/sim"
)

// bearings are the millions of revolutions to failure of 23 ball bearings (Lieblein
// & Zelen, J. Res. NBS 57, 1956).
var bearings = []float64{17.88, 28.92, 33.00, 41.52, 42.12, 45.60, 48.48, 51.84, 51.96, 54.12, 55.56, 67.80,
	68.64, 68.64, 68.88, 84.12, 93.12, 98.64, 105.12, 105.84, 127.92, 128.04, 173.40}

func near(got, want, relative float64) bool { return math.Abs(got-want) <= relative*math.Abs(want) }

// Published fits of the bearings: Weibull 2.10 and 81.9 (Lawless, Statistical Models
// and Methods for Lifetime Data, 1982); further digits by minimizing SciPy's densities.
func TestFitBearings(t *testing.T) {
	w, err := Fit(FamilyWeibull, bearings)
	if d := w.Dist.(Weibull); err != nil || !near(d.Shape, 2.10205887, 1e-7) || !near(d.Scale, 81.87833423, 1e-7) || !near(w.LogLikelihood, -113.69129093232, 1e-11) {
		t.Errorf("Weibull: %+v, %v", w, err)
	}
	g, err := Fit(FamilyGamma, bearings)
	if d := g.Dist.(Gamma); err != nil || !near(d.Shape, 4.02541465, 1e-7) || !near(d.Scale, 17.9420888, 1e-7) || !near(g.LogLikelihood, -113.02928137217, 1e-11) {
		t.Errorf("gamma: %+v, %v", g, err)
	}
	l, err := Fit(FamilyLogNormal, bearings)
	if d := l.Dist.(LogNormal); err != nil || !near(d.Sigma, 0.52164933, 1e-7) || !near(math.Exp(d.Mu), 63.46283718, 1e-7) || !near(l.LogLikelihood, -113.12856673718, 1e-11) {
		t.Errorf("lognormal: %+v, %v", l, err)
	}
	all, err := Best(bearings)
	if err != nil || len(all) != 7 || all[0].AIC > all[1].AIC {
		t.Fatalf("%+v, %v", all, err)
	}
	if all[0].Family != FamilyGamma || all[1].Family != FamilyLogNormal { // beta can't be
		t.Errorf("best are %v, %v", all[0].Family, all[1].Family)
	}
}

// A beta fit, by minimizing SciPy's density.
func TestFitBeta(t *testing.T) {
	b, err := Fit(FamilyBeta, []float64{0.1, 0.25, 0.3, 0.55, 0.62, 0.7, 0.88, 0.93})
	if d := b.Dist.(Beta); err != nil || !near(d.Alpha, 1.3452442, 1e-6) || !near(d.Beta, 1.1415538, 1e-6) || !near(b.LogLikelihood, 0.19505362791427, 1e-10) {
		t.Errorf("beta: %+v, %v", b, err)
	}
}

// Fits of 20,000 draws come back to the law: quantiles within 5 % of the deviation,
// and the likelihood isn't below that of the law which made the data.
func TestFitRecovers(t *testing.T) {
	for _, c := range []struct {
		family Family
		d      density
	}{
		{FamilyExponential, Exponential{3}}, {FamilyNormal, Normal{-2, 5}}, {FamilyLogNormal, LogNormal{1, 0.4}},
		{FamilyGamma, Gamma{0.6, 2}}, {FamilyGamma, Gamma{50, 2}}, {FamilyWeibull, Weibull{0.7, 2}}, {FamilyWeibull, Weibull{9, 2}},
		{FamilyBeta, Beta{Alpha: 0.5, Beta: 0.8}}, {FamilyBeta, Beta{Alpha: 20, Beta: 3}}, {FamilyUniform, Uniform{4, 9}},
		{FamilyTriangular, Triangular{2, 3, 8}}, {FamilyPoisson, Poisson{7}},
	} {
		s := sim.NewStream(9, 0, string(c.family))
		x := make([]float64, 20_000)
		truth := 0.0
		for i := range x {
			x[i] = c.d.Draw(&s)
			truth += c.d.LogPDF(x[i])
		}
		f, err := Fit(c.family, x)
		if err != nil {
			t.Error(err)
			continue
		}
		if !(f.LogLikelihood >= truth-1e-6) || !near(f.AIC, 2*float64(f.Parameters)-2*f.LogLikelihood, 1e-14) {
			t.Errorf("%s: log likelihood %v, of the truth %v", c.family, f.LogLikelihood, truth)
		}
		sd := math.Sqrt(c.d.Variance())
		for _, p := range []float64{0.05, 0.5, 0.95} {
			if a, b := f.Dist.Quantile(p), c.d.Quantile(p); math.Abs(a-b) > 0.05*sd && c.family != FamilyPoisson || math.Abs(a-b) > 1 {
				t.Errorf("%s: %+v for %+v: quantile at %v is %v, want %v", c.family, f.Dist, c.d, p, a, b)
			}
		}
		g, err := ChiSquare(x, f.Dist, 0, f.Parameters)
		if err != nil || g.PValue < 1e-4 || g.PValue > 1-1e-6 {
			t.Errorf("%s: %+v, %v", c.family, g, err)
		}
	}
}

func TestFitErrors(t *testing.T) {
	for _, c := range []struct {
		family  Family
		data    []float64
		support bool
	}{
		{FamilyNormal, nil, false}, {FamilyNormal, []float64{1, math.NaN()}, false}, {FamilyNormal, []float64{2, 2}, false},
		{FamilyGamma, []float64{0, 1}, true}, {FamilyLogNormal, []float64{-1, 1}, true}, {FamilyBeta, []float64{0.5, 1}, true},
		{FamilyPoisson, []float64{1, 2.5, 3}, true}, {FamilyExponential, []float64{-1, 2}, true}, {"cauchy", []float64{1, 2}, false},
	} {
		if _, err := Fit(c.family, c.data); err == nil || errors.Is(err, ErrSupport) != c.support {
			t.Errorf("%s of %v: %v", c.family, c.data, err)
		}
	}
	if _, err := Best([]float64{1, 2}, FamilyPoisson, FamilyNormal); err == nil {
		t.Error("counts and densities were ranked together")
	}
	if _, err := Best([]float64{-1, -1}); err == nil {
		t.Error("data that don't vary were ranked")
	}
}

// Statistics and p-values against SciPy's kstest and its like, and against published
// critical values.
func TestGoodness(t *testing.T) {
	w := Weibull{2, 80}
	ks, err := KolmogorovSmirnov(bearings, w)
	if err != nil || !near(ks.Statistic, 0.12865797719053496, 1e-12) || math.Abs(ks.PValue-0.7954) > 0.02 { // kstest is exact, we are not
		t.Errorf("%+v, %v", ks, err)
	}
	ad, err := AndersonDarling(bearings, w)
	if err != nil || !near(ad.Statistic, 0.3202027343518239, 1e-11) {
		t.Errorf("%+v, %v", ad, err)
	}
	for t0, want := range map[float64]float64{0.5: 0.96394524, 0.8: 0.54414241, 1.2: 0.11224967, 1.3581: 0.05, 1.6276: 0.01} { // kstwobign.sf; Smirnov (1948)
		if got := kolmogorov(t0); math.Abs(got-want) > 2e-5 {
			t.Errorf("Kolmogorov beyond %v: %v, want %v", t0, got, want)
		}
	}
	for z, want := range map[float64]float64{0.5: 0.2531856, 1: 0.6427333, 1.933: 0.9, 2.492: 0.95, 3.878: 0.99} { // inverting the characteristic function; Stephens (1974); Marsaglia & Marsaglia (2004)
		if got := andersonDarling(z); math.Abs(got-want) > 3e-5 {
			t.Errorf("Anderson-Darling at %v: %v, want %v", z, got, want)
		}
	}
	// A die thrown 60 times: chi-square by hand, 2.8 with 5 degrees; SciPy's chi2.sf gives 0.7307865.
	die, err := NewDiscrete([]float64{1, 2, 3, 4, 5, 6}, []float64{1, 1, 1, 1, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	var throws []float64
	for face, n := range []int{8, 9, 12, 11, 7, 13} {
		for range n {
			throws = append(throws, float64(face+1))
		}
	}
	c, err := ChiSquare(throws, die, 6, 0)
	if err != nil || c.DF != 5 || !near(c.Statistic, 2.8, 1e-9) || math.Abs(c.PValue-0.7307865) > 1e-7 {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := ChiSquare(throws, die, 6, 5); err == nil {
		t.Error("a test without degrees of freedom")
	}
	if _, err := KolmogorovSmirnov(nil, die); err == nil {
		t.Error("a test without data")
	}
}

// Under the law itself p-values are uniform; under another they vanish.
func TestGoodnessLevels(t *testing.T) {
	s := sim.NewStream(4, 0, "levels")
	d := Gamma{2, 3}
	const runs = 1000
	var low [3]float64
	for range runs {
		x := make([]float64, 100)
		for i := range x {
			x[i] = d.Draw(&s)
		}
		a, _ := KolmogorovSmirnov(x, d)
		b, _ := AndersonDarling(x, d)
		c, _ := ChiSquare(x, d, 10, 0)
		for i, g := range []Goodness{a, b, c} {
			if g.PValue < 0.1 {
				low[i]++
			}
		}
	}
	for i, n := range low {
		if math.Abs(n-0.1*runs) > 4.5*math.Sqrt(0.09*runs) {
			t.Errorf("test %d: %v of %v p-values below 0.1", i, n, runs)
		}
	}
	x := make([]float64, 500)
	for i := range x {
		x[i] = d.Draw(&s)
	}
	wrong := Gamma{2, 4}
	a, _ := KolmogorovSmirnov(x, wrong)
	b, _ := AndersonDarling(x, wrong)
	c, _ := ChiSquare(x, wrong, 0, 0)
	if a.PValue > 1e-3 || b.PValue > 1e-3 || c.PValue > 1e-3 {
		t.Errorf("a wrong law passes: %v, %v, %v", a, b, c)
	}
}
