package dist

import (
	"math"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/sim"
)

// Every impossible parameter has an error that names it.
func TestBadParameters(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	week := func(change func(*Arrivals)) Arrivals {
		a := Arrivals{Starts: []sim.Time{0, sim.Hour}, Rates: []float64{1, 2}, Period: sim.Day}
		change(&a)
		return a
	}
	_, noWeights := NewDiscrete(nil, nil)
	_, unequal := NewDiscrete([]float64{1, 2}, []float64{1})
	_, negative := NewDiscrete([]float64{1, 2}, []float64{1, -1})
	_, negativeTwice := NewDiscrete([]float64{1, 1}, []float64{3, -1})
	_, zero := NewDiscrete([]float64{1, 2}, []float64{0, 0})
	_, huge := NewDiscrete([]float64{1, 2}, []float64{1e308, 1e308})
	_, infinite := NewDiscrete([]float64{1, inf}, []float64{1, 1})
	_, few := NewEmpirical([]float64{1})
	_, odd := NewEmpirical([]float64{1, nan, 2})
	_, phases := NewHyperexponential([]float64{1, 0}, []float64{1, 1})
	_, phaseWeights := NewHyperexponential([]float64{1, 2}, []float64{1, nan})
	_, part := NewMixture([]Distribution{Normal{0, -1}}, []float64{1})
	_, noPart := NewMixture([]Distribution{nil}, []float64{1})
	_, parts := NewMixture(nil, nil)
	_, logn := LogNormalOf(-1, 2)
	_, _, rate := Thinning{Max: 1, End: sim.Hour}.Next(0, func(sim.Time) float64 { return 2 }, new(sim.Stream))
	for i, c := range []struct {
		err  error
		want string
	}{
		{Uniform{2, 2}.Validate(), "Min"}, {Uniform{nan, 2}.Validate(), "Min is NaN"}, {Uniform{0, inf}.Validate(), "Max is +Inf"},
		{Uniform{-1e308, 1e308}.Validate(), "too far apart"},
		{Triangular{0, 3, 2}.Validate(), "Mode 3"}, {PERT{0, 1, 2, -4}.Validate(), "Lambda is -4"}, {PERT{0, 3, 2, 0}.Validate(), "Mode 3"},
		{Beta{Alpha: 0, Beta: 1}.Validate(), "Alpha is 0"}, {Beta{1, 1, 3, 2}.Validate(), "Min"},
		{Normal{inf, 1}.Validate(), "Mu"}, {Normal{0, 0}.Validate(), "Sigma is 0"}, {LogNormal{0, nan}.Validate(), "Sigma is NaN"}, {logn, "mean is -1"},
		{InverseGaussian{1, -1}.Validate(), "Lambda is -1"}, {Exponential{}.Validate(), "Scale is 0"}, {Weibull{1, inf}.Validate(), "Scale"},
		{Gamma{-1, 1}.Validate(), "Shape is -1"}, {Erlang{0, 1}.Validate(), "Phases is 0"}, {Erlang{1, 0}.Validate(), "Scale"},
		{Poisson{0}.Validate(), "Lambda is 0"}, {Poisson{1e16}.Validate(), "at most"}, {Geometric{0}.Validate(), "P is 0"}, {Geometric{1.5}.Validate(), "P is 1.5"},
		{noWeights, "no weights"}, {unequal, "2 values and 1 weights"}, {negative, "weight 1 is -1"}, {negativeTwice, "weight 1 is -1"},
		{zero, "sum to 0"}, {huge, "sum to +Inf"}, {infinite, "value 1 is +Inf"}, {few, "two or more"}, {odd, "NaN"},
		{phases, "scale 1 is 0"}, {phaseWeights, "weight 1 is NaN"}, {part, "part 0"}, {noPart, "part 0 is nil"}, {parts, "no weights"},
		{new(Discrete).Validate(), "New"}, {new(Empirical).Validate(), "two or more"}, {new(Mixture).Validate(), "New"}, {new(Hyperexponential).Validate(), "New"},
		{(&Empirical{[]float64{2, 1}}).Validate(), "ascending"},
		{Truncated{}.Validate(), "Of is nil"}, {Truncated{Normal{0, 1}, 2, 1}.Validate(), "Min < Max"},
		{Truncated{Uniform{0, 1}, 2, 3}.Validate(), "no probability"}, {Truncated{Normal{0, -1}, 0, 1}.Validate(), "Sigma"},
		{week(func(a *Arrivals) { a.Rates = a.Rates[:1] }).Validate(), "2 starts and 1 rates"},
		{week(func(a *Arrivals) { a.Starts[0] = 1 }).Validate(), "want 0"}, {week(func(a *Arrivals) { a.Starts[1] = 0 }).Validate(), "piece 1"},
		{week(func(a *Arrivals) { a.Period = sim.Hour }).Validate(), "period"}, {week(func(a *Arrivals) { a.Rates[1] = nan }).Validate(), "rate 1 is NaN"},
		{week(func(a *Arrivals) { a.Rates = []float64{0, 0} }).Validate(), "every rate is 0"},
		{Thinning{0, sim.Hour}.Validate(), "Max is 0"}, {Thinning{1, 0}.Validate(), "End"}, {rate, "the rate at"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("case %d: error %v, want one with %q", i, c.err, c.want)
		}
	}
}

// Draws of laws that nobody validated end.
func TestBadDrawsEnd(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	s := sim.NewStream(1, 0, "bad")
	for _, v := range []float64{nan, inf, -inf, 0, -1, 1e300, 1e-300} {
		for _, d := range []Distribution{Gamma{v, 1}, Gamma{2, v}, Beta{Alpha: v, Beta: 1}, Beta{Alpha: 0.5, Beta: v}, Poisson{v}, Geometric{v},
			InverseGaussian{v, 1}, InverseGaussian{1, v}, Weibull{v, 1}, Normal{v, v}, Erlang{-3, v}, Triangular{v, v, v}, Exponential{v}} {
			d.Draw(&s)
			for _, p := range []float64{0, 1e-9, 0.5, 1 - 1e-9, 1, nan} {
				d.Quantile(p)
			}
		}
	}
}
