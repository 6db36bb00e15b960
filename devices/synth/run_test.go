package synth

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

func drawConfig(t *rapid.T) *Config {
	pick := func(name string, xs ...float64) float64 { return rapid.SampledFrom(xs).Draw(t, name) }
	c := &Config{
		Every:      sim.Time(rapid.IntRange(1, 4).Draw(t, "every")) * sim.Minute,
		Phase:      sim.Time(rapid.IntRange(0, 2).Draw(t, "phase")) * sim.Minute,
		Lag:        sim.Time(rapid.IntRange(0, 3).Draw(t, "lag")) * sim.Minute,
		Noise:      pick("noise", 0, 1),
		BiasWalk:   pick("walk", 0, 2),
		Resolution: pick("resolution", 0, 0.1),
		ClockDrift: pick("drift", 0, 50),
		Jitter:     sim.Time(pick("jitter", 0, 1e6)),
		Dropout:    pick("dropout", 0, 0.3),
		Silent:     rapid.Bool().Draw(t, "silent"),
	}
	if c.BiasWalk > 0 && rapid.Bool().Draw(t, "revert") {
		c.BiasRevert = sim.Hour
	}
	if rapid.Bool().Draw(t, "clip") {
		c.Low, c.High = -1, 2
	}
	return c
}

func drawFault(t *rapid.T, name string, on []devices.ChannelID) Fault {
	k := rapid.SampledFrom(FaultKinds()).Draw(t, "kind")
	with := params{}
	for _, p := range k.Params {
		with[p.Name] = 1
		if p.Unit == Probability {
			with[p.Name] = 0.4
		}
	}
	if k.Name == "clipping" {
		with["low"] = 0
	}
	from := sim.Time(rapid.IntRange(0, 60).Draw(t, "from")) * sim.Minute
	return Fault{Name: name, Kind: k.Name, Channels: on, From: from, To: from + 20*sim.Minute, With: with}
}

var ids = []string{"a", "b", "c", "d"}

// drawSampler makes a run of a few sensors with faults on some.
func drawSampler(t *rapid.T) *Sampler {
	p := &Sampler{Channels: channelsOf(t, ids...), Probe: func(ch devices.ChannelID, at sim.Time) float64 {
		return math.Mod(at.Seconds()/100, 5) - float64(ch)
	}}
	for i := range ids {
		if rapid.Bool().Draw(t, "sensor") || i == 0 {
			p.Sensors = append(p.Sensors, Sensor{devices.ChannelID(i), drawConfig(t)})
		}
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "faults") {
		ch := devices.ChannelID(rapid.IntRange(0, len(ids)-1).Draw(t, "on"))
		p.Faults = append(p.Faults, drawFault(t, fmt.Sprint("f", i), []devices.ChannelID{ch}))
	}
	return p
}

func only(rs []devices.Reading, ch devices.ChannelID) []devices.Reading {
	return slices.DeleteFunc(slices.Clone(rs), func(r devices.Reading) bool { return r.Channel != ch })
}

// Adding a sensor or a fault leaves the readings of all others as they were,
// bit for bit.
func TestIndependence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawSampler(t)
		before := run(t, 5, p, 90*sim.Minute)
		k := rapid.IntRange(0, len(p.Sensors)-1).Draw(t, "victim")
		victim := p.Sensors[k].Channel
		q := *p
		if rapid.Bool().Draw(t, "fault") {
			q.Faults = slices.Insert(slices.Clone(p.Faults), 0, drawFault(t, "new", []devices.ChannelID{victim}))
		} else {
			q.Sensors = slices.Delete(slices.Clone(p.Sensors), k, k+1)
		}
		after := run(t, 5, &q, 90*sim.Minute)
		for i := range ids {
			if ch := devices.ChannelID(i); ch != victim && !slices.Equal(only(before, ch), only(after, ch)) {
				t.Fatalf("channel %s changed", ids[i])
			}
		}
	})
}

// A run that is saved, built anew and loaded goes on as if nothing had been.
func TestSaveLoad(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawSampler(t)
		end := 90 * sim.Minute
		want := run(t, 5, p, end)
		var truth []FaultEvent
		p.Truth = func(e FaultEvent) { truth = append(truth, e) }
		run(t, 5, p, end)
		wantTruth := slices.Clone(truth)

		truth = nil
		s, first := start(t, 5, p)
		check(t, s.Run(context.Background(), sim.Time(rapid.IntRange(0, 90*60).Draw(t, "cut"))*sim.Second))
		saved, err := s.Save()
		check(t, err)
		s, second := start(t, 5, p)
		check(t, s.Load(saved))
		check(t, s.Run(context.Background(), end))
		if got := append(*first, *second...); !slices.Equal(got, want) {
			t.Fatalf("%d readings, want %d, or others", len(got), len(want))
		}
		if !slices.Equal(truth, wantTruth) {
			t.Fatalf("fault events\n%v, want\n%v", truth, wantTruth)
		}
	})
}

