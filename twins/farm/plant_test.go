package farm

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// A fleet builds instances as a scenario would.
type fleet struct {
	all  []twins.Instance
	next devices.ChannelID
}

func (f *fleet) add(id string, t *twins.Type, with map[string]any, needs ...string) {
	in := twins.Instance{ID: id, Type: t, Index: int32(len(f.all)) + 10, Base: f.next}
	f.next += devices.ChannelID(len(t.Attrs))
	for _, p := range t.Params {
		n, w := p.Default, p.Text
		if p.From != "" {
			n = math.NaN()
		}
		switch v := with[p.Name].(type) {
		case float64:
			n = v
		case string:
			w = v
		}
		in.Numbers = append(in.Numbers, n)
		in.Words = append(in.Words, w)
	}
	for i := range t.Needs {
		pos := int32(-1)
		if i < len(needs) {
			pos = int32(slices.IndexFunc(f.all, func(x twins.Instance) bool { return x.ID == needs[i] }))
		}
		in.Needs = append(in.Needs, pos)
	}
	f.all = append(f.all, in)
}

func (f *fleet) find(id string) *twins.Instance {
	for i := range f.all {
		if f.all[i].ID == id {
			return &f.all[i]
		}
	}
	panic(id)
}

func (f *fleet) channel(id, attr string) devices.ChannelID {
	in := f.find(id)
	for k, a := range in.Type.Attrs {
		if a.Name == attr {
			return in.Base + devices.ChannelID(k)
		}
	}
	panic(attr)
}

type world struct {
	*fleet
	*Plant
	s      *sim.Sim
	events []twins.Event
}

var may1 = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

func (f *fleet) start(t testing.TB, seed uint64, start time.Time) *world {
	t.Helper()
	w := &world{fleet: f, s: sim.New(sim.Config{Seed: seed})}
	p, err := Family().New(twins.PlantConfig{Instances: f.all, Start: start, Emit: func(e twins.Event) { w.events = append(w.events, e) }})
	if err != nil {
		t.Fatal(err)
	}
	w.Plant = p.(*Plant)
	if err := w.Plant.Start(w.s); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) run(t testing.TB, until sim.Time) {
	t.Helper()
	if err := w.s.Run(context.Background(), until); err != nil {
		t.Fatal(err)
	}
}

func (w *world) get(id, attr string) float64 { return w.Probe(w.channel(id, attr), w.s.Now()) }

func (w *world) do(t testing.TB, id string, verb int32, arg float64, d sim.Time) {
	t.Helper()
	if err := w.Do(devices.Command{At: w.s.Now(), Target: w.find(id).Index, Verb: verb, Arg: arg, For: d}); err != nil {
		t.Fatal(err)
	}
}

func (w *world) fault(t testing.TB, id string, kind int, on bool, level float64) {
	t.Helper()
	if err := w.Fault(w.find(id).Index, kind, on, level); err != nil {
		t.Fatal(err)
	}
}

func small() *fleet {
	f := &fleet{}
	f.add("weather", weatherType, nil)
	f.add("pump", pumpType, map[string]any{"capacity": 150.0})
	for i, soil := range []string{"loam", "sandy_loam", "clay"} {
		v := fmt.Sprintf("valve-%d", i)
		f.add(v, valveType, map[string]any{"flow": 100.0}, "pump")
		f.add(fmt.Sprintf("zone-%d", i), zoneType, map[string]any{"soil": soil, "area": 0.2, "initial_depletion": 0.3}, "weather", v)
	}
	return f
}

// waterings opens valves at odd times for 100 days.
func (w *world) waterings(t testing.TB, days int, each func()) {
	for d := range days {
		w.run(t, sim.Time(d)*sim.Day+5*sim.Hour)
		each()
		if d%3 == 0 {
			w.do(t, fmt.Sprintf("valve-%d", d%2), verbOpen, 0, 9*sim.Hour+sim.Time(d)*sim.Minute)
		}
		if d%7 == 1 {
			w.do(t, "valve-2", verbDeliver, 30, 0)
		}
	}
	w.run(t, sim.Time(days)*sim.Day)
}

