package farm

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

// plots is a farm of the named plots: each a zone with a valve and a weather of
// its own. Every second valve hangs on a pump that can serve all.
func plots(names []string, extra map[string]any) *fleet {
	f := &fleet{}
	for i, n := range names {
		if n == "pump" {
			f.add("pump", pumpType, map[string]any{"capacity": 1e5})
			continue
		}
		crops := cropNames()
		crop := crops[int(n[0])%len(crops)]
		f.add("weather-"+n, weatherType, map[string]any{"climate": climateNames()[int(n[0])%3]})
		if slices.Contains(names[:i], "pump") && n[0]%2 == 0 {
			f.add("valve-"+n, valveType, map[string]any{"flow": 100.0, "cycles_to_failure": 5.0}, "pump")
		} else {
			f.add("valve-"+n, valveType, map[string]any{"flow": 80.0})
		}
		with := map[string]any{"crop": crop, "area": 0.2, "initial_depletion": 0.3}
		for k, v := range extra {
			with[k] = v
		}
		f.add("zone-"+n, zoneType, with, "weather-"+n, "valve-"+n)
	}
	return f
}

// irrigate waters by the clock, so that what a valve is told depends on its name
// and the time only.
func (w *world) irrigate(t testing.TB, until sim.Time) {
	for h := w.s.Now() / sim.Hour; ; h++ {
		at := h * sim.Hour
		if at > until {
			break
		}
		if at <= w.s.Now() {
			continue
		}
		w.run(t, at)
		for _, id := range w.ids[isValve] {
			k := sim.Time(id[len(id)-1]) * 7
			switch (h + k) % 31 {
			case 3:
				w.do(t, id, verbOpen, 0, 5*sim.Hour+sim.Time(k)*sim.Second)
			case 20:
				w.do(t, id, verbDeliver, 21, 0)
			}
		}
	}
	w.run(t, until)
}

// series is what all channels of a twin show.
func (w *world) series(id string) []float64 {
	in := w.find(id)
	var all []float64
	for k := range in.Type.Attrs {
		all = append(all, w.Probe(in.Base+devices.ChannelID(k), w.s.Now()))
	}
	return all
}

func anInstant(t *rapid.T) sim.Time {
	at := sim.Time(rapid.Int64Range(0, int64(9*sim.Day)).Draw(t, "at"))
	switch rapid.IntRange(0, 3).Draw(t, "round") {
	case 0:
		at -= at % sim.Day
	case 1:
		at -= at % sim.Hour
	}
	return at
}

// fork saves a run and loads it into a new build.
func (w *world) fork(t testing.TB, into *fleet) *world {
	t.Helper()
	data, err := w.s.Save()
	if err != nil {
		t.Fatal(err)
	}
	two := into.start(t, w.s.Seed(), w.config.Start)
	if err := two.s.Load(data); err != nil {
		t.Fatal(err)
	}
	return two
}

