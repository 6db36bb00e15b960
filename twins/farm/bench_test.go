package farm

import (
	"fmt"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

const fleetSize = 100_000

// thousands is a farm of 100 000 zones with ten climates' worth of weather, a
// few crops and planting dates, a valve to each ten zones and a pump to each
// hundred valves.
func thousands() *fleet {
	f := &fleet{}
	crops := []string{"maize", "cotton", "soybean", "potato"}
	f.all = make([]twins.Instance, 0, fleetSize*11/10+200)
	var pumps, valves []int32
	for i := range 10 {
		f.add(fmt.Sprintf("weather-%d", i), weatherType, map[string]any{"climate": climateNames()[i%3]})
	}
	last := func() int32 { return int32(len(f.all) - 1) }
	for i := range fleetSize / 1000 {
		f.add(fmt.Sprintf("pump-%d", i), pumpType, nil)
		pumps = append(pumps, last())
	}
	for i := range fleetSize / 10 {
		f.add(fmt.Sprintf("valve-%d", i), valveType, nil)
		f.all[last()].Needs[0] = pumps[i/100]
		valves = append(valves, last())
	}
	for i := range fleetSize {
		f.add(fmt.Sprintf("zone-%d", i), zoneType, map[string]any{
			"crop": crops[i/50%4], "soil": soilNames()[i%12], "planting": fmt.Sprintf("05-%02d", 1+i/500%20)})
		f.all[last()].Needs = []int32{int32(i / 10_000), valves[i/10]}
	}
	return f
}

// BenchmarkDay is one midnight of 100 000 zones.
func BenchmarkDay(b *testing.B) {
	f := thousands()
	w := f.start(b, 1, may1)
	w.run(b, 60*sim.Day)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		w.pass()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/fleetSize, "ns/zone")
}

// BenchmarkDayWatered is the same when every zone is irrigated.
func BenchmarkDayWatered(b *testing.B) {
	f := thousands()
	w := f.start(b, 1, may1)
	w.run(b, 60*sim.Day)
	for i := range w.valve {
		if err := w.move(int32(i), true, 0); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		w.pass()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/fleetSize, "ns/zone")
}

// BenchmarkProbeMoisture reads every zone of the fleet at one time of the day.
func BenchmarkProbeMoisture(b *testing.B) {
	f := thousands()
	w := f.start(b, 1, may1)
	w.run(b, 60*sim.Day+15*sim.Hour)
	first := w.channel("zone-0", "soil_moisture")
	step := w.find("zone-1").Base - w.find("zone-0").Base
	b.ReportAllocs()
	b.ResetTimer()
	at := w.s.Now()
	for range b.N {
		at += sim.Second
		for i := range fleetSize {
			w.Probe(first+step*devices.ChannelID(i), at)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/fleetSize, "ns/probe")
}

// BenchmarkWeatherDay generates one day of weather.
func BenchmarkWeatherDay(b *testing.B) {
	g := generator(1, Climates()[1])
	y := g.Begin(0)
	b.ReportAllocs()
	for i := range b.N {
		y = g.Next(&y, int64(i))
	}
}

// BenchmarkValve opens and closes one valve of a hundred on a pump.
func BenchmarkValve(b *testing.B) {
	f := thousands()
	w := f.start(b, 1, may1)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if err := w.move(5, i&1 == 0, 0); err != nil {
			b.Fatal(err)
		}
	}
}

// The daily path and probes allocate nothing, and a zone's state is small.
func TestFootprint(t *testing.T) {
	if size := unsafe.Sizeof(Zone{}); size > 300 {
		t.Errorf("a zone keeps %d B, want at most 300", size)
	}
	w := small().start(t, 1, may1)
	w.run(t, 20*sim.Day)
	if n := testing.AllocsPerRun(50, func() { w.pass() }); n != 0 {
		t.Errorf("a day allocates %v times", n)
	}
	ch := w.channel("zone-1", "soil_moisture")
	if n := testing.AllocsPerRun(50, func() { w.Probe(ch, w.clock.Begin+sim.Hour) }); n != 0 {
		t.Errorf("a probe allocates %v times", n)
	}
	if testing.Short() {
		return
	}
	f := thousands()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	build := time.Now()
	big := f.start(t, 1, may1)
	t.Logf("building: %v", time.Since(build))
	runtime.GC()
	runtime.ReadMemStats(&after)
	perZone := float64(after.HeapAlloc-before.HeapAlloc) / fleetSize
	t.Logf("Zone %d B, zoneSpec %d B, plan %d B; whole plant %.0f B a zone", unsafe.Sizeof(Zone{}), unsafe.Sizeof(zoneSpec{}), unsafe.Sizeof(plan{}), perZone)
	if perZone > 1000 {
		t.Errorf("the plant holds %.0f B a zone, want at most 1000", perZone)
	}
	start := time.Now()
	big.run(t, sim.Day)
	t.Logf("first day: %v", time.Since(start))
}
