package library_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/synth"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/library"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/detmath"
	"github.com/twinsim/twinsim/twins"
)

var update = flag.Bool("update", false, "write the recording of replay-demo")

const (
	demoFile  = "data/thermostat.csv.gz"
	demoEvery = 5 * sim.Minute
	demoRows  = 14 * 288
)

// demoHome is a flat with a thermostat in January, from Monday 12th: two people
// who work on weekdays, a heating that keeps 17.5 degC at night and 21 degC by
// day, and breaks on the last Friday at noon. Values are the truth of a channel,
// in degC, % and persons at home or not.
func demoHome(s *sim.Sim) func(devices.ChannelID, sim.Time) float64 {
	whims := s.Rand("home")
	occupied := func(at sim.Time) bool {
		day, hour := uint64(at.Days()), (at.Seconds()/3600)-24*float64(int(at.Days()))
		d := whims.At(day)
		leave, back := 8+0.5*d.Normal(), 17+0.7*d.Normal()
		if day%7 >= 5 { // a weekend: out for some hours
			leave = 13 + 2*d.Float64()
			back = leave + 1 + 2*d.Float64()
		}
		return hour < leave || hour > back
	}
	room, broken := 17.5, 11*sim.Day+12*sim.Hour
	last := sim.Time(-1)
	return func(ch devices.ChannelID, at sim.Time) float64 {
		hour := at.Seconds() / 3600
		outside := 1 + 3*detmath.Sin(2*3.141592653589793*(hour-9)/24)
		if at != last { // the room follows heating and weather with a time constant of 2 h
			target := 17.5
			if h := int(hour) % 24; h >= 6 && h < 22 {
				target = 21
			}
			if occupied(at) {
				target += 0.3
			}
			if at >= broken {
				target = outside + 11
			}
			room += (target - room) * demoEvery.Seconds() / 7200
			last = at
		}
		switch ch {
		case 0:
			return room
		case 1:
			wet := 42 - 1.5*(room-20) + 0.3*outside
			if occupied(at) {
				wet += 4
			}
			return wet
		}
		if occupied(at) {
			return 1
		}
		return 0
	}
}