// Over a run of 200 days, a harvest included, no water is lost or made, at
// midnight or in the middle of a day.
func TestPlantClosesItsWater(t *testing.T) {
	w := small().start(t, 1, may1.Add(10*time.Hour))
	store := func(i int) float64 { return w.zone[i].Water.Dr + w.zone[i].Water.Below }
	var before [3]float64
	for i := range before {
		before[i] = store(i)
	}
	w.waterings(t, 200, func() {})
	w.run(t, w.clock.End)
	var delivered float64
	for i := range before {
		z := w.zone[i]
		gap := z.Sum.Rain + z.Sum.Irrigation - z.Sum.Runoff - z.Sum.Drainage - z.Sum.Evaporation - z.Sum.Transpiration + store(i) - before[i]
		if math.Abs(gap) > 1e-9 {
			t.Errorf("zone %d leaves %g mm open: %+v", i, gap, z)
		}
		if z.Sum.Irrigation < 50 || z.Sum.Transpiration < 200 || z.Harvest <= 0 {
			t.Errorf("zone %d did not live: %+v", i, z)
		}
		v := w.get(fmt.Sprintf("valve-%d", i), "delivered")
		near(t, "valve to zone, mm", z.Sum.Irrigation, v*1000*0.75/2000, 1e-9*z.Sum.Irrigation)
		near(t, "rain", w.get(fmt.Sprintf("zone-%d", i), "rain"), w.get("weather", "rain"), 1e-9)
		delivered += v
	}
	near(t, "pump to valves, m3", w.get("pump", "volume"), delivered, 1e-9*delivered)
}

// The state after a run does not depend on who looked at it, and a saved run
// goes on as if it had not been saved.
func TestProbesChangeNothingAndStateIsWhole(t *testing.T) {
	final := func(w *world) []byte {
		var b bytes.Buffer
		if err := gob.NewEncoder(&b).Encode([]any{w.clock.Day, fmt.Sprintf("%v", w.zone), fmt.Sprintf("%v", w.weather), fmt.Sprintf("%v", w.valve), fmt.Sprintf("%v", w.pump)}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	gob.Register(int64(0))
	quiet := small().start(t, 2, may1)
	quiet.waterings(t, 60, func() {})

	looked := small().start(t, 2, may1)
	var middle []byte
	looked.waterings(t, 60, func() {
		for ch := range looked.next {
			if v := looked.Probe(ch, looked.s.Now()); math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("channel %d is %v", ch, v)
			}
		}
		if looked.s.Now() > 30*sim.Day && middle == nil {
			var err error
			if middle, err = looked.s.Save(); err != nil {
				t.Fatal(err)
			}
		}
	})
	if !bytes.Equal(final(quiet), final(looked)) {
		t.Error("probing changed the run")
	}

	again := small().start(t, 2, may1)
	if err := again.s.Load(middle); err != nil {
		t.Fatal(err)
	}
	// the commands of day 30 come after the save
	for d := 30; d < 60; d++ {
		again.run(t, sim.Time(d)*sim.Day+5*sim.Hour)
		if d%3 == 0 {
			again.do(t, fmt.Sprintf("valve-%d", d%2), verbOpen, 0, 9*sim.Hour+sim.Time(d)*sim.Minute)
		}
		if d%7 == 1 {
			again.do(t, "valve-2", verbDeliver, 30, 0)
		}
	}
	again.run(t, 60*sim.Day)
	if !bytes.Equal(final(quiet), final(again)) {
		t.Error("a saved and loaded run ended differently")
	}
}

// The course of a day meets the exact balance at midnight.
func TestMidnightJoinsTheDays(t *testing.T) {
	w := small().start(t, 3, may1)
	joined := 0
	for d := sim.Time(1); d < 120; d++ {
		if d%9 == 2 {
			w.run(t, d*sim.Day-10*sim.Hour)
			w.do(t, "valve-0", verbOpen, 0, 6*sim.Hour)
		}
		w.run(t, d*sim.Day-1)
		before, et, rain := w.get("zone-0", "depletion"), w.get("zone-0", "et"), w.get("zone-0", "rain")
		full := w.get("zone-0", "taw")
		w.run(t, d*sim.Day)
		near(t, "et", w.get("zone-0", "et"), et, 1e-9)
		near(t, "rain", w.get("zone-0", "rain"), rain, 1e-6)
		if before > 0 && before < full {
			near(t, "depletion", w.zone[0].Water.Dr, before, 1e-6)
			joined++
		}
	}
	if joined < 60 {
		t.Errorf("only %d days could be checked", joined)
	}
}

// Water content falls with the sun and rises with water.
func TestMoistureWithinADay(t *testing.T) {
	f := small()
	w := f.start(t, 4, time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))
	for w.weather[0].Today.Rain > 0 || w.weather[0].Today.ET0 < 4 {
		w.run(t, w.clock.End)
	}
	at := func(h float64) float64 {
		w.run(t, w.clock.Begin+sim.Time(h*float64(sim.Hour)))
		return w.get("zone-0", "soil_moisture")
	}
	v0, v3, v9, v15 := at(0), at(3), at(9), at(15)
	if v3 != v0 || !(v9 < v3 && v15 < v9) || v9-v15 < 2*(v3-v9) {
		t.Errorf("moisture at 0, 3, 9, 15 h: %.5f %.5f %.5f %.5f", v0, v3, v9, v15)
	}
	w.do(t, "valve-0", verbOpen, 0, 2*sim.Hour)
	et := w.get("zone-0", "et")
	v16, v17 := at(16), at(17)
	et = w.get("zone-0", "et") - et
	// 100 L/min for 2 h at 0.75 over 2000 m2 is 4.5 mm, in 0.3 m of soil 0.015
	near(t, "rise", v17-v15, 0.015-et/300, 1e-9)
	v20 := at(20)
	if !(v16 > v15 && v17 > v16) || v20 >= v17 || et < 0.3 || et > 3 {
		t.Errorf("moisture at 15, 16, 17, 20 h: %.5f %.5f %.5f %.5f", v15, v16, v17, v20)
	}
}

