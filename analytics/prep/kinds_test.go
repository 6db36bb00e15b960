package prep_test

import (
	"bytes"
	"encoding/gob"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/analytics/prep"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

type args map[string]any

func (a args) args() (out analytics.Args) {
	for name, v := range a {
		out.Set(name, v)
	}
	return out
}

// settings holds, for each kind, what a scenario may say; together they use
// every parameter.
var settings = map[string][]args{
	"range": {
		{"min": 0.0, "max": 0.6}, {"min": -1.0, "action": "flag"},
		{"max": 1.0, "exclusive": true, "action": "missing"},
	},
	"hampel": {
		{"window": 7, "k": 3}, {"window": 5, "floor": 0.1, "centred": true, "action": "missing"},
		{"window": 9, "action": "drop", "max_gap": 30 * sim.Minute},
		{"window": 9, "centred": true, "max_gap": 30 * sim.Minute},
	},
	"zscore": {
		{"window": 12, "k": 2.5}, {"window": 4, "floor": 0.2, "action": "flag", "max_gap": 20 * sim.Minute},
	},
	"fill": {
		{"hold": "30 min", "limit": 4}, {"hold": 3, "max_age": sim.Hour}, {"linear": 6},
		{"linear": sim.Hour, "cap": 3}, {"rolling_mean": 3}, {"constant": 0.5, "limit": 2},
	},
	"minmax":      {{"min": 0.1, "max": 0.5, "clip": true}, {"learn": 50}, {"learn": 3 * sim.Hour}},
	"standardise": {{"mean": 0.3, "sd": 0.1}, {"learn": 50, "ddof": 1}, {"learn": 3 * sim.Hour}},
	"robust":      {{"median": 0.3, "iqr": 0.1}, {"learn": 50}, {"learn": 9 * sim.Hour, "cap": 20}},
	"ewma": {
		{"alpha": 0.2}, {"half_life": 20 * sim.Minute, "adjust": true}, {"alpha": 0.1, "max_gap": 30 * sim.Minute},
	},
	"rolling": {
		{"mean": 12}, {"mean": sim.Hour}, {"median": sim.Hour, "cap": 7}, {"median": 5, "min_periods": 3},
		{"min": 12}, {"max": 2 * sim.Hour}, {"std": 12, "ddof": 1}, {"std": sim.Hour, "max_gap": 30 * sim.Minute},
	},
	"difference": {{}, {"lag": 3, "max_gap": 30 * sim.Minute}},
	"rate":       {{"per": sim.Hour}, {"max_gap": 30 * sim.Minute}},
	"resample": {
		{"every": 10 * sim.Minute}, {"every": 15 * sim.Minute, "aggregate": "mean", "offset": 4 * sim.Minute, "limit": 2},
		{"every": 10 * sim.Minute, "aggregate": "linear", "max_gap": 40 * sim.Minute},
	},
	"deadband": {{"band": 0.05, "heartbeat": sim.Hour}, {"band": 0.0}},
}

// each runs a test for every setting of every kind.
func each(t *testing.T, f func(t *testing.T, make func() analytics.Stage)) {
	for _, k := range prep.Kinds() {
		if len(settings[k.Name]) == 0 {
			t.Errorf("no settings to test %s with", k.Name)
		}
		for _, set := range settings[k.Name] {
			a := set.args()
			if a.Word("hold") == "30 min" { // as the scenario file has it, read by scenarios
				a.Set("hold", 30*sim.Minute)
			}
			t.Run(k.Name, func(t *testing.T) {
				f(t, func() analytics.Stage {
					s, err := k.Build(a)
					if err != nil {
						t.Fatalf("%v: %v", set, err)
					}
					return s
				})
			})
		}
	}
}

func TestSettingsUseEveryParameter(t *testing.T) {
	for _, k := range prep.Kinds() {
		for _, p := range k.Params {
			used := false
			for _, set := range settings[k.Name] {
				_, ok := set[p.Name]
				used = used || ok
			}
			if !used {
				t.Errorf("%s.%s is in no setting", k.Name, p.Name)
			}
			if p.Doc == "" {
				t.Errorf("%s.%s has no doc", k.Name, p.Name)
			}
		}
	}
}

// stream makes readings with everything that happens to them: spikes, gaps,
// flags, repeated and disordered stamps, even what breaks the contract.
func stream(n int, seed uint64) []devices.Reading {
	rng := rand.New(rand.NewPCG(seed, 1))
	out := make([]devices.Reading, n)
	at, level := -sim.Hour, 0.3
	for i := range out {
		at += 5*sim.Minute + sim.Time(rng.IntN(7)-3)*sim.Minute/2
		level += 0.01 * rng.NormFloat64()
		r := devices.Reading{At: at, Value: math.Round(level*1e3) / 1e3, Channel: 2, Tag: devices.Tag{Seq: uint32(i)}}
		switch rng.IntN(25) {
		case 0:
			r.Value += 3 * rng.NormFloat64()
		case 1, 2, 3:
			r.Value, r.Quality = 0, devices.Missing
		case 4:
			r.Quality = devices.Stale
		case 5:
			r.Quality = devices.Suspect
		case 6:
			r.At -= 7 * sim.Minute
		case 7:
			at += sim.Time(rng.IntN(120)) * sim.Minute
		case 8:
			r.Value = math.Copysign(0, -1)
		case 9:
			r.Value = []float64{math.NaN(), math.Inf(1), 1e308, -1e308}[rng.IntN(4)]
		}
		out[i] = r
	}
	return out
}

// State saved in the middle and loaded into a stage made anew, even one that
// has been used, goes on as if nothing had happened, bit for bit. The loaded state
// replaces the old one in place, as a run's Load does.
func TestSaveInTheMiddle(t *testing.T) {
	in := stream(600, 7)
	each(t, func(t *testing.T, make func() analytics.Stage) {
		straight := feed(make(), in)
		if len(straight) == 0 {
			t.Fatal("nothing comes out")
		}
		for _, cut := range []int{0, 1, 2, 5, 19, 100, 301, 599} {
			first, second := make(), make()
			got := feed(first, in[:cut])
			feed(second, stream(40, 8))
			reload(t, first.(analytics.Stateful).State(), second.(analytics.Stateful).State())
			got = append(got, feed(second, in[cut:])...)
			if len(got) != len(straight) {
				t.Fatalf("cut at %d: %d readings, want %d", cut, len(got), len(straight))
			}
			for i := range got {
				if got[i] != straight[i] || math.Float64bits(got[i].Value) != math.Float64bits(straight[i].Value) {
					t.Fatalf("cut at %d, reading %d: %v, want %v", cut, i, got[i], straight[i])
				}
			}
		}
	})
}

// reload saves *from and loads it into *to, by way of a fresh value.
func reload(t *testing.T, from, to any) {
	t.Helper()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(from); err != nil {
		t.Fatal(err)
	}
	fresh := reflect.New(reflect.TypeOf(to).Elem())
	if err := gob.NewDecoder(&b).DecodeValue(fresh); err != nil {
		t.Fatal(err)
	}
	reflect.ValueOf(to).Elem().Set(fresh.Elem())
}

// Whatever comes in, what comes out keeps the contract of a reading: never NaN
// or infinite, no value where missing, no negative zero, the same channel; and
// every reading that does not come out is in a counter (or still waits).
func TestContractOfReadings(t *testing.T) {
	in := stream(3000, 3)
	each(t, func(t *testing.T, make func() analytics.Stage) {
		s := make()
		out := feed(s, in)
		for i, r := range out {
			if r.Value-r.Value != 0 || math.Signbit(r.Value) && r.Value == 0 {
				t.Fatalf("reading %d: value %v", i, r.Value)
			}
			if r.Quality.Has(devices.Missing) && r.Value != 0 {
				t.Fatalf("reading %d: missing and %v", i, r.Value)
			}
			if r.Channel != 2 {
				t.Fatalf("reading %d: channel %d", i, r.Channel)
			}
		}
		if strings.HasSuffix(t.Name(), "resample") || strings.Contains(t.Name(), "resample#") {
			return // makes readings of its own
		}
		lost := len(in) - len(out)
		if c, ok := s.(analytics.Counted); ok {
			c.Counts(func(what string, n uint64) {
				t.Logf("%s: %d", what, n)
				switch what {
				case "out_of_range", "outlier", "within_deadband":
					lost -= int(n)
				}
			})
		}
		if lost > 6 {
			t.Errorf("%d readings are gone without a trace", lost)
		}
	})
}

// Once windows have grown, a reading costs no memory.
func TestApplyDoesNotAllocate(t *testing.T) {
	in := stream(4000, 5)
	each(t, func(t *testing.T, make func() analytics.Stage) {
		s := make()
		n := 0
		emit := func(devices.Reading) { n++ }
		for _, r := range in {
			s.Apply(r, emit)
		}
		shift := in[len(in)-1].At - in[0].At
		i := 0
		allocs := testing.AllocsPerRun(len(in)-1, func() {
			r := in[i]
			r.At += shift
			s.Apply(r, emit)
			i++
		})
		if allocs != 0 {
			t.Errorf("%v allocations per reading", allocs)
		}
	})
}

var badParameters = []struct {
	kind  string
	args  args
	param string
	says  string
}{
	{"range", args{}, "", "give min, max or both"},
	{"range", args{"min": 2.0, "max": 1.0}, "min", "swap"},
	{"range", args{"min": 2.0, "action": "replace"}, "action", "none of drop, flag, missing"},
	{"range", args{"minimum": 2.0}, "minimum", "there are min, max"},
	{"hampel", args{}, "window", "is needed"},
	{"hampel", args{"window": 6}, "window", "odd"},
	{"hampel", args{"window": 7.5}, "window", "integer"},
	{"hampel", args{"window": 7, "k": 0.0}, "k", "more than 0"},
	{"hampel", args{"window": 7, "floor": -1.0}, "floor", "resolution"},
	{"hampel", args{"window": "7"}, "window", "type integer"},
	{"zscore", args{"window": 2}, "window", "3"},
	{"fill", args{}, "", "one of hold, linear, rolling_mean, constant"},
	{"fill", args{"hold": 3, "constant": 1.0}, "constant", "beside hold"},
	{"fill", args{"hold": 3, "limit": 2}, "limit", "already"},
	{"fill", args{"rolling_mean": 1}, "rolling_mean", "2"},
	{"fill", args{"hold": 3, "cap": 9}, "cap", "linear"},
	{"minmax", args{"min": 1.0}, "", "one of max, learn"},
	{"minmax", args{"min": 1.0, "max": 1.0}, "min", "scale above 0"},
	{"minmax", args{"min": 1.0, "learn": 5}, "min", "at once"},
	{"standardise", args{"sd": 0.0}, "sd", "more than 0"},
	{"standardise", args{"sd": 1.0, "ddof": 1}, "ddof", "learn"},
	{"robust", args{"iqr": 1.0, "cap": 5}, "cap", "learn"},
	{"robust", args{"learn": 9, "cap": 5}, "learn", "cap"},
	{"ewma", args{"alpha": 1.5}, "alpha", "at most 1"},
	{"rolling", args{"mean": 4, "median": 4}, "median", "beside mean"},
	{"rolling", args{"mean": 4, "min_periods": 5}, "min_periods", "1 to"},
	{"rolling", args{"mean": 4, "ddof": 1}, "ddof", "std"},
	{"rolling", args{"mean": 4, "cap": 9}, "cap", "windows of time"},
	{"rolling", args{"mean": -sim.Hour}, "mean", "type integer or duration"},
	{"difference", args{"lag": -1}, "lag", "more than 0"},
	{"rate", args{"per": sim.Time(0)}, "per", "more than 0"},
	{"resample", args{}, "every", "is needed"},
	{"resample", args{"every": sim.Hour, "max_gap": sim.Hour}, "max_gap", "linear"},
	{"resample", args{"every": sim.Hour, "aggregate": "sum"}, "aggregate", "none of last, mean, linear"},
	{"deadband", args{"band": -1.0}, "band", "0 or more"},
	{"deadband", args{"band": math.NaN()}, "band", "type number"},
}

func TestBadParametersAreNamed(t *testing.T) {
	kinds := make(map[string]prep.Kind)
	for _, k := range prep.Kinds() {
		kinds[k.Name] = k
	}
	for _, c := range badParameters {
		k := kinds[c.kind]
		s, err := k.Build(c.args.args())
		var p *analytics.ParamError
		if !errors.As(err, &p) || p.Kind != c.kind || p.Param != c.param || !strings.Contains(p.Msg, c.says) {
			t.Errorf("%s %v: %v, want one about %q that says %q", c.kind, c.args, err, c.param, c.says)
		}
		if s != nil {
			t.Errorf("%s %v: a stage beside the error", c.kind, c.args)
		}
	}
}

var benchmarks = []struct {
	name  string
	stage interface {
		New() (analytics.Stage, error)
	}
}{
	{"range", prep.Range{Min: 10, Max: 40}},
	{"hampel7", prep.Hampel{Window: 7}},
	{"hampel101", prep.Hampel{Window: 101}},
	{"zscore60", prep.ZScore{Window: 60}},
	{"fill_hold", prep.Fill{Method: prep.Hold}},
	{"fill_linear", prep.Fill{Method: prep.Linear}},
	{"fill_rolling_mean3", prep.Fill{Method: prep.RollingMean, Window: 3}},
	{"minmax", prep.MinMax{Min: 10, Max: 40}},
	{"standardise", prep.Standardise{Mean: 20, SD: 1}},
	{"robust_learned", prep.Robust{Learn: analytics.Span{Count: 500}}},
	{"ewma_alpha", prep.EWMA{Alpha: 0.1}},
	{"ewma_half_life", prep.EWMA{HalfLife: sim.Hour}},
	{"rolling_mean5", prep.Rolling{Of: prep.Mean, Window: analytics.Span{Count: 5}}},
	{"rolling_mean1000", prep.Rolling{Of: prep.Mean, Window: analytics.Span{Count: 1000}}},
	{"rolling_std60", prep.Rolling{Of: prep.Std, Window: analytics.Span{Count: 60}}},
	{"rolling_max60", prep.Rolling{Of: prep.Most, Window: analytics.Span{Count: 60}}},
	{"rolling_median60", prep.Rolling{Of: prep.Median, Window: analytics.Span{Count: 60}}},
	{"rolling_median1000", prep.Rolling{Of: prep.Median, Window: analytics.Span{Count: 1000}}},
	{"rolling_mean_1h", prep.Rolling{Of: prep.Mean, Window: analytics.Span{For: sim.Hour}}},
	{"difference", prep.Difference{}},
	{"rate", prep.Rate{}},
	{"resample_mean", prep.Resample{Every: sim.Minute, Aggregate: prep.MeanValue}},
	{"deadband", prep.Deadband{Band: 0.5}},
}

func BenchmarkApply(b *testing.B) {
	in := make([]devices.Reading, 4096)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range in {
		in[i] = devices.Reading{Value: 20 + rng.NormFloat64()}
		if i%100 == 99 {
			in[i] = devices.Reading{Tag: devices.Tag{Quality: devices.Missing}}
		}
	}
	for _, c := range benchmarks {
		b.Run(c.name, func(b *testing.B) {
			s := must(b)(c.stage.New())
			n := 0
			emit := func(devices.Reading) { n++ }
			at := sim.Time(0)
			apply := func(i int) {
				r := in[i%len(in)]
				at += 10 * sim.Second
				r.At = at
				s.Apply(r, emit)
			}
			for i := range in {
				apply(i)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				apply(i)
			}
		})
	}
}
