package synth

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

type params = map[string]float64

func fault(kind string, from, to sim.Time, with params) Fault {
	return Fault{Name: "f", Kind: kind, From: from, To: to, With: with}
}

// Each fault against its formula, and no trace of it before and after.
func TestFaultFormulas(t *testing.T) {
	truth := func(at sim.Time) float64 { return 10 + at.Seconds()/3600 }
	c := Config{Every: sim.Hour}
	from, to := 10*sim.Hour, 20*sim.Hour
	clean := one(t, c, 30*sim.Hour, truth)
	for _, x := range []struct {
		name string
		f    Fault
		want func(k int, r devices.Reading) devices.Reading
	}{
		{"offset", fault("offset", from, to, params{"amount": 3}), func(_ int, r devices.Reading) devices.Reading { r.Value += 3; return r }},
		{"gain", fault("gain", from, to, params{"factor": 1.5}), func(_ int, r devices.Reading) devices.Reading { r.Value *= 1.5; return r }},
		{"drift", fault("drift", from, to, params{"per_day": 24}), func(k int, r devices.Reading) devices.Reading { r.Value += float64(k - 10); return r }},
		{"stuck", fault("stuck", from, to, nil), func(_ int, r devices.Reading) devices.Reading { r.Value = clean[9].Value; return r }},
		{"stuck at", fault("stuck", from, to, params{"value": 85}), func(_ int, r devices.Reading) devices.Reading { r.Value = 85; return r }},
		{"spike", fault("spike", from, to, params{"probability": 0, "amplitude": 9}), func(_ int, r devices.Reading) devices.Reading { return r }},
		{"dropout", fault("dropout", from, to, params{"probability": 1}), func(_ int, r devices.Reading) devices.Reading {
			r.Value, r.Quality = 0, devices.Missing
			return r
		}},
		{"clipping", fault("clipping", from, to, params{"high": 24}), func(_ int, r devices.Reading) devices.Reading {
			if r.Value > 24 {
				r.Value, r.Quality = 24, devices.Clipped
			}
			return r
		}},
		{"clipping low", fault("clipping", from, to, params{"low": 25}), func(_ int, r devices.Reading) devices.Reading {
			if r.Value < 25 {
				r.Value, r.Quality = 25, devices.Clipped
			}
			return r
		}},
		{"clock", fault("clock", from, to, params{"offset": -2, "drift": 1000}), func(k int, r devices.Reading) devices.Reading {
			r.At += -2*sim.Second + sim.Time(k-10)*3600*sim.Millisecond
			return r
		}},
	} {
		got := one(t, c, 30*sim.Hour, truth, x.f)
		if len(got) != len(clean) {
			t.Fatalf("%s: %d readings, want %d", x.name, len(got), len(clean))
		}
		for k, r := range got {
			want := clean[k]
			if k >= 10 && k < 20 {
				want = x.want(k, want)
			}
			if r != want {
				t.Errorf("%s: reading %d is %+v, want %+v", x.name, k, r, want)
			}
		}
	}
}

func TestFaultNoise(t *testing.T) {
	n := sim.Time(20_000) * sim.Second
	c := Config{Every: sim.Second, Noise: 3}
	rs := one(t, c, 2*n, constant(0), fault("noise", n, 0, params{"sd": 4}))
	checkNormal(t, "before", values(rs[:20_000]), 0, 3)
	checkNormal(t, "during", values(rs[20_000:]), 0, 5) // sqrt(3^2+4^2): the two are independent
}

func TestFaultSpike(t *testing.T) {
	n := 40_000
	rs := one(t, Config{Every: sim.Second}, sim.Time(n)*sim.Second, constant(1), fault("spike", 0, 0, params{"probability": 0.1, "amplitude": 5}))
	up, down := 0., 0.
	for _, r := range rs {
		switch r.Value {
		case 6:
			up++
		case -4:
			down++
		case 1:
		default:
			t.Fatalf("a reading of %v", r.Value)
		}
	}
	within4SE(t, "share of spikes", (up+down)/float64(n), 0.1, math.Sqrt(0.1*0.9/float64(n)), 0.1)
	within4SE(t, "share of spikes that go up", up/(up+down), 0.5, 0.5/math.Sqrt(up+down), 0.5)
}