// Another weather twin, another seed for others: nothing of mine moves.
func TestStreamsAreTheTwinsOwn(t *testing.T) {
	a := small().start(t, 5, may1)
	f := &fleet{}
	f.add("other", weatherType, map[string]any{"climate": "tunis"})
	f.add("weather", weatherType, nil)
	f.add("more", zoneType, nil, "other")
	b := f.start(t, 5, may1)
	a.run(t, 50*sim.Day)
	b.run(t, 50*sim.Day)
	if a.weather[0] != b.weather[1] {
		t.Error("the weather changed when twins were added")
	}
	// a later start meets the same days
	c := small().start(t, 5, may1.AddDate(0, 0, 20))
	c.run(t, 30*sim.Day)
	if a.weather[0].Today.Wet != c.weather[0].Today.Wet || a.weather[0].Today.Wind != c.weather[0].Today.Wind {
		t.Error("the weather of a date depends on the run's start")
	}
	if math.Abs(a.weather[0].Today.Tmin-c.weather[0].Today.Tmin) > 1e-6 {
		t.Errorf("Tmin of one date is %v and %v", a.weather[0].Today.Tmin, c.weather[0].Today.Tmin)
	}
}

// A local day has 23 or 25 hours when the clocks change.
func TestLocalDays(t *testing.T) {
	zone := time.FixedZone("A", 2*3600)
	w := small().start(t, 6, time.Date(2026, 3, 1, 9, 0, 0, 0, zone))
	near(t, "hours to midnight", w.clock.End.Seconds()/3600, 15, 0)
	if brussels, err := time.LoadLocation("Europe/Brussels"); err == nil {
		w = small().start(t, 6, time.Date(2026, 3, 28, 12, 0, 0, 0, brussels))
		w.run(t, w.clock.End)
		near(t, "hours of the day", (w.clock.End-w.clock.Begin).Seconds()/3600, 23, 0)
	}
	half := small().start(t, 6, time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC))
	near(t, "ET0 of half a day", half.weather[0].ET0, half.weather[0].Today.ET0/2, 1e-9)
	near(t, "at the start", half.get("weather", "et0_total"), 0, 0)
	rained := 0
	for seed := uint64(0); rained < 3; seed++ {
		half = small().start(t, seed, time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC))
		y := half.weather[0].Today
		if y.RainBy(12) == 0 || y.RainBy(12) > y.Rain-0.1 {
			continue
		}
		rained++
		near(t, "rain at the start", half.get("zone-0", "rain"), 0, 0)
		half.run(t, half.clock.End-1)
		near(t, "rain before midnight", half.get("weather", "rain"), y.Rain-y.RainBy(12), 1e-6)
		half.run(t, half.clock.End)
		near(t, "rain of half a day", half.get("zone-0", "rain"), y.Rain-y.RainBy(12), 1e-9)
	}
}

