package synth

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// fataler is what *testing.T and *rapid.T have in common.
type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func check(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// channelsOf makes a channel "ID.value" for each id.
func channelsOf(t fataler, ids ...string) *devices.Channels {
	t.Helper()
	c := new(devices.Channels)
	for _, id := range ids {
		_, err := c.Add(id, []devices.Attr{{Name: "value"}})
		check(t, err)
	}
	return c
}

// start makes a run of the sampler and a slice that its readings go to.
func start(t fataler, seed uint64, p *Sampler) (*sim.Sim, *[]devices.Reading) {
	t.Helper()
	s := sim.New(sim.Config{Seed: seed})
	out := new([]devices.Reading)
	check(t, p.Start(s, func(r devices.Reading) { *out = append(*out, r) }))
	return s, out
}

func run(t fataler, seed uint64, p *Sampler, until sim.Time) []devices.Reading {
	t.Helper()
	s, out := start(t, seed, p)
	check(t, s.Run(context.Background(), until))
	check(t, p.Close())
	return *out
}

// one runs a single sensor over a truth.
func one(t fataler, c Config, until sim.Time, truth func(sim.Time) float64, faults ...Fault) []devices.Reading {
	t.Helper()
	for i := range faults {
		faults[i].Channels = []devices.ChannelID{0}
	}
	return run(t, 7, &Sampler{
		Channels: channelsOf(t, "a"), Sensors: []Sensor{{0, &c}}, Faults: faults,
		Probe: func(_ devices.ChannelID, at sim.Time) float64 { return truth(at) },
	}, until)
}

func constant(x float64) func(sim.Time) float64 { return func(sim.Time) float64 { return x } }

func moments(x []float64) (mean, sd float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		sd += (v - mean) * (v - mean) / float64(len(x)-1)
	}
	return mean, math.Sqrt(sd)
}

func values(rs []devices.Reading) []float64 {
	var x []float64
	for _, r := range rs {
		x = append(x, r.Value)
	}
	return x
}

// within4SE fails unless got is within four standard errors of want, and those
// are below 5 % of scale, so that nothing hides in noise.
func within4SE(t *testing.T, what string, got, want, se, scale float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 4*se) || !(se < 0.05*scale) {
		t.Errorf("%s is %v, want %v (standard error %v)", what, got, want, se)
	}
}

func checkNormal(t *testing.T, what string, x []float64, mean, sd float64) {
	t.Helper()
	n := float64(len(x))
	m, s := moments(x)
	within4SE(t, what+": mean", m, mean, sd/math.Sqrt(n), sd)
	within4SE(t, what+": sd", s, sd, sd/math.Sqrt(2*n), sd)
}

func TestTicks(t *testing.T) {
	rs := one(t, Config{Every: 10 * sim.Minute, Phase: 13 * sim.Minute}, 70*sim.Minute, func(at sim.Time) float64 { return at.Seconds() })
	if len(rs) != 6 {
		t.Fatalf("%d readings in an hour, want 6", len(rs))
	}
	for k, r := range rs {
		at := 13*sim.Minute + sim.Time(k)*10*sim.Minute
		want := devices.Reading{At: at, Value: at.Seconds(), Tag: devices.Tag{Seq: uint32(k)}}
		if r != want {
			t.Errorf("reading %d is %+v, want %+v", k, r, want)
		}
	}
}

// A first-order lag answers a unit step with 1 - exp(-t/tau).
func TestLagStep(t *testing.T) {
	step := func(at sim.Time) float64 {
		if at > 0 {
			return 1
		}
		return 0
	}
	rs := one(t, Config{Every: 2 * sim.Second, Lag: 10 * sim.Second}, sim.Minute, step)
	for _, r := range rs {
		if want := -math.Expm1(-r.At.Seconds() / 10); math.Abs(r.Value-want) > 1e-14 {
			t.Errorf("at %v: %v, want %v", r.At, r.Value, want)
		}
	}
	if rs := one(t, Config{Every: sim.Second, Lag: sim.Hour}, 0, constant(5)); rs[0].Value != 5 {
		t.Errorf("the first reading is %v: a lag must begin at the truth, 5", rs[0].Value)
	}
}

func TestGainOffset(t *testing.T) {
	for _, x := range []struct{ gain, offset, want float64 }{{0, 0, 8}, {1, 2, 10}, {0.5, -1, 3}, {-2, 0, -16}} {
		if got := one(t, Config{Every: 1, Gain: x.gain, Offset: x.offset}, 0, constant(8))[0].Value; got != x.want {
			t.Errorf("gain %v offset %v: %v, want %v", x.gain, x.offset, got, x.want)
		}
	}
}