// A snapshot loads into a build with other sensors and faults: those that are
// in both go on unchanged.
func TestLoadVariant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawSampler(t)
		c := drawConfig(t)
		for i := range p.Sensors { // one group, so that its layout changes
			p.Sensors[i].Config = c
		}
		end := 90 * sim.Minute
		want := run(t, 5, p, end)
		s, first := start(t, 5, p)
		check(t, s.Run(context.Background(), 35*sim.Minute))
		saved, err := s.Save()
		check(t, err)

		q := *p
		victim := p.Sensors[0].Channel
		q.Sensors = append(slices.Clone(p.Sensors[1:]), Sensor{4, c})
		q.Channels = channelsOf(t, append(slices.Clone(ids), "new")...)
		q.Faults = append([]Fault{drawFault(t, "new", []devices.ChannelID{4, victim})}, p.Faults...)
		s, second := start(t, 5, &q)
		check(t, s.Load(saved))
		check(t, s.Run(context.Background(), end))
		got := append(*first, *second...)
		for i := range ids {
			if ch := devices.ChannelID(i); ch != victim && !slices.Equal(only(got, ch), only(want, ch)) {
				t.Fatalf("channel %s changed", ids[i])
			}
		}
		if n := len(only(*second, 4)); n == 0 && !c.Silent {
			t.Fatal("the new sensor is silent")
		}
	})
}

// Replications and seeds draw differently, the same twice alike.
func TestSeeds(t *testing.T) {
	p := &Sampler{Channels: channelsOf(t, "a"), Sensors: []Sensor{{0, &Config{Every: sim.Second, Noise: 1}}}, Probe: func(devices.ChannelID, sim.Time) float64 { return 0 }}
	a, b, c := run(t, 1, p, sim.Minute), run(t, 1, p, sim.Minute), run(t, 2, p, sim.Minute)
	if !slices.Equal(a, b) || slices.Equal(a, c) {
		t.Error("the seed does not decide")
	}
	s := sim.New(sim.Config{Seed: 1, Replication: 1})
	var d []devices.Reading
	check(t, p.Start(s, func(r devices.Reading) { d = append(d, r) }))
	check(t, s.Run(context.Background(), sim.Minute))
	if slices.Equal(a, d) {
		t.Error("replications are alike")
	}
}

// bigFleet is n sensors of one Config.
func bigFleet(t testing.TB, n int, c *Config) *Sampler {
	chs := new(devices.Channels)
	sensors := make([]Sensor, n)
	attrs := []devices.Attr{{Name: "value"}}
	for i := range sensors {
		ch, err := chs.Add(fmt.Sprintf("wrist-%06d", i), attrs)
		if err != nil {
			t.Fatal(err)
		}
		sensors[i] = Sensor{ch, c}
	}
	return &Sampler{Channels: chs, Sensors: sensors, Probe: func(ch devices.ChannelID, _ sim.Time) float64 { return float64(ch) }}
}