// A farm saved at any instant and loaded into one with other twins, in any
// order: what is in both goes on bit for bit, what is new begins there, what is
// gone is counted.
func TestForkGoesByName(t *testing.T) {
	pool := []string{"pump", "a", "b", "c", "d", "e", "f"}
	some := func(t *rapid.T, what string) []string {
		names := rapid.Permutation(pool[1:]).Draw(t, what)[:rapid.IntRange(1, len(pool)-1).Draw(t, what+" count")]
		return append([]string{"pump"}, names...)
	}
	outer := t
	rapid.Check(t, func(t *rapid.T) {
		tb := failer{outer, t}
		one, two := some(t, "one"), some(t, "two")
		start := may1.Add(time.Duration(rapid.IntRange(0, 23).Draw(t, "hour")) * time.Hour)
		at := anInstant(t)
		a := plots(one, nil).start(tb, 5, start)
		a.irrigate(tb, at)
		b := a.fork(tb, plots(two, nil))
		gone := 0
		for _, n := range one {
			if !slices.Contains(two, n) {
				gone += 3
			}
		}
		if n := (*plantState)(b.Plant).Dropped(); n != gone {
			t.Fatalf("%d twins dropped, want %d", n, gone)
		}
		for _, wait := range []sim.Time{0, 1, 40 * sim.Minute, 7 * sim.Hour, 30 * sim.Hour, 6 * sim.Day} {
			a.irrigate(tb, at+wait)
			b.irrigate(tb, at+wait)
			for _, n := range two {
				for _, kind := range []string{"zone-", "valve-", "weather-"} {
					if n == "pump" || !slices.Contains(one, n) {
						continue
					}
					if x, y := a.series(kind+n), b.series(kind+n); !slices.Equal(x, y) {
						t.Fatalf("%s%s %v after the fork at %v:\n%v\nwant %v", kind, n, wait, at, y, x)
					}
				}
				if wait == 0 && n != "pump" && !slices.Contains(one, n) {
					z, s := &b.zone[slices.Index(b.ids[isZone], "zone-"+n)], &b.zones[slices.Index(b.ids[isZone], "zone-"+n)]
					if want := s.soil.FieldCapacity - 0.3*(s.soil.FieldCapacity-s.soil.WiltingPoint); math.Abs(b.get("zone-"+n, "soil_moisture")-want) > 1e-9 {
						t.Fatalf("new zone %s has moisture %v, want %v", n, b.get("zone-"+n, "soil_moisture"), want)
					}
					if z.Sum != (Totals{}) || b.get("zone-"+n, "irrigation") != 0 || b.get("zone-"+n, "rain") != 0 || b.get("weather-"+n, "rain") != 0 {
						t.Fatalf("new zone %s has a past: %+v", n, z)
					}
				}
			}
		}
	})
}

// failer lets helpers that want a testing.TB fail a property.
type failer struct {
	testing.TB
	r *rapid.T
}

func (f failer) Fatal(args ...any)                 { f.r.Fatal(args...) }
func (f failer) Fatalf(format string, args ...any) { f.r.Fatalf(format, args...) }
func (f failer) Errorf(format string, args ...any) { f.r.Errorf(format, args...) }

// A zone that a fork adds has the series of one in a run that starts there,
// under the same weather.
func TestNewZoneIsOneThatBeginsThere(t *testing.T) {
	for _, at := range []sim.Time{0, 3 * sim.Day, 3*sim.Day + 7*sim.Hour, 5*sim.Day + 15*sim.Hour + 1, 6*sim.Day - 1} {
		with := func(ids ...string) *fleet {
			f := &fleet{}
			f.add("weather", weatherType, map[string]any{"climate": climateNames()[0]})
			for _, id := range ids {
				f.add(id, zoneType, map[string]any{"initial_depletion": 0.4, "crop": "lettuce"}, "weather")
			}
			return f
		}
		old := with("old").start(t, 8, may1)
		old.run(t, at)
		b := old.fork(t, with("new", "old"))
		c := with("new").start(t, 8, may1.Add(time.Duration(at)))
		// The generator's past is another in a run that starts later: give it that of the old one.
		from := c.weather[0].From
		c.weather[0] = old.weather[0]
		c.weather[0].From = from
		c.beginDay(0)
		for _, wait := range []sim.Time{0, sim.Hour, 5 * sim.Hour, sim.Day, 30*sim.Hour + 1, 20 * sim.Day} {
			b.run(t, at+wait)
			c.run(t, wait)
			if x, y := c.series("new"), b.series("new"); !slices.Equal(x, y) {
				t.Errorf("forked at %v, after %v:\n%v\nwant %v", at, wait, y, x)
			}
		}
		if b.get("new", "et") <= 0 || b.get("new", "et") == b.get("old", "et") && at > 0 {
			t.Errorf("forked at %v: the new zone does not live, or not from there", at)
		}
	}
}

// A snapshot of a run without a farm, or of one before it began.
func TestForkBeginsAFarm(t *testing.T) {
	empty := sim.New(sim.Config{Seed: 8})
	if err := empty.Run(context.Background(), 4*sim.Day+sim.Hour); err != nil {
		t.Fatal(err)
	}
	data, err := empty.Save()
	if err != nil {
		t.Fatal(err)
	}
	w := small().start(t, 8, may1)
	if err := w.s.Load(data); err != nil {
		t.Fatal(err)
	}
	w.run(t, 4*sim.Day+sim.Hour)
	if w.clock.Begin != 4*sim.Day || w.get("zone-0", "et") != 0 {
		t.Errorf("day begins %v, et %v", w.clock.Begin, w.get("zone-0", "et"))
	}
	w.run(t, 6*sim.Day)
	if w.get("zone-0", "et") <= 0 {
		t.Error("nothing evaporates")
	}
}

