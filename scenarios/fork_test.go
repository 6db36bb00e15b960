package scenarios_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
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

// plantOf is a plant of the named machines, each with a valve of its own: records
// that are replayed from a wide file and from a long one, rules that hold, keep quiet
// and look at times, valves that break, by themselves and by a rule.
func plantOf(names []string) string {
	var b strings.Builder
	b.WriteString("spec = 1\nname = \"plant\"\n[run]\nstart = 2026-05-01T00:00:00Z\nfor = \"20 h\"\nseed = 3\n")
	for _, n := range names {
		fmt.Fprintf(&b, "\n[[twin]]\nid = \"m-%[1]s\"\ntype = \"record\"\nchannels = { x = \"\", y = \"\", z = \"\" }\n[[twin]]\nid = \"v-%[1]s\"\ntype = \"farm/valve\"\n", n)
	}
	b.WriteString(`
[source.default]
"m-*.x" = { replay = "wide.csv", time = "t", step = "1 min", column = "{id}" }
"m-*.y" = { replay = "long.csv", time = "t", step = "1 min", key = "who", column = "v" }
`)
	for _, n := range names {
		fmt.Fprintf(&b, "\"m-%[1]s.z\" = { replay = \"%[1]s.csv\", time = \"t\", step = \"1 min\", column = \"v\" }\n", n)
	}
	b.WriteString(`
[[fault]]
kind = "leak"
on = "v-*"
from = "1 h"
every = "3 h"
for = "100 min"

[[event]]
name = "burst"
at = "2 h"
every = "5 h"
then = [ { fault = "stuck_open", on = "v-*", for = "7 h" } ]
`)
	for _, r := range [][2]string{
		{"holds", `when = "self.x > 4"; hold = "47 min"`},
		{"quiet", `when = "self.x > 2"; quiet = "33 min"`},
		{"both", `when = "self.y > 1"; hold = "11 min"; quiet = "71 min"`},
		{"looks", `when = "self.x + self.y > 9"; every = "29 min"; quiet = "50 min"`},
		{"silent", `when = "age(self.y) > 2000"`},
		{"clock", `when = "self.x > 3"; at = "00:17"; every = "1 h"`},
	} {
		b.WriteString(rule(r[0], `each = "m-*"; `+r[1]+`; then = [ { alarm = "!" } ]`))
	}
	return b.String()
}

// plantFiles has a row of all machines every so often, then nothing for long: so
// timers end without anything that comes in. Stamps of the long file come twice.
func plantFiles(pool []string) map[string]string {
	r := rand.New(rand.NewPCG(5, 6))
	var wide, long strings.Builder
	fmt.Fprintf(&wide, "t,m-%s\n", strings.Join(pool, ",m-"))
	long.WriteString("t,who,v\n")
	for at := 0; at < 1200; at += 1 + r.IntN(90) {
		fmt.Fprintf(&wide, "%d", at)
		for range pool {
			fmt.Fprintf(&wide, ",%.2f", 10*r.Float64())
		}
		wide.WriteByte('\n')
		for _, k := range r.Perm(len(pool)) {
			for range 1 + r.IntN(2) { // the second is of quality repeated
				fmt.Fprintf(&long, "%d,m-%s,%.2f\n", at+7, pool[k], 10*r.Float64())
			}
		}
	}
	files := map[string]string{"wide.csv": wide.String(), "long.csv": long.String()}
	for i, name := range pool {
		own := "t,v\n"
		for at := i; at < 1200; at += 20 + 7*i {
			own += fmt.Sprintf("%d,%d\n", at, at+i)
		}
		files[name+".csv"] = own
	}
	return files
}

// byTwin sorts a run's events by the twin that they are about.
func byTwin(events []string) map[string][]string {
	all := make(map[string][]string)
	for _, e := range events {
		if k := strings.LastIndexByte(e, '@'); k >= 0 {
			all[e[k+1:]] = append(all[e[k+1:]], e)
		}
	}
	return all
}