func fullConfig() *Config {
	return &Config{
		Every: sim.Minute, Lag: 3 * sim.Minute, Gain: 1.02, Offset: 0.1, Noise: 0.2, BiasWalk: 0.05, BiasRevert: sim.Day,
		Low: -1e6, High: 1e6, Resolution: 0.1, ClockDrift: 20, Jitter: sim.Millisecond, Dropout: 0.01,
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A fleet costs little memory beyond what describes it, and no allocation per reading.
func TestFleetCost(t *testing.T) {
	n := 100_000
	p := bigFleet(t, n, fullConfig())
	before := heap()
	s := sim.New(sim.Config{})
	count := 0
	check(t, p.Start(s, func(devices.Reading) { count++ }))
	perSensor := float64(heap()-before) / float64(n)
	t.Logf("%.0f bytes per sensor, and %d for its entry in Sensors", perSensor, 16)
	if perSensor > 184 {
		t.Errorf("%.0f bytes per sensor, want at most 184", perSensor)
	}
	runtime.KeepAlive(p)
	next := sim.Time(0)
	check(t, s.Run(context.Background(), next))
	if a := testing.AllocsPerRun(3, func() {
		next += sim.Minute
		check(t, s.Run(context.Background(), next))
	}); a > 5 {
		t.Errorf("%v allocations per tick of %d readings", a, n)
	}
	if count != 5*n {
		t.Errorf("%d readings, want %d", count, 5*n)
	}
}

func BenchmarkReading(b *testing.B) {
	target := &Config{Every: sim.Minute, Lag: 3 * sim.Minute, Noise: 0.2, BiasWalk: 0.05, Resolution: 0.1}
	for _, x := range []struct {
		name    string
		c       *Config
		faults  []string
		sensors int
	}{
		{"minimal", &Config{Every: sim.Minute}, nil, 1000},
		{"noise", &Config{Every: sim.Minute, Noise: 0.2}, nil, 1000},
		{"lag+noise+bias+quantise", target, nil, 1000},
		{"full", fullConfig(), nil, 1000},
		{"full+2faults", fullConfig(), []string{"noise", "drift"}, 1000},
		{"full/100k", fullConfig(), nil, 100_000},
		{"one-sensor", target, nil, 1},
	} {
		b.Run(x.name, func(b *testing.B) {
			p := bigFleet(b, x.sensors, x.c)
			for i, kind := range x.faults {
				f := Fault{Name: fmt.Sprint(i), Kind: kind, With: params{"sd": 1}}
				if kind == "drift" {
					f.With = params{"per_day": 1}
				}
				for ch := range x.sensors {
					f.Channels = append(f.Channels, devices.ChannelID(ch))
				}
				p.Faults = append(p.Faults, f)
			}
			s := sim.New(sim.Config{})
			sum := 0.
			if err := p.Start(s, func(r devices.Reading) { sum += r.Value }); err != nil {
				b.Fatal(err)
			}
			ticks := b.N/x.sensors + 1
			b.ReportAllocs()
			b.ResetTimer()
			if err := s.Run(context.Background(), sim.Time(ticks-1)*sim.Minute); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(ticks*x.sensors), "ns/reading")
		})
	}
}

// At one instant the plant moves first, then sensors read, then timers run out.
func TestRank(t *testing.T) {
	var order []string
	p := &Sampler{Channels: channelsOf(t, "a"), Sensors: []Sensor{{0, &Config{Every: sim.Minute}}}, Probe: func(devices.ChannelID, sim.Time) float64 { return 0 }}
	s := sim.New(sim.Config{})
	log := func(what string) sim.ActorID {
		id, err := s.Add(what, sim.HandlerFunc(func(*sim.Sim, sim.Event) error { order = append(order, what); return nil }))
		check(t, err)
		return id
	}
	for _, e := range []sim.Event{{Rank: sim.RankTimer, To: log("timer")}, {Rank: sim.RankPlant, To: log("plant")}} {
		for _, e.At = range []sim.Time{0, sim.Minute} {
			_, err := s.Schedule(e)
			check(t, err)
		}
	}
	check(t, p.Start(s, func(devices.Reading) { order = append(order, "reading") }))
	check(t, s.Run(context.Background(), sim.Minute))
	if want := []string{"plant", "reading", "timer", "plant", "reading", "timer"}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
}

// A group that a fork adds joins the grid of its period and phase, and counts
// ticks as if it had been there all along.
func TestGroupStartsLate(t *testing.T) {
	build := func(cs ...*Config) *Sampler {
		p := &Sampler{Channels: channelsOf(t, ids...), Probe: func(devices.ChannelID, sim.Time) float64 { return 0 }}
		for i, c := range cs {
			p.Sensors = append(p.Sensors, Sensor{devices.ChannelID(i), c})
		}
		return p
	}
	old, late := &Config{Every: sim.Minute}, &Config{Every: 10 * sim.Minute, Phase: 3 * sim.Minute, Noise: 1}
	s, _ := start(t, 1, build(old))
	check(t, s.Run(context.Background(), 45*sim.Minute+sim.Second))
	saved, err := s.Save()
	check(t, err)
	want := only(run(t, 1, build(old, late), 2*sim.Hour), 1)
	s, out := start(t, 1, build(old, late))
	check(t, s.Load(saved))
	check(t, s.Run(context.Background(), 2*sim.Hour))
	if got := only(*out, 1); !slices.Equal(got, want[5:]) {
		t.Errorf("got %+v, want %+v", got[0], want[5])
	}
}
