package scenarios_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

// anyScenario draws a small farm with a bit of everything.
func anyScenario(t *rapid.T) string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	some := func(label string) bool { return rapid.Bool().Draw(t, label) }
	number := func(low, high int, label string) int { return rapid.IntRange(low, high).Draw(t, label) }
	zones := number(1, 3, "zones")
	say("spec = 1\nname = \"any\"\n[run]\nstart = 2026-05-01T00:00:00Z\nfor = \"%d h\"\nseed = %d", number(3, 30, "hours"), number(0, 1000, "seed"))
	if some("reorder") {
		say("reorder = \"%d s\"\nlate = %q", number(1, 900, "window"), rapid.SampledFrom([]string{"keep", "drop"}).Draw(t, "late"))
	}
	say("[[twin]]\nid = \"weather\"\ntype = \"farm/weather\"")
	say("[[twin]]\nid = \"valve-{n}\"\ncount = %d\ntype = \"farm/valve\"", zones)
	say("[[twin]]\nid = \"zone-{n}\"\ncount = %d\ntype = \"farm/zone\"\nneeds = { weather = \"weather\", valve = \"valve-{n}\" }", zones)
	say("[[sensor]]\non = \"zone-*.soil_moisture\"\nevery = \"%d min\"\nnoise = %v\ndropout = %v\njitter = \"%d s\"\nsilent = %v\nstale = \"%d min\"",
		number(1, 40, "every"), float64(number(0, 20, "noise"))/1000, float64(number(0, 5, "dropout"))/10, number(0, 60, "jitter"), some("silent"), number(5, 90, "stale"))
	say("[[sensor]]\non = \"valve-*.{open,flow}\"\nevery = \"%d min\"\nclock_drift = \"%d ppm\"\nphase = \"%d s\"", number(1, 60, "valves"), number(-500, 500, "drift"), number(0, 600, "phase"))
	if some("pipe") {
		say("[[pipe]]\non = \"zone-*.soil_moisture\"\nsteps = [ { hampel = { window = 5 } }, { fill = { hold = \"1 h\" } }, { detect = { zscore = { learn = 10, enter = 2.0 } } }, { out = \"vwc\" } ]")
		say("[[rule]]\nname = \"odd\"\neach = \"zone-*\"\nwhen = \"self.score > 0.5\"\nquiet = \"1 h\"\nthen = [ { alarm = \"odd\" } ]")
	}
	say("[[rule]]\nname = \"water\"\neach = \"zone-*\"\nwhen = \"self.soil_moisture < %v and hour(t) != 3\"\nhold = \"%d min\"\nquiet = \"%d min\"\nthen = [ { command = \"{self.valve}.open\", for = \"%d min\" } ]",
		0.3+float64(number(0, 20, "trigger"))/1000, number(0, 30, "hold"), number(0, 200, "quiet"), number(1, 60, "for"))
	say("[[rule]]\nname = \"silent\"\neach = \"valve-*\"\nwhen = \"age(self.open) > %d\"\nthen = [ { command = \"{self}.close\" } ]", number(60, 3600, "silence"))
	for i := range number(0, 2, "faults") {
		kind := rapid.SampledFrom([]string{
			`kind = "drift"` + "\n" + `with = { per_day = 0.1 }`, `kind = "stuck"`, `kind = "spike"` + "\n" + `with = { probability = 0.2, amplitude = 0.1 }`,
			`kind = "dropout"` + "\n" + `with = { probability = 0.3, burst = 3 }`, `kind = "clock"` + "\n" + `with = { offset = "40 s" }`,
		}).Draw(t, "kind")
		say("[[fault]]\nname = \"f%d\"\non = \"zone-*.soil_moisture\"\nfrom = \"%d min\"\nevery = \"exponential(4 h)\"\nfor = \"1 h\"\n%s", i, number(0, 300, "from"), kind)
	}
	if some("leak") {
		say("[[fault]]\nkind = \"leak\"\non = \"valve-1\"\nfrom = \"2 h\"")
	}
	say("[[kpi]]\nname = \"water\"\nexpr = \"total('valve-*', 'delivered') + rms_error('zone-*', 'soil_moisture', 'soil_moisture')\"")
	return b.String()
}

// One path: a recorded run, played back, is the same run.
func TestRecordedAndReplayed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := anyScenario(t)
		want, data := record(t, text, nil)
		got := replayed(t, text, nil, data)
		got.Late, want.Late = 0, 0 // what was dropped before the tap is not in the recording
		delete(got.Quality, "late")
		delete(want.Quality, "late")
		if got.Digest != want.Digest || kpisOf(got) != kpisOf(want) {
			t.Fatalf("replayed %s\n%s\nrecorded %s\n%s\n%s", got.Digest, kpisOf(got), want.Digest, kpisOf(want), text)
		}
	})
}