func TestNoise(t *testing.T) {
	rs := one(t, Config{Every: sim.Second, Noise: 0.25}, 20_000*sim.Second, constant(3))
	checkNormal(t, "noise", values(rs), 3, 0.25)
	x := values(rs)
	lag1 := 0.0
	for i := 1; i < len(x); i++ {
		lag1 += (x[i] - 3) * (x[i-1] - 3) / (0.25 * 0.25) / float64(len(x))
	}
	within4SE(t, "autocorrelation of white noise", lag1, 0, 1/math.Sqrt(float64(len(x))), 1)
}

// fleet runs n sensors of one Config over a constant truth of 0 and returns the
// readings of the ticks at the given times.
func fleet(t *testing.T, n int, c Config, times ...sim.Time) [][]float64 {
	t.Helper()
	chs := new(devices.Channels)
	var sensors []Sensor
	for i := range n {
		ch, err := chs.Add("n"+string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676)), []devices.Attr{{Name: "value"}})
		check(t, err)
		sensors = append(sensors, Sensor{ch, &c})
	}
	rs := run(t, 3, &Sampler{Channels: chs, Sensors: sensors, Probe: func(devices.ChannelID, sim.Time) float64 { return 0 }}, slices.Max(times))
	out := make([][]float64, len(times))
	for _, r := range rs {
		if i := slices.Index(times, r.At); i >= 0 {
			out[i] = append(out[i], r.Value)
		}
	}
	return out
}

// The variance of a random walk is sd^2 t, and that of one that reverts with
// time constant T is sd^2 T/2 (1 - exp(-2t/T)).
func TestBiasWalk(t *testing.T) {
	times := []sim.Time{0, sim.Hour, 4 * sim.Hour, 16 * sim.Hour}
	for i, x := range fleet(t, 2000, Config{Every: 10 * sim.Minute, BiasWalk: 0.3}, times...) {
		if i == 0 {
			if slices.Max(x) != 0 || slices.Min(x) != 0 {
				t.Error("the bias does not begin at 0")
			}
			continue
		}
		checkNormal(t, "walk after "+times[i].String(), x, 0, 0.3*math.Sqrt(float64(times[i]/sim.Hour)))
	}
	for i, x := range fleet(t, 2000, Config{Every: 10 * sim.Minute, BiasWalk: 0.3, BiasRevert: 2 * sim.Hour}, times[1:]...) {
		h := float64(times[i+1] / sim.Hour)
		checkNormal(t, "reverting walk after "+times[i+1].String(), x, 0, 0.3*math.Sqrt(1-math.Exp(-h)))
	}
}

// Rounding to a step has an error of sd step/sqrt(12) (DEV-08: an ADC's noise).
func TestQuantise(t *testing.T) {
	ramp := func(at sim.Time) float64 { return 0.013 * at.Seconds() }
	rs := one(t, Config{Every: sim.Second, Resolution: 0.1}, 20_000*sim.Second, ramp)
	var e []float64
	for _, r := range rs {
		e = append(e, r.Value-ramp(r.At))
	}
	mean, sd := moments(e)
	within4SE(t, "quantisation error", mean, 0, 0.1/math.Sqrt(12*20_000), 0.1)
	if want := 0.1 / math.Sqrt(12); math.Abs(sd-want) > 0.002*want {
		t.Errorf("sd of the quantisation error is %v, want %v", sd, want)
	}
	for _, x := range []struct{ truth, step, want float64 }{
		{21.3249, 0.1, 21.3}, {-0.04, 0.1, 0}, {25.04, 0.0625, 25.0625}, {1.24, 0.5, 1}, {-7.6, 5, -10}, {0.7, 0.3, 2 * 0.3},
	} {
		got := one(t, Config{Every: 1, Resolution: x.step}, 0, constant(x.truth))[0].Value
		if math.Float64bits(got) != math.Float64bits(x.want) {
			t.Errorf("%v in steps of %v is %v, want %v", x.truth, x.step, got, x.want)
		}
	}
}

// ADXL345, full resolution: -1 g is code -256, +16 g the last code, 4095 (DEV-09).
func TestClip(t *testing.T) {
	c := Config{Every: 1, Low: -4096. / 256, High: 4095. / 256, Resolution: 1. / 256}
	for truth, code := range map[float64]float64{-1: -256, 16: 4095, -17: -4096, 0.5: 128} {
		r := one(t, c, 0, constant(truth))[0]
		if r.Value*256 != code || r.Quality.Has(devices.Clipped) != (math.Abs(truth) >= 16) {
			t.Errorf("%v g: code %v, %v; want %v", truth, r.Value*256, r.Quality, code)
		}
	}
}

