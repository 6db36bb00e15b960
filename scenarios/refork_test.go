package scenarios_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// valveDay is ten hours of a valve that is never opened.
const valveDay = `
spec = 1
name = "valve"
[run]
start = 2026-05-01T00:00:00Z
for = "10 h"
seed = 3
[params]
lim = 5
[[twin]]
id = "va"
type = "farm/valve"
[[sensor]]
on = "va.open"
every = "30 min"
`

// savedAt is the state of a scenario after some time.
func savedAt(t *testing.T, text string, files map[string]string, at sim.Time) []byte {
	t.Helper()
	run := build(t, text, options(files))
	if err := run.Sim().Run(context.Background(), at); err != nil {
		t.Fatal(err)
	}
	return must(run.Sim().Save())
}

// forked runs a scenario from a state to its end.
func forked(t *testing.T, text string, files map[string]string, state []byte) (*scenarios.Run, *trace) {
	t.Helper()
	run, tr := traced(t, text, files)
	if err := run.Sim().Load(state); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second) // against a run without end
	defer cancel()
	if err := run.Execute(ctx); err != nil {
		t.Fatal(err)
	}
	return run, tr
}

// alarms are the times at which an alarm rang.
func alarms(tr *trace) string {
	var at []string
	for _, e := range tr.events {
		if when, _, ok := strings.Cut(e, " alarm "); ok {
			at = append(at, when)
		}
	}
	return strings.Join(at, " ")
}

// A fork may change when a rule looks: the old times are dropped and counted, the
// new ones begin.
func TestForkChangesWhenARuleLooks(t *testing.T) {
	event := func(every string) string {
		return "[[event]]\nname = \"e\"\nat = \"0 h\"\nevery = \"" + every + "\"\nthen = [ { alarm = \"x\" } ]\n"
	}
	rule := func(keys string) string {
		return "[[rule]]\nname = \"r\"\n" + strings.ReplaceAll(keys, "; ", "\n") + "\nthen = [ { alarm = \"x\" } ]\n"
	}
	for name, c := range map[string]struct {
		from, to string
		at       sim.Time
		want     string
		dropped  int
	}{
		"no every any more":  {rule(`when = "va.open < 1"; every = "1 h"; quiet = "2 h"`), rule(`when = "va.open < 1"; quiet = "2 h"`), 90 * sim.Minute, "2h0m0s 4h0m0s 6h0m0s 8h0m0s 10h0m0s", 1},
		"every for once":     {rule(`when = "hour(t) >= 20"`), rule(`when = "t > 7200"; every = "1 h"; quiet = "1 h"`), 90 * sim.Minute, "2h30m0s 3h30m0s 4h30m0s 5h30m0s 6h30m0s 7h30m0s 8h30m0s 9h30m0s", 0},
		"longer":             {event("1 h"), event("2 h"), 3*sim.Hour + sim.Minute, "4h0m0s 6h0m0s 8h0m0s 10h0m0s", 1},
		"shorter":            {event("1 h"), event("3 h 30 min"), 9*sim.Hour + sim.Minute, "", 1},
		"much shorter":       {event("1 h"), event("10 min"), 9*sim.Hour + 15*sim.Minute, "9h20m0s 9h30m0s 9h40m0s 9h50m0s 10h0m0s", 1},
		"not twice at once":  {event("1 h"), event("30 min"), 9 * sim.Hour, "9h30m0s 10h0m0s", 1},
		"the same":           {event("1 h"), event("60 min"), 7*sim.Hour + sim.Minute, "8h0m0s 9h0m0s 10h0m0s", 0},
		"a clock for a hold": {rule(`when = "va.open < 1"; hold = "9 h"`), rule(`at = "04:00"`), 3 * sim.Hour, "4h0m0s", 0},
		"a hold for a clock": {rule(`at = "04:00"`), rule(`when = "va.open < 1"; hold = "2 h"`), 3 * sim.Hour, "5h0m0s", 1},
	} {
		run, tr := forked(t, valveDay+c.to, nil, savedAt(t, valveDay+c.from, nil, c.at))
		if got := alarms(tr); got != c.want {
			t.Errorf("%s: alarms at %q, want %q", name, got, c.want)
		}
		if n, _ := run.Sim().Dropped(); n != c.dropped {
			t.Errorf("%s: %d events were dropped, want %d", name, n, c.dropped)
		}
	}
}

