package scenarios_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

// farmOf is a farm of the named zones, each with a valve of its own.
func farmOf(zones []string) string {
	var b strings.Builder
	b.WriteString("spec = 1\nname = \"fork\"\n[run]\nstart = 2026-05-01T06:00:00Z\nfor = \"6 d\"\nseed = 3\n[[twin]]\nid = \"weather\"\ntype = \"farm/weather\"\n")
	for _, z := range zones {
		n := int(z[0] - 'a')
		fmt.Fprintf(&b, `
[[twin]]
id = "valve-%[1]s"
type = "farm/valve"
with = { flow = "%[2]d L/min", cycles_to_failure = 9 }

[[twin]]
id = "zone-%[1]s"
type = "farm/zone"
with = { area = "0.2 ha", soil = "%[3]s", initial_depletion = 0.4 }
needs = { weather = "weather", valve = "valve-%[1]s" }

[[event]]
name = "water %[1]s"
at = "%[4]d h"
every = "%[5]d h"
then = [ { command = "valve-%[1]s.open", for = "%[6]d min" } ]
`, z, 100+10*n, []string{"loam", "clay", "sandy_loam"}[n%3], 5+n, 11+n, 100+37*n)
	}
	b.WriteString(`
[[sensor]]
on = "zone-*.soil_moisture"
every = "20 min"
noise = 0.01
dropout = 0.1
lag = "30 min"

[[sensor]]
on = "valve-*.open"
every = "13 min"

[[pipe]]
on = "zone-*.soil_moisture"
steps = [ { hampel = { window = 5, centred = true } }, { fill = { linear = 9 } }, { detect = { zscore = { memory = "6 h", learn = 9 }, out = "odd" } }, { out = "vwc" } ]
`)
	return b.String()
}

// A run saved at any instant and loaded into a scenario with other zones, in
// another order: each that is in both goes on with the series of the straight run,
// and each that is new has readings near what its soil begins with.
func TestForkGoesByName(t *testing.T) {
	pool := []string{"a", "b", "c", "d", "e"}
	rapid.Check(t, func(t *rapid.T) {
		some := func(what string) []string {
			return rapid.Permutation(pool).Draw(t, what)[:rapid.IntRange(1, len(pool)).Draw(t, what+" count")]
		}
		one, two := some("one"), some("two")
		at := sim.Time(rapid.Int64Range(0, int64(4*sim.Day)).Draw(t, "at"))
		if rapid.Bool().Draw(t, "on the hour") {
			at -= at % sim.Hour
		}
		straight, want := traced(t, farmOf(one), nil)
		if err := straight.Sim().Run(context.Background(), at); err != nil {
			t.Fatal(err)
		}
		state, err := straight.Sim().Save()
		if err != nil {
			t.Fatal(err)
		}
		want.series = make(map[string][]string)
		finish(t, straight)
		fork, got := traced(t, farmOf(two), nil)
		if err := fork.Sim().Load(state); err != nil {
			t.Fatal(err)
		}
		finish(t, fork)
		for name, lines := range want.series { //order: the first that differs fails
			zone := name[strings.IndexByte(name, '.')-1:][:1]
			if slices.Contains(two, zone) && !slices.Equal(got.series[name], lines) {
				t.Fatalf("forked at %v, %s goes on\n%q\nwant\n%q", at, name, got.series[name], lines)
			}
		}
		for _, zone := range two {
			if n := len(got.series["tap zone-"+zone+".soil_moisture"]); n < 100 {
				t.Fatalf("zone %s has %d readings", zone, n)
			}
		}
	})
}

// What is new in a fork begins at its instant, with the water it begins with.
func TestForkBeginsWhatIsNew(t *testing.T) {
	one := build(t, farmOf([]string{"a"}), options(nil))
	if err := one.Sim().Run(context.Background(), 50*sim.Hour+7*sim.Minute); err != nil {
		t.Fatal(err)
	}
	state, err := one.Sim().Save()
	if err != nil {
		t.Fatal(err)
	}
	quiet := strings.Replace(farmOf([]string{"b", "a"}), "noise = 0.01\ndropout = 0.1\nlag = \"30 min\"", "", 1)
	two := build(t, quiet, options(nil))
	if err := two.Sim().Load(state); err != nil {
		t.Fatal(err)
	}
	if err := two.Sim().Run(context.Background(), 50*sim.Hour+40*sim.Minute); err != nil {
		t.Fatal(err)
	}
	c, _ := two.Channels().Lookup("zone-b.soil_moisture")
	fresh := build(t, quiet, options(nil))
	if err := fresh.Sim().Run(context.Background(), 0); err != nil {
		t.Fatal(err)
	}
	d, _ := fresh.Channels().Lookup("zone-b.soil_moisture")
	if got, want := two.Hub().State.Value[c], fresh.Hub().State.Value[d]; !two.Hub().State.Known[c] || math.Abs(got-want) > 0.003 {
		t.Errorf("the new zone has moisture %v, in a new run it begins with %v", got, want)
	}
}

func TestSaveIsTheSameBytes(t *testing.T) {
	run := build(t, busyFor("2 d"), options(wind(3000)))
	if err := run.Sim().Run(context.Background(), 30*sim.Hour); err != nil {
		t.Fatal(err)
	}
	var first []byte
	for i := range 50 {
		state, err := run.Sim().Save()
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = state
		} else if !bytes.Equal(first, state) {
			t.Fatal("two snapshots of one state differ")
		}
	}
}