// A pump that was at its limit has more for each when a fork takes a valve away;
// a volume that is being delivered is then reached earlier, and exactly.
func TestForkOfASharedPump(t *testing.T) {
	f := func(valves ...string) *fleet {
		f := &fleet{}
		f.add("weather", weatherType, nil)
		f.add("pump", pumpType, map[string]any{"capacity": 100.0})
		for _, v := range valves {
			f.add(v, valveType, map[string]any{"flow": 100.0}, "pump")
		}
		return f
	}
	a := f("one", "two").start(t, 1, may1)
	a.run(t, sim.Hour)
	a.do(t, "one", verbOpen, 0, 0)
	a.do(t, "two", verbDeliver, 6, 0) // 120 min at 50 L/min
	a.run(t, 2*sim.Hour)
	near(t, "by half a share", a.get("two", "delivered"), 3, 1e-9)
	b := a.fork(t, f("two"))
	near(t, "pumped", b.get("pump", "volume"), 6, 1e-9)
	near(t, "flow", b.get("pump", "flow"), 100, 1e-9)
	again := b.fork(t, f("two")) // saved before it has gone on
	for _, w := range []*world{b, again} {
		w.run(t, 2*sim.Hour+30*sim.Minute-sim.Second)
		near(t, "still open", w.get("two", "open"), 1, 0)
		w.run(t, 2*sim.Hour+30*sim.Minute)
		near(t, "closed", w.get("two", "open"), 0, 0)
		near(t, "delivered", w.get("two", "delivered"), 6, 1e-9)
		w.run(t, sim.Day)
		near(t, "delivered in all", w.get("two", "delivered"), 6, 1e-9)
		near(t, "pumped in all", w.get("pump", "volume"), 9, 1e-9)
	}
	events, _ := b.s.Dropped()
	if events != 0 { // valve one was opened for good
		t.Errorf("%d events dropped", events)
	}
	more := a.fork(t, f("three", "two", "one"))
	near(t, "one more, closed", more.get("two", "flow"), 50, 1e-9)
	more.run(t, 3*sim.Hour)
	near(t, "closed at its time", more.get("two", "delivered"), 6, 1e-9)
}

// The pending close of a valve that is gone closes no other.
func TestForkDropsEventsOfTheGone(t *testing.T) {
	a := plots([]string{"a", "b", "c"}, nil).start(t, 1, may1)
	a.run(t, sim.Hour)
	a.do(t, "valve-a", verbOpen, 0, 2*sim.Hour)
	a.do(t, "valve-b", verbOpen, 0, 4*sim.Hour)
	b := a.fork(t, plots([]string{"c", "b"}, nil))
	if events, _ := b.s.Dropped(); events != 1 {
		t.Errorf("%d events dropped, want the close of valve-a", events)
	}
	b.run(t, 4*sim.Hour)
	near(t, "b", b.get("valve-b", "open"), 1, 0)
	b.run(t, 5*sim.Hour)
	near(t, "b", b.get("valve-b", "open"), 0, 0)
	near(t, "c", b.get("valve-c", "cycles"), 0, 0)
}

