package model_test

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
	"github.com/twinsim/twinsim/analytics/model"
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
	"zscore": {
		{}, {"inputs": 2, "memory": 2 * sim.Hour, "learn": sim.Hour, "enter": 3.0, "leave": 1.0, "in_alarm": "slow"},
		{"memory": 20, "learn": 10, "enter": 2.0, "leave": 1.0, "clip": -1.0, "floor": 0.05, "persist": 2, "dwell": 20 * sim.Minute, "in_alarm": "full"},
	},
	"cusum": {
		{"inputs": 2, "learn": 50}, {"mean": 0.3, "sd": 0.2, "k": 1.0, "h": 4.0},
		{"learn": 2 * sim.Hour, "memory": 6 * sim.Hour, "leave": 0.2, "top": 1.5, "persist": 2, "dwell": sim.Hour, "in_alarm": "full"},
	},
	"page_hinkley": {
		{"inputs": 2}, {"delta": 0.2, "lambda": 5.0, "learn": 20, "dwell": sim.Hour},
	},
}

func each(t *testing.T, f func(t *testing.T, make func() analytics.Model)) {
	for _, k := range model.Kinds() {
		if len(settings[k.Name]) == 0 {
			t.Errorf("no settings to test %s with", k.Name)
		}
		for _, set := range settings[k.Name] {
			t.Run(k.Name, func(t *testing.T) {
				f(t, func() analytics.Model {
					m, err := k.Build(set.args())
					if err != nil {
						t.Fatalf("%v: %v", set, err)
					}
					return m
				})
			})
		}
	}
}

func TestSettingsUseEveryParameter(t *testing.T) {
	for _, k := range model.Kinds() {
		for _, p := range k.Params {
			used := false
			for _, set := range settings[k.Name] {
				_, ok := set[p.Name]
				used = used || ok
			}
			if !used || p.Doc == "" {
				t.Errorf("%s.%s is in no setting, or has no doc", k.Name, p.Name)
			}
		}
	}
}

type sample struct {
	at      sim.Time
	x       [2]float64
	missing analytics.Mask
}

// stream makes two inputs with shifts, spikes, gaps, missing and broken values.
func stream(n int, seed uint64) []sample {
	rng := rand.New(rand.NewPCG(seed, 1))
	out := make([]sample, n)
	at := sim.Time(0)
	for i := range out {
		at += 5 * sim.Minute
		level := 0.3
		if i%400 > 300 {
			level = 1.9
		}
		s := sample{at: at, x: [2]float64{level + 0.1*rng.NormFloat64(), 100 - 5*rng.NormFloat64()}}
		switch rng.IntN(30) {
		case 0:
			s.x[0] += 1
		case 1:
			s.missing = analytics.Mask(1 + rng.IntN(3))
		case 2:
			s.x[rng.IntN(2)] = []float64{math.NaN(), math.Inf(-1), 1e308}[rng.IntN(3)]
		case 3:
			s.at -= 7 * sim.Minute
		case 4:
			at += sim.Time(rng.IntN(90)) * sim.Minute
		}
		out[i] = s
	}
	return out
}

func watch(m analytics.Model, in []sample) (out []analytics.Estimate) {
	for _, s := range in {
		out = append(out, m.Score(s.at, s.x[:], s.missing))
		m.Learn(s.at, s.x[:], s.missing)
	}
	return out
}