// Gilbert's model with gap probability p and recovery r = 1/burst loses
// p/(p+r) of all readings; p .01 and r .25 lose .0384615, in gaps of 4 (DEV-60).
func TestFaultDropout(t *testing.T) {
	n := 400_000
	rs := one(t, Config{Every: sim.Second}, sim.Time(n)*sim.Second, constant(1), fault("dropout", 0, 0, params{"probability": 0.01, "burst": 4}))
	lost, gaps := 0., 0.
	for i, r := range rs {
		if r.Quality == devices.Missing {
			lost++
			if i == 0 || rs[i-1].Quality != devices.Missing {
				gaps++
			}
		}
	}
	// Gap lengths are geometric: variance (1-r)/r^2 = 12. The variance of the
	// share is inflated by (1+c)/(1-c), c = 1-p-r the lag-1 correlation.
	within4SE(t, "mean gap", lost/gaps, 4, math.Sqrt(12/gaps), 4)
	p := 0.01 / 0.26
	within4SE(t, "share lost", lost/float64(n), p, math.Sqrt(p*(1-p)/float64(n)*1.74/0.26), p)

	rs = one(t, Config{Every: sim.Second}, 20_000*sim.Second, constant(1), fault("dropout", 0, 0, params{"probability": 0.3}))
	lost = 0
	for _, r := range rs {
		if r.Quality == devices.Missing {
			lost++
		}
	}
	within4SE(t, "share lost singly", lost/20_001, 0.3, math.Sqrt(0.21/20_000), 0.3)
}

// Faults on one channel act in the order they are listed.
func TestFaultOrder(t *testing.T) {
	add := Fault{Name: "add", Kind: "offset", With: params{"amount": 1}}
	double := Fault{Name: "double", Kind: "gain", With: params{"factor": 2}}
	c := Config{Every: sim.Second}
	if v := one(t, c, 0, constant(3), add, double)[0].Value; v != 8 {
		t.Errorf("(3+1)*2 is %v", v)
	}
	if v := one(t, c, 0, constant(3), double, add)[0].Value; v != 7 {
		t.Errorf("3*2+1 is %v", v)
	}
}

func TestFaultTruth(t *testing.T) {
	var got []FaultEvent
	c := &Config{Every: sim.Hour}
	p := &Sampler{
		Channels: channelsOf(t, "a", "b"), Sensors: []Sensor{{0, c}, {1, c}}, Probe: func(devices.ChannelID, sim.Time) float64 { return 0 },
		Faults: []Fault{
			{Name: "x", Kind: "offset", Channels: []devices.ChannelID{1, 0}, From: 90 * sim.Minute, To: 3 * sim.Hour, With: params{"amount": 2}},
			{Name: "y", Kind: "stuck", Channels: []devices.ChannelID{0}, From: 3 * sim.Hour},
		},
		Truth: func(e FaultEvent) { got = append(got, e) },
	}
	run(t, 1, p, 4*sim.Hour)
	want := []FaultEvent{
		{90 * sim.Minute, "x", "offset", 1, true, 2},
		{90 * sim.Minute, "x", "offset", 0, true, 2},
		{3 * sim.Hour, "x", "offset", 1, false, 2},
		{3 * sim.Hour, "x", "offset", 0, false, 2},
		{3 * sim.Hour, "y", "stuck", 0, true, 0},
	}
	if !slices.Equal(got, want) {
		t.Errorf("events\n%v, want\n%v", got, want)
	}
}

// An Injector over clean readings does what the Sampler's faults do.
func TestInjectorAfterTap(t *testing.T) {
	c := Config{Every: sim.Minute, Noise: 1}
	faults := []Fault{
		{Name: "n", Kind: "noise", From: sim.Hour, With: params{"sd": 2}},
		{Name: "s", Kind: "spike", With: params{"probability": 0.3, "amplitude": 9}},
		{Name: "k", Kind: "stuck", From: 3 * sim.Hour, To: 4 * sim.Hour},
		{Name: "d", Kind: "dropout", To: 2 * sim.Hour, With: params{"probability": 0.1, "burst": 3}},
	}
	want := one(t, c, 5*sim.Hour, constant(1), faults...)
	clean := one(t, c, 5*sim.Hour, constant(1))
	in := &Injector{Name: "tap", Channels: channelsOf(t, "a"), Faults: faults}
	check(t, in.Start(sim.New(sim.Config{Seed: 7})))
	for k, r := range clean {
		if got := in.Apply(r.At, uint64(k), r); got != want[k] {
			t.Fatalf("reading %d is %+v, the Sampler's is %+v", k, got, want[k])
		}
	}
	other := devices.Reading{Channel: 99, Value: 3}
	if got := in.Apply(0, 0, other); got != other {
		t.Errorf("a channel without faults gives %+v", got)
	}
}