// A clock whose new times are all past is told, and not as one that never struck.
func TestForkEndsAClock(t *testing.T) {
	event := "[[event]]\nname = \"e\"\nat = \"0 h\"\nevery = \"1 h\"\n%sthen = [ { alarm = \"x\" } ]\n"
	run, tr := forked(t, valveDay+fmt.Sprintf(event, "until = \"2 h\"\n"), nil, savedAt(t, valveDay+fmt.Sprintf(event, ""), nil, 5*sim.Hour))
	notes := run.Result().Notes
	if alarms(tr) != "" || !slices.Contains(notes, `event "e" happens no more: the times that it has now were past when the run was forked`) {
		t.Errorf("%q, notes %q", tr.events, notes)
	}
}

// What is about to be evaluated between two events is looked at in a fork, too, or
// counted.
func TestForkOfDirtyRules(t *testing.T) {
	text := strings.Replace(valveDay, "every = \"30 min\"", "every = \"1 h\"", 1)
	r := "[[rule]]\nname = \"%s\"\nwhen = \"va.open < 1\"\nthen = [ { alarm = \"x\" } ]\n"
	run := build(t, text+fmt.Sprintf(r, "r"), options(nil))
	for run.Sim().Now() == 0 && run.Hub().State.Known[0] == false {
		if ok, err := run.Sim().Step(); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	state := must(run.Sim().Save())
	if _, tr := forked(t, text+fmt.Sprintf(r, "r"), nil, state); alarms(tr) != "0s" {
		t.Errorf("alarms at %q", alarms(tr))
	}
	fork := build(t, text+fmt.Sprintf(r, "other"), options(nil))
	if err := fork.Sim().Load(state); err != nil {
		t.Fatal(err)
	}
	if _, states := fork.Sim().Dropped(); states != 2 { // the rule, and that it was dirty
		t.Errorf("%d states were dropped, want 2", states)
	}
}

// What was not done belongs to its action, wherever that stands in the fork.
func TestUndoneGoesByAction(t *testing.T) {
	text := strings.Replace(valveDay, "every = \"30 min\"", "every = \"30 min\"\ndropout = 1.0", 1)
	then := "[[event]]\nname = \"e\"\nat = \"0 h\"\nevery = \"1 h\"\nuntil = \"3 h\"\nthen = [ %s ]\n"
	const one, two = `{ param = "lim", value = "va.open + 1" }`, `{ alarm = "hello" }`
	state := savedAt(t, text+fmt.Sprintf(then, one+", "+two), nil, 3*sim.Hour+sim.Minute)
	run, _ := forked(t, text+fmt.Sprintf(then, two+", "+one), nil, state)
	want := `event "e" fired, but its action param "lim" was not done 4 times, since "va.open + 1" needs va.open, which was unknown (first at 0 s)`
	if !slices.Contains(run.Result().Notes, want) {
		t.Errorf("notes %q, want %s", run.Result().Notes, want)
	}
	run, _ = forked(t, text+fmt.Sprintf(then, two), nil, state)
	if _, states := run.Sim().Dropped(); states != 1 || strings.Contains(strings.Join(run.Result().Notes, "\n"), "not done") {
		t.Errorf("%d states were dropped, want the action; notes %q", states, run.Result().Notes)
	}
}

// A param of a saved run keeps to the bounds and the unit that it has now.
func TestForkOfParams(t *testing.T) {
	text := func(lim string) string { return strings.Replace(valveDay, "lim = 5", lim, 1) }
	event := "[[event]]\nname = \"e\"\nat = \"1 h\"\nthen = [ { param = \"lim\", value = \"%s\" } ]\n[[kpi]]\nname = \"k\"\nexpr = \"p.lim\"\n"
	minutes := `lim = { value = "5 min", unit = "min" }`
	state := savedAt(t, text(minutes)+fmt.Sprintf(event, "90 min"), nil, 2*sim.Hour)
	for lim, want := range map[string]string{
		minutes:                               "90",
		`lim = { value = "5 h", unit = "h" }`: "1.5",
		`lim = { value = "5 min", unit = "min", max = "60 min" }`:   "param lim is 90 min, above its max 60 min",
		`lim = { value = "5 m", unit = "m" }`:                       "set param lim: ",
		`lim = { value = "5 min", unit = "min", choices = [5, 6] }`: "param lim can't be 90 min",
	} {
		run := build(t, text(lim)+fmt.Sprintf(event, "p.lim"), options(nil))
		err := run.Sim().Load(state)
		switch {
		case err != nil:
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", lim, err, want)
			}
		case fmt.Sprint(finish(t, run).KPIs[0].Value) != want:
			t.Errorf("%s: %v, want %s", lim, run.Result().KPIs, want)
		}
	}
	for lim, want := range map[string]int{"lim = 5": -1, "other = 5": 1, "lim = \"loam\"": 1} {
		run := build(t, text(lim), options(nil))
		err := run.Sim().Load(state)
		if _, states := run.Sim().Dropped(); want < 0 && err == nil || want > 0 && (err != nil || states != want+1) { // and the event
			t.Errorf("%s: %d states were dropped, %v", lim, states, err)
		}
	}
}