func TestPlanting(t *testing.T) {
	f := &fleet{}
	f.add("weather", weatherType, nil)
	f.add("spring", zoneType, map[string]any{"planting": "05-10", "crop": "lettuce"}, "weather")
	f.add("fallow", zoneType, map[string]any{"planting": "none"}, "weather")
	f.add("single", zoneType, map[string]any{"coefficients": "single"}, "weather")
	w := f.start(t, 7, may1)
	w.run(t, 8*sim.Day+23*sim.Hour)
	near(t, "stage on 9 May", w.get("spring", "stage"), 0, 0)
	w.run(t, 9*sim.Day)
	near(t, "stage on 10 May", w.get("spring", "stage"), 1, 0)
	w.run(t, 9*sim.Day+75*sim.Day-1)
	near(t, "last day", w.get("spring", "stage"), 4, 0)
	w.run(t, 9*sim.Day+75*sim.Day)
	near(t, "harvested", w.get("spring", "stage"), 0, 0)
	if y := w.get("spring", "yield"); y <= 0 || y > 1 || y != w.zone[0].Harvest {
		t.Errorf("yield %v", y)
	}
	if w.get("fallow", "yield") != 0 || w.get("fallow", "et") <= 0 || w.get("fallow", "evaporation") != w.get("fallow", "et") {
		t.Error("fallow land transpires or bears")
	}
	if w.get("single", "evaporation") != 0 || w.get("single", "et") <= 0 {
		t.Error("a single coefficient has no evaporation of its own")
	}
	w.run(t, 380*sim.Day)
	near(t, "replanted next year", w.get("spring", "stage"), 1, 0)
}

func TestBadFarms(t *testing.T) {
	for _, x := range []struct {
		with map[string]any
		want string
	}{
		{map[string]any{"soil": "granite"}, "granite"},
		{map[string]any{"crop": "triffid"}, "triffid"},
		{map[string]any{"field_capacity": 0.1}, "must rise"},
		{map[string]any{"planting": "May"}, "MM-DD"},
		{map[string]any{"root_depth_min": 2.0}, "root_depth"},
		{map[string]any{"efficiency": 0.0}, "efficiency"},
		{map[string]any{"rew": 200.0}, "rew"},
		{map[string]any{"p": 1.0}, "p within"},
	} {
		f := &fleet{}
		f.add("weather", weatherType, nil)
		f.add("z", zoneType, x.with, "weather")
		_, err := New(twins.PlantConfig{Instances: f.all, Start: may1})
		if err == nil || !strings.Contains(err.Error(), x.want) || !strings.Contains(err.Error(), `"z"`) {
			t.Errorf("%v: error %v, want one about %q", x.with, err, x.want)
		}
	}
	f := &fleet{}
	f.add("z", zoneType, nil)
	if _, err := New(twins.PlantConfig{Instances: f.all, Start: may1}); err == nil || !strings.Contains(err.Error(), "weather") {
		t.Errorf("a zone without weather: %v", err)
	}
	w := small().start(t, 1, may1)
	for _, c := range []devices.Command{{Target: 999}, {Target: w.find("zone-0").Index}, {Target: w.find("valve-0").Index, Verb: 7},
		{Target: w.find("valve-0").Index, Verb: verbDeliver, Arg: -1}} {
		if w.Do(c) == nil {
			t.Errorf("%+v was taken", c)
		}
	}
	if w.Fault(w.find("zone-0").Index, 0, true, 1) == nil || w.Fault(w.find("valve-0").Index, faultLeak, true, 2) == nil {
		t.Error("an impossible fault was taken")
	}
	if w.Probe(-5, 0) != 0 || w.Probe(1e6, 0) != 0 {
		t.Error("a channel of nobody has a value")
	}
}

// Every attribute of every type answers within its declared bounds.
func TestAttributesStayInBounds(t *testing.T) {
	w := small().start(t, 9, may1)
	w.waterings(t, 160, func() {
		for _, in := range w.all {
			for k, a := range in.Type.Attrs {
				v := w.Probe(in.Base+devices.ChannelID(k), w.s.Now())
				if (a.Low != 0 || a.High != 0) && (v < a.Low || v > a.High) {
					t.Errorf("%s.%s is %v at %v, outside %v to %v", in.ID, a.Name, v, w.s.Now(), a.Low, a.High)
				}
			}
		}
	})
}