// A run saved anywhere and loaded into one of other machines, in another order: rules,
// faults and replayed files go on with each that is in both as in the straight
// run; faults and files reach what is new.
func TestForkOfRulesFaultsAndFiles(t *testing.T) {
	pool := []string{"a", "b", "c", "d"}
	files := plantFiles(pool)
	rapid.Check(t, func(t *rapid.T) {
		some := func(what string) []string {
			return rapid.Permutation(pool).Draw(t, what)[:rapid.IntRange(1, len(pool)).Draw(t, what+" count")]
		}
		one, two := some("one"), some("two")
		at := sim.Time(rapid.Int64Range(0, int64(16*sim.Hour)).Draw(t, "at"))
		at -= at % sim.Minute
		straight, want := traced(t, plantOf(one), files)
		if err := straight.Sim().Run(context.Background(), at); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 6).Draw(t, "steps") {
			if _, err := straight.Sim().Step(); err != nil {
				t.Fatal(err)
			}
		}
		state, err := straight.Sim().Save()
		if err != nil {
			t.Fatal(err)
		}
		want.series, want.events = make(map[string][]string), nil
		finish(t, straight)
		fork, got := traced(t, plantOf(two), files)
		if err := fork.Sim().Load(state); err != nil {
			t.Fatal(err)
		}
		finish(t, fork)
		happened, events := byTwin(want.events), byTwin(got.events)
		for _, n := range two {
			if len(got.series["tap m-"+n+".x"]) < 2 || len(got.series["tap m-"+n+".y"]) < 2 || len(events["v-"+n]) < 2 {
				t.Fatalf("%s: %d and %d readings, faults %q", n, len(got.series["tap m-"+n+".x"]), len(got.series["tap m-"+n+".y"]), events["v-"+n])
			}
			if !slices.Contains(one, n) {
				continue
			}
			for _, twin := range []string{"m-" + n, "v-" + n} {
				if !slices.Equal(events[twin], happened[twin]) {
					t.Fatalf("forked at %v, of %s happens\n%q\nwant\n%q", at, twin, events[twin], happened[twin])
				}
			}
			for _, name := range []string{"tap m-" + n + ".x", "tap m-" + n + ".y", "tap m-" + n + ".z"} {
				if !slices.Equal(got.series[name], want.series[name]) {
					t.Fatalf("forked at %v, %s goes on\n%q\nwant\n%q", at, name, got.series[name], want.series[name])
				}
			}
		}
		away := func(a, b []string) bool {
			return slices.ContainsFunc(a, func(n string) bool { return !slices.Contains(b, n) })
		}
		if _, states := fork.Sim().Dropped(); states == 0 == away(one, two) {
			t.Fatalf("%d states were dropped", states)
		}
		if n, m := fork.Sim().Handled(), straight.Sim().Handled(); !away(one, two) && !away(two, one) && n != m {
			t.Fatalf("%d events were handled, want %d: timers were lost or set twice", n, m)
		}
	})
}

// Rules look at a twin that is new in a fork at once, and wait for its age: nothing
// has to come in. Forked back, the twin that was away is new again.
func TestForkLooksAtWhatIsNew(t *testing.T) {
	text := func(names ...string) string {
		s := plantOf(names)
		return s[:strings.Index(s, `"m-*.y" =`)] + rule("missing", `each = "m-*"; when = "missing(self.x)"; `+then) +
			rule("old", `each = "m-*"; when = "age(self.x) > 600"; `+then)
	}
	files := map[string]string{"wide.csv": "t,m-a,m-b\n1100,1,1\n"} // long after
	first := build(t, text("a"), options(files))
	state := ""
	for i, names := range [][]string{{"a"}, {"b", "a"}, {"b"}, {"a", "b"}} {
		run, tr := first, newTrace()
		if i > 0 {
			run, tr = traced(t, text(names...), files)
			if err := run.Sim().Load([]byte(state)); err != nil {
				t.Fatal(err)
			}
		}
		if err := run.Sim().Run(context.Background(), sim.Time(i+1)*sim.Hour); err != nil {
			t.Fatal(err)
		}
		switch got := strings.Join(tr.events, "; "); {
		case i == 1 && !strings.HasPrefix(got, "1h0m0s rule missing @m-b; 1h0m0s alarm ! @m-b; "),
			i == 2 && got != "",
			i == 3 && !strings.HasPrefix(got, "3h0m0s rule missing @m-a; 3h0m0s alarm ! @m-a; "):
			t.Errorf("%q: %s", names, got)
		}
		data, err := run.Sim().Save()
		if err != nil {
			t.Fatal(err)
		}
		state = string(data)
	}
}

// A fault of a fork's new valve begins where it is already there.
func TestForkBreaksWhatIsNew(t *testing.T) {
	files := plantFiles([]string{"a", "b"})
	one := build(t, plantOf([]string{"a"}), options(files))
	if err := one.Sim().Run(context.Background(), 90*sim.Minute); err != nil {
		t.Fatal(err)
	}
	state, err := one.Sim().Save()
	if err != nil {
		t.Fatal(err)
	}
	two, tr := traced(t, plantOf([]string{"b", "a"}), files)
	if err := two.Sim().Load(state); err != nil {
		t.Fatal(err)
	}
	finish(t, two)
	got := byTwin(tr.events)
	diffLines(t, got["v-b"][:3], []string{"1h30m0s fault leak v-* @v-b", "2h0m0s fault stuck_open by burst @v-b", "2h40m0s fault end leak v-* @v-b"})
	diffLines(t, got["v-a"][:2], []string{"2h0m0s fault stuck_open by burst @v-a", "2h40m0s fault end leak v-* @v-a"})
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