// A state goes only into a run that begins at the same time: data and hours of the
// day go by it.
func TestForkBeginsAtTheSameTime(t *testing.T) {
	text := func(run, more, source string) string {
		return "spec = 1\nname = \"two\"\n" + run + "[[twin]]\nid = \"a\"\ntype = \"record\"\nchannels = { x = \"\" }\n" + more +
			"[source.default]\n\"a.x\" = { replay = \"a.csv\", time = \"t\" }\n" + source + "[[rule]]\nname = \"noon\"\nwhen = \"hour(t) >= 12\"\nthen = [ { alarm = \"noon\" } ]\n"
	}
	csv := func(from int) string {
		s := "t,x\n"
		for h := from; h < 20; h++ {
			s += fmt.Sprintf("2026-05-01 %02d:00:00,%d\n", h, h)
		}
		return s
	}
	files := map[string]string{"a.csv": csv(6), "b.csv": csv(0)}
	const more, source = "[[twin]]\nid = \"b\"\ntype = \"record\"\nchannels = { x = \"\" }\n", "\"b.x\" = { replay = \"b.csv\", time = \"t\" }\n"
	state := savedAt(t, text("", "", ""), files, 2*sim.Hour)
	load := func(s string) error {
		run := build(t, s, options(files))
		return run.Sim().Load(state)
	}
	want := "saved by a run that begins at 2026-05-01T06:00:00Z, this one begins at 2026-05-01T00:00:00Z; write start = 2026-05-01T06:00:00Z in [run]"
	if err := load(text("", more, source)); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	if err := load(text("[run]\nstart = 2026-05-02T06:00:00Z\n", "", "")); err == nil {
		t.Error("a run that begins a day later took the state")
	}
	if _, tr := forked(t, text("[run]\nstart = 2026-05-01T06:00:00Z\n", more, source), files, state); alarms(tr) != "6h0m0s" || len(tr.series["tap b.x"]) != 12 {
		t.Errorf("alarms at %s, %d readings of the new file", alarms(tr), len(tr.series["tap b.x"]))
	}
}

// A canceller interrupts a run at an instant.
type canceller struct {
	cancel func()
	at     sim.Time
}

