package scenarios_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/sim"
)

// An action whose value is unknown is counted and told, with the input that was.
func TestUndoneActions(t *testing.T) {
	c := ruleCase{csv: "1,9,; 2,1,; 3,9,; 4,1,7; 5,9,7", more: `
[[twin]]
id = "v"
type = "farm/valve"
` + rule("doses", `each = "m"; when = "self.x > 5"; then = [ { alarm = "!" }, { command = "v.deliver", value = "self.y + 0 * self.x" } ]`)}
	run, tr := traced(t, c.text(), c.files())
	res := finish(t, run)
	if want := []scenarios.RuleCount{{Name: "doses", Fired: 3, Undone: 2}}; !slices.Equal(res.Rules, want) {
		t.Errorf("rules %+v, want %+v", res.Rules, want)
	}
	const why = `command "v.deliver"`
	note := `rule "doses" fired, but its action ` + why + ` was not done 2 times, since "self.y + 0 * self.x" needs m.y, which was unknown (first at 1 s)`
	if !slices.Contains(res.Notes, note) {
		t.Errorf("notes %q, want %s", res.Notes, note)
	}
	diffLines(t, tr.events, []string{
		"1s rule doses @m", "1s alarm ! @m", "1s undone doses @m", "3s rule doses @m", "3s alarm ! @m", "3s undone doses @m",
		"5s rule doses @m", "5s alarm ! @m", "5s command deliver @v",
	})
	if got := tr.details[2]; got != why+`: "self.y + 0 * self.x" needs m.y, which was unknown` {
		t.Errorf("the event says %q", got)
	}
	spec, err := scenarios.Decode("test.toml", []byte(c.text()))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := scenarios.Summarize(spec, []scenarios.Result{res, res})
	if err != nil || sum.Rules[0].Undone != 4 {
		t.Fatalf("%v, %+v", err, sum.Rules)
	}
	if got := object(t, sum)["rules"].(map[string]any)["doses"].(map[string]any); got["fired"] != 6.0 || got["undone"] != 4.0 {
		t.Errorf("JSON says %v", got)
	}
}

// What is unknown goes with a saved state, and so does what it was.
func TestUndoneIsSaved(t *testing.T) {
	c := ruleCase{csv: "1,9,; 2,1,; 3,9,; 4,1,", more: rule("sets", `each = "m"; when = "self.x > 5"; then = [ { set = "n", value = "self.y" } ]`)}
	want := finish(t, build(t, c.text(), options(c.files())))
	one := build(t, c.text(), options(c.files()))
	if err := one.Sim().Run(t.Context(), 2*sim.Second); err != nil {
		t.Fatal(err)
	}
	state, err := one.Sim().Save()
	if err != nil {
		t.Fatal(err)
	}
	two := build(t, c.text(), options(c.files()))
	if err := two.Sim().Load(state); err != nil {
		t.Fatal(err)
	}
	if got := finish(t, two); !slices.Equal(got.Rules, want.Rules) || !slices.Equal(got.Notes, want.Notes) || want.Rules[0].Undone != 2 {
		t.Errorf("got %+v %q, want %+v %q", got.Rules, got.Notes, want.Rules, want.Notes)
	}
}