func TestFaultValidate(t *testing.T) {
	on := []devices.ChannelID{0}
	for name, f := range map[string]Fault{
		"kind":        {Name: "f", Kind: "ofset", Channels: on},
		"offset":      {Name: "f", Kind: "offset", Channels: on},
		"amount":      {Name: "f", Kind: "offset", Channels: on, With: params{"amount": 1, "amuont": 1}},
		"not finite":  {Name: "f", Kind: "offset", Channels: on, With: params{"amount": math.NaN()}},
		"to":          {Name: "f", Kind: "stuck", Channels: on, From: 2, To: 2},
		"on":          {Name: "f", Kind: "stuck"},
		"name":        {Kind: "stuck", Channels: on},
		"probability": {Name: "f", Kind: "dropout", Channels: on, With: params{"probability": 1.1}},
		"burst":       {Name: "f", Kind: "dropout", Channels: on, With: params{"probability": 0.1, "burst": 0.5}},
		"sd":          {Name: "f", Kind: "noise", Channels: on, With: params{"sd": -1}},
		"clipping":    {Name: "f", Kind: "clipping", Channels: on, With: params{"low": 2, "high": 1}},
		"rails":       {Name: "f", Kind: "clipping", Channels: on},
		"clock":       {Name: "f", Kind: "clock", Channels: on},
	} {
		if err := f.Validate(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	err := (&Fault{Name: "f", Kind: "ofset", Channels: on}).Validate()
	if err == nil || !strings.Contains(err.Error(), "offset, gain") {
		t.Errorf("an unknown kind does not name the known ones: %v", err)
	}
	twice := &Injector{Name: "i", Channels: channelsOf(t, "a"), Faults: []Fault{{Name: "f", Kind: "stuck", Channels: []devices.ChannelID{0, 0}}}}
	if twice.Start(sim.New(sim.Config{})) == nil {
		t.Error("a channel listed twice: no error")
	}
}

// Every kind can be built from its own table row and does something or, as a
// spike of probability 0 does, is known not to.
func TestFaultKindsTable(t *testing.T) {
	for _, k := range FaultKinds() {
		with := params{}
		for _, p := range k.Params {
			if p.Doc == "" || p.Unit == "" {
				t.Errorf("%s.%s: no doc or unit", k.Name, p.Name)
			}
			with[p.Name] = 1
		}
		if k.Name == "clipping" {
			with["low"] = 0.5
		}
		c := Config{Every: sim.Second}
		f := fault(k.Name, sim.Second, 0, with)
		if k.Name == "gain" {
			f.With["factor"] = 2
		}
		if k.Name == "stuck" {
			f.With["value"] = 7
		}
		clean, got := one(t, c, 9*sim.Second, constant(3)), one(t, c, 9*sim.Second, constant(3), f)
		if slices.Equal(clean, got) {
			t.Errorf("%s has no effect", k.Name)
		}
	}
}

// A fault that a fork adds begins where the fork does.
func TestFaultStartsLate(t *testing.T) {
	build := func(truth *[]FaultEvent, faults ...Fault) *Sampler {
		return &Sampler{
			Channels: channelsOf(t, "a"), Sensors: []Sensor{{0, &Config{Every: sim.Minute}}}, Faults: faults,
			Probe: func(devices.ChannelID, sim.Time) float64 { return 1 }, Truth: func(e FaultEvent) { *truth = append(*truth, e) },
		}
	}
	var events []FaultEvent
	s, _ := start(t, 1, build(&events))
	check(t, s.Run(context.Background(), sim.Hour))
	saved, err := s.Save()
	check(t, err)
	f := Fault{Name: "late", Kind: "offset", Channels: []devices.ChannelID{0}, From: 10 * sim.Minute, To: 2 * sim.Hour, With: params{"amount": 4}}
	over := Fault{Name: "over", Kind: "offset", Channels: []devices.ChannelID{0}, To: 30 * sim.Minute, With: params{"amount": 4}}
	s, out := start(t, 1, build(&events, f, over))
	check(t, s.Load(saved))
	check(t, s.Run(context.Background(), 3*sim.Hour))
	if len(events) != 2 || events[0].At != sim.Hour || !events[0].Active || events[1].At != 2*sim.Hour || events[1].Active {
		t.Errorf("events %+v", events)
	}
	if len(*out) != 120 || (*out)[0].Value != 5 || (*out)[119].Value != 1 {
		t.Errorf("%d readings, the first %+v", len(*out), (*out)[0])
	}
}