// demoRecording measures the flat every 5 minutes for two weeks, as cheap sensors
// would, and writes it down.
func demoRecording(t *testing.T) []byte {
	s := sim.New(sim.Config{Seed: 2026})
	var names devices.Channels
	first, err := names.Add("flat", []devices.Attr{{Name: "temperature", Unit: "degC"}, {Name: "humidity", Unit: "%"}, {Name: "occupancy"}})
	if err != nil {
		t.Fatal(err)
	}
	cell := []string{"", "", ""}
	out := bytes.NewBufferString("time,temperature,humidity,occupancy\n")
	start := time.Date(2026, 1, 12, 0, 0, 0, 0, time.UTC)
	emit := func(r devices.Reading) {
		k := int(r.Channel - first)
		switch cell[k] = ""; {
		case r.Quality.Has(devices.Missing):
		case k == 2:
			cell[k] = fmt.Sprintf("%.0f", r.Value)
		default:
			cell[k] = fmt.Sprintf("%.1f", r.Value)
		}
		if k == 2 {
			fmt.Fprintf(out, "%s,%s,%s,%s\n", start.Add(time.Duration(r.At)).Format("2006-01-02 15:04"), cell[0], cell[1], cell[2])
		}
	}
	temperature, humidity := []devices.ChannelID{first}, []devices.ChannelID{first + 1}
	lost, wild := map[string]float64{"probability": 0.006}, map[string]float64{"probability": 0.004, "amplitude": 40}
	stuck := [2]sim.Time{8*sim.Day + 9*sim.Hour, 8*sim.Day + 16*sim.Hour}
	sampler := synth.Sampler{
		Channels: &names, Probe: demoHome(s),
		Sensors: []synth.Sensor{
			{Channel: first, Config: &synth.Config{Every: demoEvery, Noise: 0.12, Resolution: 0.1}},
			{Channel: first + 1, Config: &synth.Config{Every: demoEvery, Noise: 0.6, Resolution: 0.1}},
			{Channel: first + 2, Config: &synth.Config{Every: demoEvery}},
		},
		Faults: []synth.Fault{
			{Name: "spikes before", Kind: "spike", Channels: temperature, To: stuck[0], With: wild},
			{Name: "spikes after", Kind: "spike", Channels: temperature, From: stuck[1], With: wild},
			{Name: "lost before", Kind: "dropout", Channels: temperature, To: stuck[0], With: lost},
			{Name: "lost after", Kind: "dropout", Channels: temperature, From: stuck[1], With: lost},
			{Name: "stuck", Kind: "stuck", Channels: temperature, From: stuck[0], To: stuck[1]},
			{Name: "gaps", Kind: "dropout", Channels: humidity, With: map[string]float64{"probability": 0.01, "burst": 4}},
		},
	}
	if err := sampler.Start(s, emit); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(context.Background(), (demoRows-1)*demoEvery); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// The recording that replay-demo replays is what demoRecording makes:
// go test ./scenarios/library -run Demo -update writes it.
func TestDemoRecording(t *testing.T) {
	want := demoRecording(t)
	if *update {
		var z bytes.Buffer
		w, err := gzip.NewWriterLevel(&z, gzip.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(want); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(demoFile, z.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Skip("written; run the test again")
	}
	packed, err := fs.ReadFile(library.Files(), demoFile)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what this test makes; -update writes it", demoFile)
	}
	if len(packed) > 100<<10 {
		t.Errorf("%d bytes are too many to carry in the program", len(packed))
	}
	t.Logf("%d bytes, packed %d", len(want), len(packed))
}

func openBuiltIn(name string) (io.ReadCloser, error) { return library.Files().Open(name) }

// alarms is a sink that notes when each rule raised its first alarm.
type alarms map[string]sim.Time

func (a alarms) Tap(sim.Time, devices.Reading)   {}
func (a alarms) Value(sim.Time, devices.Reading) {}
func (a alarms) Event(e twins.Event) {
	if _, known := a[e.Detail]; !known && e.Kind == "alarm" {
		a[e.Detail] = e.At
	}
}

func runDemo(t *testing.T, first alarms) (scenarios.Summary, scenarios.Result) {
	t.Helper()
	text, ok := library.Text("replay-demo")
	if !ok {
		t.Fatal("replay-demo is not built in")
	}
	spec, err := scenarios.Decode("replay-demo.toml", text)
	if err != nil {
		t.Fatal(err)
	}
	r, err := scenarios.Build(spec, scenarios.Options{Kinds: library.Kinds(), Open: openBuiltIn, Sinks: []twins.Sink{first}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Execute(context.Background()); err != nil {
		t.Fatal(err)
	}
	res := r.Result()
	sum, err := scenarios.Summarize(spec, []scenarios.Result{res})
	if err != nil {
		t.Fatal(err)
	}
	return sum, res
}

// What was put into the recording is what the demo finds: one stuck spell, one
// broken heating, the outliers and the gaps.
func TestDemo(t *testing.T) {
	first := make(alarms)
	sum, res := runDemo(t, first)
	if sum.Failed() {
		t.Errorf("checks: %+v", sum.Checks)
	}
	fired := make(map[string]uint64)
	for _, r := range res.Rules {
		fired[r.Name] = r.Fired
	}
	if fired["probe is stuck"] != 1 || fired["heating has failed"] != 1 || fired["heating for nobody"] < 5 {
		t.Errorf("fired %v", fired)
	}
	if at := first["critical: heating has failed"]; at < 11*sim.Day+12*sim.Hour || at > 12*sim.Day {
		t.Errorf("the heating breaks at 11 d 12 h and is found at %v", at)
	}
	if at := first["probe is stuck"]; at < 8*sim.Day+10*sim.Hour+50*sim.Minute || at > 8*sim.Day+12*sim.Hour {
		t.Errorf("the probe is stuck from 8 d 9 h and that is found at %v", at)
	}
	t.Logf("%v %v %v %v %v", first, fired, res.Quality, res.Cleaned, res.Notes)
	if _, again := runDemo(t, make(alarms)); again.Digest != res.Digest {
		t.Errorf("digest %s, then %s", res.Digest, again.Digest)
	}
}

// Every built-in scenario decodes under the name it is asked for by, and says what it is.
func TestBuiltIns(t *testing.T) {
	for _, name := range library.Names() {
		text, _ := library.Text(name)
		spec, err := scenarios.Decode(name+".toml", text)
		if err != nil {
			t.Error(err)
			continue
		}
		if spec.Name.Src != name || spec.Title.Src == "" {
			t.Errorf("%s: name %q, title %q", name, spec.Name.Src, spec.Title.Src)
		}
	}
}