// Errors while a run goes on name rule, line and expression.
func TestActionErrors(t *testing.T) {
	for name, c := range map[string]struct{ then, want string }{
		"no number": {`{ command = "v.deliver", value = "sqrt(0 - m.x)" }`,
			`rule "r": test.toml:26: command "v.deliver": its value, "sqrt(0 - m.x)", is NaN, which is no number`},
		"no integer": {`{ command = "v.deliver", value = "1 % int(m.x - 9)" }`, `rule "r": test.toml:26: command "v.deliver": "1 % int(m.x - 9)": `},
		"below": {`{ param = "limit", value = "p.limit - m.x" }`,
			`rule "r": test.toml:26: "p.limit - m.x" sets it: param limit is -4, below its min 0; expected 0 to 100; clamp(VALUE, LOW, HIGH) keeps a value within`},
		"above":  {`{ param = "limit", value = "m.x * 100" }`, `param limit is 900, above its max 100`},
		"choice": {`{ param = "gear", value = "m.x" }`, `param gear can't be 9; expected one of 1, 2, 3`},
		"no for": {`{ param = "long", value = "m.x - 9" }, { command = "v.open", for = "p.long" }`, `its for is p.long, which is 0 s now: want a duration above 0`},
		"fault":  {`{ param = "long", value = "0 - m.x" }, { fault = "leak", on = "v", for = "p.long" }`, `its for is p.long, which is -9 s now: want a duration of 0 or more`},
	} {
		r := ruleCase{csv: "1,9,1", more: `
[[twin]]
id = "v"
type = "farm/valve"
` + rule("r", `when = "m.x > 5"; then = [ `+c.then+` ]`)}
		text := strings.Replace(r.text(), "long =", "gear = { value = 1, choices = [1, 2, 3] }\nlong =", 1)
		run, _ := traced(t, text, r.files())
		if err := run.Execute(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
	r := ruleCase{csv: "1,9,1", more: rule("r", `when = "m.x > 5"; then = [ { param = "limit", value = "clamp(p.limit - 9, 0, 100)" } ]`)}
	finish(t, build(t, r.text(), options(r.files())))
}

// hold, quiet and for follow a param that an action changes.
func TestSpansFollowParams(t *testing.T) {
	for _, c := range []ruleCase{
		{
			name: "a longer hold, while it is waited for",
			csv:  "1,9,0; 2,9,1; 20,1,1",
			more: rule("r", `when = "m.x > 5"; hold = "p.long"; `+then) + rule("set", `when = "m.y > 0"; then = [ { param = "long", value = 8 } ]`),
			want: "2s rule set; 9s rule r; 9s alarm !",
		},
		{
			name: "a shorter hold, while it is waited for",
			csv:  "1,9,0; 2,9,1; 20,1,1",
			more: rule("r", `when = "m.x > 5"; hold = "p.long"; `+then) + rule("set", `when = "m.y > 0"; then = [ { param = "long", value = 2 } ]`),
			want: "2s rule set; 3s rule r; 3s alarm !",
		},
		{
			name: "quiet, from the next firing",
			csv:  "1,9,0; 2,9,1; 16,1,1",
			more: rule("r", `when = "m.x > 5"; quiet = "p.long"; `+then) + rule("set", `when = "m.y > 0"; then = [ { param = "long", value = 6 } ]`),
			want: "1s rule r; 1s alarm !; 2s rule set; 4s rule r; 4s alarm !; 10s rule r; 10s alarm !",
		},
		{
			name: "a fault lasts as long as the param says then",
			csv:  "1,9,0",
			more: "\n[[twin]]\nid = \"v\"\ntype = \"farm/valve\"\n" + rule("r", `when = "m.x > 5"; then = [ { param = "long", value = 7 }, { fault = "leak", on = "v", for = "p.long" } ]`),
			want: "1s rule r; 1s fault leak by r @v; 8s fault end leak by r @v",
		},
	} {
		text := strings.Replace(c.text(), `long = "3 s"`, `long = { value = 3, unit = "s" }`, 1)
		run, tr := traced(t, text, c.files())
		finish(t, run)
		t.Run(c.name, func(t *testing.T) { diffLines(t, tr.events, strings.Split(c.want, "; ")) })
	}
}

// What is read once, before the run begins, can't follow: that is refused.
func TestChangedParamIsReadOnce(t *testing.T) {
	changes := rule("sets", `every = "5 s"; then = [ { param = "long", value = "2 s" } ]`)
	for name, more := range map[string]string{
		"every":  rule("r", `every = "p.long"; `+then),
		"at":     rule("r", `at = "p.long"; `+then),
		"pipe":   "\n[[pipe]]\non = \"m.x\"\nsteps = [ { ewma = { half_life = \"p.long\" } } ]\n",
		"stale":  "\n[[sensor]]\non = \"m.x\"\nevery = \"1 s\"\nstale = \"p.long\"\n",
		"fault":  "\n[[fault]]\nkind = \"stuck\"\non = \"m.x\"\nfrom = \"p.long\"\n",
		"event":  "\n[[event]]\nat = \"1 s\"\nevery = \"p.long\"\n" + then + "\n",
		"offset": "\n[[event]]\nat = \"1 s\"\nevery = \"1 s\"\nuntil = \"p.long\"\n" + then + "\n",
	} {
		c := ruleCase{more: changes + more}
		spec, err := scenarios.Decode("test.toml", []byte(c.text()))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, err = scenarios.Build(spec, options(c.files()))
		const want = `p.long is read here once, before the run begins, but rule "sets" changes it`
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "p.long\"") {
			t.Errorf("%s: %v", name, err)
		}
		c.more = more
		if _, err := scenarios.Build(must(scenarios.Decode("test.toml", []byte(c.text()))), options(c.files())); err != nil {
			t.Errorf("%s: refused though nothing changes the param: %v", name, err)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A duration of a param that is 0 where one above 0 is wanted is refused: a valve
// would stay open for ever.
func TestSpanOfNothing(t *testing.T) {
	for _, more := range []string{
		rule("r", `at = "1 s"; then = [ { command = "v.open", for = "p.none" } ]`),
		rule("r", `every = "p.none"; `+then),
	} {
		c := ruleCase{more: "\n[[twin]]\nid = \"v\"\ntype = \"farm/valve\"\n" + more}
		text := strings.Replace(c.text(), "long =", "none = \"0 s\"\nlong =", 1)
		_, err := scenarios.Build(must(scenarios.Decode("test.toml", []byte(text))), options(c.files()))
		if err == nil || !strings.Contains(err.Error(), "is p.none, which is 0") || !strings.Contains(err.Error(), "want a duration above 0") {
			t.Errorf("got %v", err)
		}
	}
}

// What lies before the run and does not come again is refused; what comes again
// begins later, with a note.
func TestBeforeTheRun(t *testing.T) {
	for name, c := range map[string]struct{ more, want string }{
		"a date":                  {rule("r", `at = 2026-04-30T00:00:00Z; `+then), "at 2026-04-30T00:00:00Z is before the run begins, so it never happens"},
		"an event":                {"\n[[event]]\nat = 2026-04-30T00:00:00Z\n" + then + "\n", "at 2026-04-30T00:00:00Z is before the run begins"},
		"a time of the first day": {strings.Replace(rule("r", `at = "0 d 05:00"; `+then), "", "", 1), "at 0 d 05:00 is before the run begins"},
		"a param":                 {rule("r", `at = "p.ago"; `+then), "at p.ago is before the run begins"},
		"until before at":         {"\n[[event]]\nat = \"30 s\"\nevery = \"10 s\"\nuntil = \"20 s\"\n" + then + "\n", "until 20 s is before the first time, so it never happens"},
		"until before the run":    {"\n[[event]]\nat = 2026-04-01T00:00:00Z\nevery = \"40 d\"\nuntil = \"1 s\"\n" + then + "\n", "the last time is before the run begins"},
	} {
		r := ruleCase{csv: "1,1,1", more: c.more}
		text := strings.Replace(r.text(), "start = 2026-05-01T00:00:00Z", "start = 2026-05-01T06:00:00Z", 1)
		text = strings.Replace(text, "long =", "ago = \"-3 s\"\nlong =", 1)
		spec, err := scenarios.Decode("test.toml", []byte(text))
		if err == nil {
			_, err = scenarios.Build(spec, options(r.files()))
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := ruleCase{csv: "1,1,1", more: rule("r", `at = 1970-01-01T00:00:20Z; every = "1 min"; `+then)}
	run, tr := traced(t, r.text(), r.files())
	res := finish(t, run)
	diffLines(t, tr.events, []string{"20s rule r", "20s alarm !"})
	if want := `rule "r": what comes before the run begins was passed over (29626560 times)`; !slices.Contains(res.Notes, want) {
		t.Errorf("notes %q", res.Notes)
	}
}

// A rule that comes into a fork when its time is past says that it never happens.
func TestPastInAFork(t *testing.T) {
	c := ruleCase{csv: "1,1,1; 50,1,1"}
	one := build(t, c.text(), options(c.files()))
	if err := one.Sim().Run(t.Context(), 30*sim.Second); err != nil {
		t.Fatal(err)
	}
	state := must(one.Sim().Save())
	c.more = rule("early", `at = "10 s"; `+then) + rule("later", `at = "40 s"; `+then)
	two := build(t, c.text(), options(c.files()))
	if err := two.Sim().Load(state); err != nil {
		t.Fatal(err)
	}
	res := finish(t, two)
	text := strings.Join(res.Notes, "\n")
	if want := `rule "early" never happened: it came into the run when its time was past`; !strings.Contains(text, want) || strings.Contains(text, "later") {
		t.Errorf("notes %s", text)
	}
}

// What comes after the end of the data is noted like what comes after the end.
func TestBeyondTheData(t *testing.T) {
	c := ruleCase{run: `seed = 1`, csv: "1,1,1; 9,1,1", more: rule("r", `at = "30 s"; `+then) + rule("s", `at = "9 s"; `+then) + `
[[fault]]
kind = "stuck"
on = "m.y"
from = "40 s"
`}
	res := finish(t, build(t, c.text(), options(c.files())))
	text := strings.Join(res.Notes, "\n")
	for _, want := range []string{`rule "r" at 30 s lies beyond the end of the data, 9 s`, `fault "stuck m.y" at 40 s lies beyond the end of the data, 9 s`} {
		if !strings.Contains(text, want) {
			t.Errorf("no note %q in %s", want, text)
		}
	}
	if strings.Contains(text, `"s"`) {
		t.Errorf("notes %s", text)
	}
}

// A file that the run does not come to the end of says so.
func TestRunEndsBeforeTheFile(t *testing.T) {
	c := ruleCase{csv: "1,1,1; 9,1,1; 99,1,1"}
	res := finish(t, build(t, c.text(), options(c.files())))
	if len(res.Notes) != 1 || !strings.HasSuffix(res.Notes[0], "; the run ended before the file did") {
		t.Errorf("notes %q", res.Notes)
	}
	c.run = `for = "99 s"`
	if res := finish(t, build(t, c.text(), options(c.files()))); strings.Contains(res.Notes[0], "before the file") {
		t.Errorf("notes %q", res.Notes)
	}
}

// A fault that would come more often than is done says so, if the run is that long.
func TestFaultIsCapped(t *testing.T) {
	c := ruleCase{run: `seed = 1`, csv: "1,1,1; 8,1,1", more: `
[[fault]]
kind = "stuck"
on = "m.y"
every = "1 ms"
for = "0.5 ms"
`}
	note := `fault "stuck m.y" comes 10000 times, the last at 9.999 s, and not again`
	text := strings.Join(finish(t, build(t, c.text(), options(c.files()))).Notes, "\n")
	if strings.Contains(text, note) {
		t.Errorf("a run of 8 s: %s", text)
	}
	c.csv = "1,1,1; 18,1,1"
	text = strings.Join(finish(t, build(t, c.text(), options(c.files()))).Notes, "\n")
	if !strings.Contains(text, note) {
		t.Errorf("a run of 18 s: %s", text)
	}
}

// Notes of later replications are not lost.
func TestNotesOfReplications(t *testing.T) {
	spec := must(scenarios.Decode("test.toml", []byte("spec = 1\nname = \"x\"\nrun = { for = \"1 d\" }\n")))
	all := []scenarios.Result{{Notes: []string{"a"}}, {Notes: []string{"a", "b"}}}
	for i := range 12 {
		all = append(all, scenarios.Result{Notes: []string{fmt.Sprint("c", i)}})
	}
	sum := must(scenarios.Summarize(spec, all))
	if len(sum.Notes) != 12 || sum.Notes[0] != "a" || sum.Notes[1] != "replication 2: b" || sum.Notes[11] != "3 more notes of later replications" {
		t.Errorf("%q", sum.Notes)
	}
}

// A KPI that fails says why.
func TestKPISaysWhy(t *testing.T) {
	c := ruleCase{csv: "1,1,1", more: "\n[[kpi]]\nname = \"k\"\nexpr = \"1 % int(readings() - 2)\"\n"}
	res := finish(t, build(t, c.text(), options(c.files())))
	text := strings.Join(res.Notes, "\n")
	if !strings.Contains(text, `KPI "k" could not be computed: `) || strings.Contains(text, "nothing is known") {
		t.Errorf("notes %s", text)
	}
}

// Two saves of one state give the same bytes.
func TestSaveIsDeterministic(t *testing.T) {
	text := `
spec = 1
name = "saves"
run = { for = "60 s" }

[params]
a = 1
b = 2
c = 3
d = 4
e = 5

[[twin]]
id = "v-{n}"
count = 40
type = "farm/valve"

[[rule]]
name = "r"
every = "1 s"
then = [
  { command = "v-*.open", for = "1 s" },
  { param = "a", value = "p.a + 1" }, { param = "b", value = 1 }, { param = "c", value = 1 }, { param = "d", value = 1 }, { param = "e", value = 1 },
]

[[kpi]]
name = "orders"
expr = "commands('v-*.open')"
`
	run := build(t, text, options(nil))
	if err := run.Sim().Run(t.Context(), 5*sim.Second); err != nil {
		t.Fatal(err)
	}
	first := must(run.Sim().Save())
	for i := range 50 {
		if !bytes.Equal(must(run.Sim().Save()), first) {
			t.Fatalf("save %d has other bytes", i+2)
		}
	}
	again := build(t, text, options(nil))
	if err := again.Sim().Load(first); err != nil {
		t.Fatal(err)
	}
	if got, want := again.Result().KPIs[0].Value, run.Result().KPIs[0].Value; got != want || want != 200 {
		t.Errorf("%v commands, want %v", got, want)
	}
}

// What a stage holds back comes out at the end of the run, whether its data end or
// its time is over, and rules see it; the recording of it is the same run.
func TestStagesAreFlushed(t *testing.T) {
	for _, run := range []string{`seed = 1`, `for = "5 s"`} {
		c := ruleCase{run: run, csv: "1,1,1; 2,,1; 3,,1; 4,,1; 5,,1", more: `
[[pipe]]
on = "m.x"
steps = [ { fill = { linear = "60 s" } }, { out = "full" } ]
` + rule("seen", `when = "missing(m.full)"; `+then)}
		res, data := record(t, c.text(), c.files())
		if n := res.Cleaned["good"] + res.Cleaned["missing"]; n != 5 {
			t.Errorf("%s: %d of 5 readings came out of the pipe: %v", run, n, res.Cleaned)
		}
		if res.Rules[0].Fired != 2 { // at the start, and at the end
			t.Errorf("%s: the rule has not seen them", run)
		}
		if again := replayed(t, c.text(), c.files(), data); again.Digest != res.Digest {
			t.Errorf("%s: replayed it is another run", run)
		}
	}
}

// How a recording ended early is told apart: killed, interrupted, damaged.
func TestHowARecordingEnds(t *testing.T) {
	c := ruleCase{csv: "1,1,1"}
	write := func(last func(*recording)) []byte {
		rec := newRecording(t)
		rec.channels = build(t, c.text(), options(c.files())).Channels()
		rec.Tap(sim.Second, devices.Reading{At: sim.Second, Value: 1})
		last(rec)
		if err := rec.w.Flush(); err != nil {
			t.Fatal(err)
		}
		return rec.buf.Bytes()
	}
	interrupt := func(r *recording) { r.note(r.w.Meta(sim.Second, scenarios.InterruptedKey, nil)) }
	for name, x := range map[string]struct {
		data []byte
		want string
	}{
		"killed":      {write(func(*recording) {}), "the recording ends early, as that of a run that was killed"},
		"interrupted": {write(interrupt), "the recording ends where its run was interrupted"},
		"went on": {write(func(r *recording) { interrupt(r); r.Tap(2*sim.Second, devices.Reading{At: sim.Second}) }),
			"the recording ends early, as that of a run that was killed"},
		"damaged": {append(write(func(*recording) {}), make([]byte, 20)...), "the recording is damaged at byte "},
	} {
		notes := strings.Join(replayed(t, c.text(), c.files(), x.data).Notes, "\n")
		if !strings.Contains(notes, x.want) {
			t.Errorf("%s: %q", name, notes)
		}
	}
}