func TestClock(t *testing.T) {
	// 20 ppm is 1.728 s a day.
	rs := one(t, Config{Every: sim.Day, ClockDrift: 20, ClockOffset: -3 * sim.Second}, 10*sim.Day, constant(0))
	for k, r := range rs {
		if want := sim.Time(k)*(sim.Day+1728*sim.Millisecond) - 3*sim.Second; r.At != want {
			t.Errorf("day %d: stamp %v, want %v", k, r.At, want)
		}
	}
	var e []float64
	for k, r := range one(t, Config{Every: sim.Second, Jitter: 5 * sim.Millisecond}, 20_000*sim.Second, constant(0)) {
		e = append(e, (r.At - sim.Time(k)*sim.Second).Seconds())
	}
	checkNormal(t, "jitter", e, 0, 0.005)
}

func TestDropout(t *testing.T) {
	full := Config{
		Every: sim.Second, Lag: 5 * sim.Second, Noise: 1, BiasWalk: 2, Jitter: sim.Millisecond, Resolution: 0.01,
	}
	truth := func(at sim.Time) float64 { return math.Mod(at.Seconds(), 17) }
	n := 20_000
	all := one(t, full, sim.Time(n)*sim.Second, truth)
	full.Dropout = 0.2
	some := one(t, full, sim.Time(n)*sim.Second, truth)
	full.Silent = true
	silent := one(t, full, sim.Time(n)*sim.Second, truth)
	if len(all) != n+1 || len(some) != n+1 {
		t.Fatalf("%d and %d readings, want %d", len(all), len(some), n+1)
	}
	lost := 0
	for i, r := range some {
		if r.Quality == devices.Missing && r.Value == 0 && r.At == all[i].At && r.Seq == all[i].Seq {
			lost++
			continue
		}
		if r != all[i] {
			t.Fatalf("reading %d is %+v with dropouts, %+v without", i, r, all[i])
		}
		if r != silent[i-lost] {
			t.Fatalf("reading %d is %+v when dropouts are silent", i, silent[i-lost])
		}
	}
	p := float64(lost) / float64(n+1)
	within4SE(t, "share of lost readings", p, 0.2, math.Sqrt(0.2*0.8/float64(n)), 0.2)
	if len(silent) != n+1-lost {
		t.Errorf("%d readings with silent dropouts, want %d", len(silent), n+1-lost)
	}
}

func TestTruthIsNotANumber(t *testing.T) {
	bad := func(at sim.Time) float64 {
		if at == sim.Second {
			return math.NaN()
		}
		return 4
	}
	rs := one(t, Config{Every: sim.Second, Lag: sim.Minute, Resolution: 0.5, Low: -5, High: 5}, 3*sim.Second, bad)
	for i, r := range rs {
		if i == 1 {
			if r.Quality != devices.Missing|devices.Suspect || r.Value != 0 {
				t.Errorf("a truth of NaN gives %+v", r)
			}
		} else if r.Value != 4 || r.Quality != devices.Good {
			t.Errorf("reading %d is %+v", i, r)
		}
	}
}

func TestSamplerRefuses(t *testing.T) {
	good := func() *Config { return &Config{Every: sim.Second} }
	nan := math.NaN()
	for name, c := range map[string]*Config{
		"no config": nil, "every": {}, "phase": {Every: 1, Phase: -1}, "lag": {Every: 1, Lag: -1}, "noise": {Every: 1, Noise: -1},
		"nan noise": {Every: 1, Noise: nan}, "gain": {Every: 1, Gain: nan}, "offset": {Every: 1, Offset: math.Inf(1)},
		"range": {Every: 1, Low: 1, High: -1}, "resolution": {Every: 1, Resolution: -1}, "drift": {Every: 1, ClockDrift: 1e6},
		"dropout": {Every: 1, Dropout: 1.5}, "jitter": {Every: 1, Jitter: -1}, "walk": {Every: 1, BiasWalk: -1},
		"revert": {Every: 1, BiasRevert: 1}, "negative revert": {Every: 1, BiasWalk: 1, BiasRevert: -1},
	} {
		p := &Sampler{Channels: channelsOf(t, "a"), Sensors: []Sensor{{0, c}}, Probe: func(devices.ChannelID, sim.Time) float64 { return 0 }}
		if err := p.Start(sim.New(sim.Config{}), func(devices.Reading) {}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for name, p := range map[string]*Sampler{
		"nothing": {},
		"channel": {Channels: channelsOf(t, "a"), Sensors: []Sensor{{1, good()}}},
		"twice":   {Channels: channelsOf(t, "a"), Sensors: []Sensor{{0, good()}, {0, good()}}},
		"fault":   {Channels: channelsOf(t, "a"), Faults: []Fault{{Name: "x", Kind: "nope"}}},
	} {
		if p.Channels != nil {
			p.Probe = func(devices.ChannelID, sim.Time) float64 { return 0 }
		}
		if err := p.Start(sim.New(sim.Config{}), func(devices.Reading) {}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