func (c *canceller) Tap(now sim.Time, _ devices.Reading) {
	if now == c.at {
		c.cancel()
	}
}
func (c *canceller) Value(sim.Time, devices.Reading) {}
func (c *canceller) Event(twins.Event)               {}

// interruptedAtEnd is the recording of a run that is interrupted at its last instant.
func interruptedAtEnd(t *testing.T, text string) (*scenarios.Run, []byte) {
	t.Helper()
	rec := newRecording(t)
	ctx, cancel := context.WithCancel(context.Background())
	run := build(t, text, options(held, rec, &canceller{cancel, 6 * sim.Minute}))
	rec.channels = run.Channels()
	before := run.Execute(ctx)
	if before == nil || run.Sim().Now() != 6*sim.Minute || run.Hub().Held() == 0 {
		t.Fatalf("%v at %v; %d are held", before, run.Sim().Now(), run.Hub().Held())
	}
	rec.note(rec.w.Meta(run.Sim().Now(), scenarios.InterruptedKey, nil))
	rec.note(rec.w.Flush())
	return run, rec.buf.Bytes()
}

// An interrupt at the last instant hands on nothing, and its recording neither; the
// run can go on to the end that it would have had.
func TestFlushNotWhenInterruptedAtTheEnd(t *testing.T) {
	for _, span := range []string{"", "for = \"6 min\"\n"} {
		text := strings.Replace(holding, "[run]\n", "[run]\n"+span, 1)
		run, data := interruptedAtEnd(t, text)
		cut := run.Result().Digest
		o := options(held)
		o.Recording = opener(data)
		again := build(t, text, o)
		if got := finish(t, again); got.Digest != cut || again.Hub().Held() != run.Hub().Held() {
			t.Errorf("%q: replayed, %d are held and the digest is %s; want %d and %s", span, again.Hub().Held(), got.Digest, run.Hub().Held(), cut)
		}
		if err := run.Execute(context.Background()); err != nil {
			t.Fatal(err)
		}
		if want := finish(t, build(t, text, options(held))).Digest; run.Result().Digest != want || run.Hub().Held() != 0 {
			t.Errorf("%q: resumed, the digest is %s; want %s", span, run.Result().Digest, want)
		}
	}
}

// A recording that is cut short ends as far as it goes, with what stages hold.
func TestFlushNotOfACutRecording(t *testing.T) {
	rec := newRecording(t)
	recorded := build(t, holding, options(held, rec))
	rec.channels = recorded.Channels()
	finish(t, recorded)
	rec.note(rec.w.Flush()) // and no record of the end
	o := options(held)
	o.Recording = opener(rec.buf.Bytes())
	run := build(t, holding, o)
	if finish(t, run); run.Hub().Held() == 0 {
		t.Error("nothing is held: a killed run never came to its end")
	}
}

// A state that was saved after the end goes on, with a note.
func TestGoOnAfterTheEnd(t *testing.T) {
	span := func(s string) string { return strings.Replace(holding, "[run]\n", "[run]\nfor = \""+s+"\"\n", 1) }
	run := build(t, span("4 min"), options(held))
	finish(t, run)
	state := must(run.Sim().Save())
	noted := func(run *scenarios.Run) bool {
		return slices.ContainsFunc(run.Result().Notes, func(n string) bool {
			return strings.Contains(n, "goes on from a state saved after its end at 4 min")
		})
	}
	if run, _ := forked(t, span("6 min"), held, state); !noted(run) {
		t.Errorf("notes %q", run.Result().Notes)
	}
	if run, _ := forked(t, span("4 min"), held, state); noted(run) {
		t.Errorf("it does not go on, but says so: %q", run.Result().Notes)
	}
	if run, _ := forked(t, span("6 min"), held, savedAt(t, span("4 min"), held, 4*sim.Minute)); noted(run) {
		t.Errorf("it was saved before its stages handed on what they held, but says so: %q", run.Result().Notes)
	}
}