// Water stays where it is when a zone gets another valve, area or none.
func TestForkKeepsTodaysWater(t *testing.T) {
	f := func(valve string, area float64) *fleet {
		f := &fleet{}
		f.add("weather", weatherType, nil)
		f.add("u", valveType, nil)
		f.add("v", valveType, nil)
		needs := []string{"weather"}
		if valve != "" {
			needs = append(needs, valve)
		}
		f.add("zone", zoneType, map[string]any{"area": area, "initial_depletion": 0.9}, needs...)
		return f
	}
	a := f("u", 0.2).start(t, 3, may1)
	a.run(t, sim.Day+6*sim.Hour)
	a.do(t, "u", verbOpen, 0, 2*sim.Hour)
	a.run(t, sim.Day+10*sim.Hour)
	had, moisture := a.get("zone", "irrigation"), a.get("zone", "soil_moisture")
	if had < 1 {
		t.Fatalf("only %v mm to test with", had)
	}
	for _, to := range []struct {
		valve string
		area  float64
	}{{"u", 0.2}, {"u", 0.7}, {"v", 0.2}, {"", 0.2}} {
		b := a.fork(t, f(to.valve, to.area))
		near(t, fmt.Sprint(to, " irrigation"), b.get("zone", "irrigation"), had, 1e-9)
		near(t, fmt.Sprint(to, " moisture"), b.get("zone", "soil_moisture"), moisture, 0.002)
		b.run(t, 2*sim.Day)
		near(t, fmt.Sprint(to, " irrigation at midnight"), b.get("zone", "irrigation"), had, 1e-9)
	}
	other := &fleet{}
	other.add("weather", weatherType, nil)
	other.add("u", valveType, nil)
	other.add("zone", zoneType, map[string]any{"area": 0.2, "crop": "lettuce"}, "weather", "u")
	b := a.fork(t, other)
	if b.zone[0].Age != 0 || b.get("zone", "irrigation") != had || b.zone[0].Water.Dr+b.zone[0].Water.Below < 20 {
		t.Errorf("the field with another crop: %+v", b.zone[0])
	}
	b.run(t, 200*sim.Day)
	if b.zone[0].Harvest <= 0 {
		t.Error("the new crop was not harvested")
	}
}

func TestSaveIsTheSameBytes(t *testing.T) {
	w := plots([]string{"pump", "c", "b", "a"}, nil).start(t, 1, may1)
	w.irrigate(t, 3*sim.Day+sim.Hour)
	first, err := w.s.Save()
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if again, err := w.s.Save(); err != nil || !bytes.Equal(first, again) {
			t.Fatal("two snapshots of one state differ")
		}
	}
	want, err := (*plantState)(w.Plant).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	b := w.fork(t, plots([]string{"pump", "c", "b", "a"}, nil))
	if again, err := (*plantState)(b.Plant).MarshalBinary(); err != nil || !bytes.Equal(want, again) {
		t.Errorf("a state that was loaded is saved as another: %v", err)
	}
}

// framed gives bytes the version and checksum of a state, so that the decoder
// behind them is reached.
func framed(body []byte) []byte {
	sum := crc32.ChecksumIEEE(body)
	return append([]byte{stateVersion, byte(sum), byte(sum >> 8), byte(sum >> 16), byte(sum >> 24)}, body...)
}

// Damaged states are refused or loaded, and what is loaded runs without a panic.
func FuzzLoadPlant(f *testing.F) {
	names := []string{"pump", "a", "b"}
	w := plots(names, nil).start(f, 1, may1)
	w.irrigate(f, 2*sim.Day+sim.Hour)
	state, err := (*plantState)(w.Plant).MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(state[5:])
	f.Fuzz(func(t *testing.T, body []byte) {
		w := plots(names, nil).start(t, 1, may1)
		if (*plantState)(w.Plant).UnmarshalBinary(framed(body)) != nil {
			return
		}
		for ch := range w.next {
			if v := w.Probe(ch, 3*sim.Day); math.IsNaN(v) {
				t.Fatalf("channel %d is NaN", ch)
			}
		}
		w.pass()
		w.pass()
	})
}

func TestDamagedState(t *testing.T) {
	w := plots([]string{"pump", "a", "b"}, nil).start(t, 1, may1)
	w.irrigate(t, 2*sim.Day+sim.Hour)
	save := (*plantState)(w.Plant)
	state, err := save.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for i := range state {
		bad := slices.Clone(state)
		bad[i] ^= 0x10
		if err := save.UnmarshalBinary(bad); err == nil {
			t.Fatalf("a bit of byte %d of %d is wrong and nothing was said", i, len(state))
		}
		if err := save.UnmarshalBinary(state[:i]); err == nil {
			t.Fatalf("cut at %d of %d and nothing was said", i, len(state))
		}
	}
	if err := save.UnmarshalBinary(state); err != nil {
		t.Fatal(err)
	}
	w.zone[0].Age = 1000
	if bad, _ := save.MarshalBinary(); save.UnmarshalBinary(bad) == nil || !strings.Contains(save.UnmarshalBinary(bad).Error(), "zone-a") {
		t.Error("a crop older than it can be was taken")
	}
}