func saved(t *testing.T, state any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(state); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func load(t *testing.T, b []byte, into any) {
	t.Helper()
	fresh := reflect.New(reflect.TypeOf(into).Elem())
	if err := gob.NewDecoder(bytes.NewReader(b)).DecodeValue(fresh); err != nil {
		t.Fatal(err)
	}
	reflect.ValueOf(into).Elem().Set(fresh.Elem())
}

func state(m analytics.Model) any { return m.(analytics.Stateful).State() }

func TestSaveInTheMiddle(t *testing.T) {
	in := stream(900, 7)
	each(t, func(t *testing.T, make func() analytics.Model) {
		straight := watch(make(), in)
		alarms := 0
		for i, e := range straight {
			if e.Alarm && !straight[max(0, i-1)].Alarm {
				alarms++
			}
		}
		if alarms == 0 {
			t.Fatal("no alarm: the stream tests nothing")
		}
		for _, cut := range []int{0, 1, 49, 50, 200, 310, 899} {
			first, second := make(), make()
			got := watch(first, in[:cut])
			watch(second, stream(100, 8))
			load(t, saved(t, state(first)), state(second))
			got = append(got, watch(second, in[cut:])...)
			for i := range got {
				if got[i] != straight[i] {
					t.Fatalf("cut at %d, reading %d: %v, want %v", cut, i, got[i], straight[i])
				}
			}
		}
	})
}

// Scoring, however often and of whatever, changes nothing; a reading with no
// usable input changes nothing by being learned either, and gets no score.
func TestScoreAndMissingChangeNothing(t *testing.T) {
	in := stream(900, 9)
	each(t, func(t *testing.T, make func() analytics.Model) {
		m := make()
		var last analytics.Estimate
		for i, s := range in {
			before := saved(t, state(m))
			first := m.Score(s.at, s.x[:], s.missing)
			m.Score(s.at+sim.Hour, []float64{1e9, -1e9}, 0)
			if second := m.Score(s.at, s.x[:], s.missing); first != second {
				t.Fatalf("reading %d: scored %v, then %v", i, first, second)
			}
			none := m.Score(s.at, s.x[:], 3)
			m.Learn(s.at, s.x[:], 3)
			m.Learn(s.at, []float64{math.NaN(), math.Inf(1)}, 0)
			m.Learn(s.at, nil, 0)
			if after := saved(t, state(m)); !bytes.Equal(before, after) {
				t.Fatalf("reading %d: the state has changed", i)
			}
			if none.Score != 0 || i > 0 && (none.Ready != last.Ready || none.Alarm != last.Alarm) {
				t.Fatalf("reading %d: %v for a missing one, after %v", i, none, last)
			}
			if first.Score < 0 || first.Score > 1 || first.Score != first.Score {
				t.Fatalf("reading %d: score %v", i, first.Score)
			}
			m.Learn(s.at, s.x[:], s.missing)
			last = m.Score(s.at, nil, 0) // Ready and Alarm as the model remembers them
			if last.Alarm != first.Alarm {
				t.Fatalf("reading %d: Score said %v, Learn made it %v", i, first.Alarm, last.Alarm)
			}
		}
	})
}

func TestModelsDoNotAllocate(t *testing.T) {
	in := stream(900, 5)
	each(t, func(t *testing.T, make func() analytics.Model) {
		m := make()
		i := 0
		allocs := testing.AllocsPerRun(len(in)-1, func() {
			m.Score(in[i].at, in[i].x[:], in[i].missing)
			m.Learn(in[i].at, in[i].x[:], in[i].missing)
			i++
		})
		if allocs != 0 {
			t.Errorf("%v allocations per reading", allocs)
		}
	})
}

func TestBadParametersAreNamed(t *testing.T) {
	cases := []struct {
		kind  string
		args  args
		param string
		says  string
	}{
		{"zscore", args{"inputs": 65}, "inputs", "1 to 64"},
		{"zscore", args{"learn": 1}, "learn", "at least 2"},
		{"zscore", args{"enter": 3.0, "leave": 4.0}, "leave", "above enter"},
		{"zscore", args{"enter": -3.0}, "enter", "more than 0"},
		{"zscore", args{"inputs": 2, "floor": 1.0}, "floor", "several inputs"},
		{"zscore", args{"in_alarm": "never"}, "in_alarm", "none of suspend, slow, full"},
		{"zscore", args{"threshold": 3.0}, "threshold", "no such parameter"},
		{"zscore", args{"dwell": -sim.Hour}, "dwell", "duration"},
		{"cusum", args{"mean": 3.0}, "sd", "finite mean with an sd"},
		{"cusum", args{"sd": 3.0, "inputs": 2}, "sd", "one input"},
		{"cusum", args{"sd": 3.0, "learn": 20}, "sd", "excludes learn"},
		{"cusum", args{"leave": 1.5}, "leave", "at most 1"},
		{"cusum", args{"top": 0.5}, "leave", "top at least 1"},
		{"cusum", args{"persist": 0}, "persist", "more than 0"},
		{"page_hinkley", args{"lambda": 0.0}, "lambda", "more than 0"},
		{"page_hinkley", args{"learn": "1 d"}, "learn", "integer or duration"},
	}
	kinds := make(map[string]model.Kind)
	for _, k := range model.Kinds() {
		kinds[k.Name] = k
	}
	for _, c := range cases {
		k := kinds[c.kind] // none: it has no parameters, and the case fails
		m, err := k.Build(c.args.args())
		var p *analytics.ParamError
		if !errors.As(err, &p) || p.Kind != c.kind || p.Param != c.param || !strings.Contains(p.Msg, c.says) {
			t.Errorf("%s %v: %v, want one about %q that says %q", c.kind, c.args, err, c.param, c.says)
		}
		if m != nil {
			t.Errorf("%s %v: a model beside the error", c.kind, c.args)
		}
	}
}

func BenchmarkScoreAndLearn(b *testing.B) {
	in := stream(4096, 5)
	for _, k := range model.Kinds() {
		b.Run(k.Name, func(b *testing.B) {
			m, err := k.Build(analytics.Args{})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s := &in[i%len(in)]
				m.Score(s.at, s.x[:1], s.missing)
				m.Learn(s.at, s.x[:1], s.missing)
			}
		})
	}
}