// A recording cut anywhere, as that of a process that was killed, plays back up
// to the cut.
func TestCutRecording(t *testing.T) {
	text := strings.Replace(busyFor("1 d"), `for = "1 d"`, "", 1)
	files := wind(1500)
	want, data := record(t, text, files)
	run, whole := traced(t, text, files)
	finish(t, run)
	r := rand.New(rand.NewPCG(5, 6))
	for range 30 {
		cut := 64 + r.IntN(len(data)-64)
		o := options(files)
		tr := newTrace()
		o.Sinks = append(o.Sinks, tr)
		o.Recording = opener(data[:cut])
		run := build(t, text, o)
		tr.run = run
		got := finish(t, run)
		if got.Readings > want.Readings || !slices.ContainsFunc(got.Notes, func(s string) bool { return strings.Contains(s, "ends early") }) {
			t.Fatalf("cut at %d of %d: %d readings of %d, notes %q", cut, len(data), got.Readings, want.Readings, got.Notes)
		}
		for channel, series := range tr.series {
			if strings.HasPrefix(channel, "tap ") && !slices.Equal(series, whole.series[channel][:len(series)]) {
				t.Fatalf("cut at %d: %s is not what was recorded", cut, channel)
			}
		}
	}
}

// A run without `for` ends with its data, the last of which may bring no
// reading; played back it ends there too, with what timers did until then.
func TestReplayEndsWhereTheRunEnded(t *testing.T) {
	c := ruleCase{run: `reorder = "5 s"`, csv: "0,9,0; 1,9,0; 30,1,1", more: rule("r", `when = "m.x > 5"; hold = "10 s"; `+then)}
	want, data := record(t, c.text(), c.files())
	got := replayed(t, c.text(), c.files(), data)
	if got.Digest != want.Digest || got.SimSeconds != want.SimSeconds || want.SimSeconds != 35 {
		t.Errorf("ended at %v s, recorded %v s; digests %s %s", got.SimSeconds, want.SimSeconds, got.Digest, want.Digest)
	}
}

func TestWrongRecording(t *testing.T) {
	c := ruleCase{csv: "0,9,0; 1,9,0"}
	_, data := record(t, c.text(), c.files())
	for name, change := range map[string][2]string{
		"m.x":   {"channels = { x = \"\", y = \"\" }", "channels = { z = \"\", y = \"\" }"},
		`"m/s"`: {"channels = { x = \"\"", "channels = { x = \"m/s\""},
	} {
		o := options(map[string]string{"a.csv": "t,x,y,z\n0,1,1,1\n"})
		o.Recording = opener(data)
		run := build(t, strings.Replace(c.text(), change[0], change[1], 1), o)
		if err := run.Execute(t.Context()); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Within the reorder window any order of arrival gives one digest.
func TestReorderWindow(t *testing.T) {
	digests := make(map[string]bool)
	r := rand.New(rand.NewPCG(7, 8))
	for k := range 12 {
		rows := make([]int, 200)
		for i := range rows {
			rows[i] = i
		}
		if k > 0 {
			for i := 0; i+6 <= len(rows); i += 6 { // at most 5 s too late
				r.Shuffle(6, func(a, b int) { rows[i+a], rows[i+b] = rows[i+b], rows[i+a] })
			}
		}
		var csv []string
		for _, i := range rows {
			csv = append(csv, fmt.Sprintf("%d,%d,%d", i, i%11, i*i%7))
		}
		c := ruleCase{run: `for = "300 s", reorder = "6 s"`, csv: strings.Join(csv, "; "), more: rule("r", `when = "m.x > 5 and m.y > 3"; `+then)}
		res := finish(t, build(t, c.text(), options(c.files())))
		if res.Late != 0 || res.Readings != 400 || res.Alarms == 0 {
			t.Fatalf("late %d, readings %d, alarms %d", res.Late, res.Readings, res.Alarms)
		}
		digests[res.Digest] = true
	}
	if len(digests) != 1 {
		t.Errorf("%d digests for one set of readings", len(digests))
	}
}

func TestLateReadings(t *testing.T) {
	for _, late := range []string{"drop", "keep"} {
		c := ruleCase{run: fmt.Sprintf(`for = "60 s", reorder = "5 s", late = %q`, late), csv: "0,1,1; 10,2,2; 4,3,3; 6,4,4; 20,5,5"}
		run, tr := traced(t, c.text(), c.files())
		res := finish(t, run)
		// The row of 4 s arrives at 10 s, after 4 + 5; that of 6 s in time.
		want := map[string]uint64{"drop": 8, "keep": 10}[late]
		if res.Late != 2 || res.Readings != want || res.Quality["late"] != 2 {
			t.Errorf("%s: late %d, readings %d, quality %v; want 2, %d", late, res.Late, res.Readings, res.Quality, want)
		}
		if taps := tr.series["tap m.x"]; late == "keep" && !strings.Contains(strings.Join(taps, "\n"), "10000000000 4000000000") {
			t.Errorf("keep: %q", taps)
		}
	}
}

// Any scenario can be saved at any time and goes on as if it had not been.
func TestSaveAnyScenario(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := anyScenario(t)
		straight := build(t, text, options(nil))
		want := outcome(finish(t, straight))
		one := build(t, text, options(nil))
		at := rapid.Int64Range(0, int64(straight.End())).Draw(t, "at")
		if rapid.Bool().Draw(t, "on the minute") {
			at -= at % int64(sim.Minute)
		}
		if err := one.Sim().Run(context.Background(), sim.Time(at)); err != nil {
			t.Fatalf("%v", err)
		}
		state, err := one.Sim().Save()
		if err != nil {
			t.Fatalf("%v", err)
		}
		two := build(t, text, options(nil))
		if err := two.Sim().Load(state); err != nil {
			t.Fatalf("%v", err)
		}
		if got := outcome(finish(t, two)); got != want {
			t.Fatalf("saved at %v:\n got %s\nwant %s\n%s", sim.Time(at), got, want, text)
		}
	})
}
