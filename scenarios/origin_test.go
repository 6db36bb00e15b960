package scenarios_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/sim"
)

const aValve = "\n[[twin]]\nid = \"v\"\ntype = \"farm/valve\"\n"

// A command that a plant refuses names the rule or the event that gave it, and its
// line, also if the run was saved between the two.
func TestRefusedCommandNamesItsOrigin(t *testing.T) {
	give := `then = [ { command = "v.deliver", value = "0 - 1 * m.x" } ]`
	for name, more := range map[string]string{
		"rule":  aValve + rule("r", `when = "m.x > 5"; `+give),
		"event": aValve + "\n[[event]]\nname = \"r\"\nat = \"1 s\"\n" + give + "\n",
	} {
		c := ruleCase{csv: "1,9,1", more: more}
		line := strings.Count(c.text()[:strings.Index(c.text(), "{ command")], "\n") + 1
		want := fmt.Sprintf(`command v.deliver, given by %s "r" (test.toml:%d): farm: `, name, line)
		between := 0 // saves in which the command waits
		for steps := range 9 {
			run := build(t, c.text(), options(c.files()))
			var err error
			for range steps {
				if _, err = run.Sim().Step(); err != nil {
					break
				}
			}
			if err != nil {
				break
			}
			two := build(t, c.text(), options(c.files()))
			if err := two.Sim().Load(must(run.Sim().Save())); err != nil {
				t.Fatal(err)
			}
			if run.Result().Rules[0].Fired > 0 {
				between++
			}
			if err := two.Execute(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s, saved after %d events: got %v, want %s", name, steps, err, want)
			}
		}
		if between == 0 {
			t.Errorf("%s: no save came between the rule and the command", name)
		}
	}
}

// What goes wrong in an event says so; it used to say rule.
func TestEventIsNoRule(t *testing.T) {
	c := ruleCase{csv: "1,9,1", more: aValve + "\n[[event]]\nname = \"e\"\nat = \"2 s\"\nthen = [ { command = \"v.deliver\", value = \"sqrt(0 - m.x)\" } ]\n"}
	err := build(t, c.text(), options(c.files())).Execute(t.Context())
	if err == nil || !strings.Contains(err.Error(), `event "e": test.toml:`) || strings.Contains(err.Error(), `rule "e"`) {
		t.Errorf("got %v", err)
	}
	c.more = aValve + "\n[[event]]\nname = \"e\"\nat = \"2 s\"\nthen = [ { fault = \"leak\", on = \"v\" }, { fault = \"leak\", on = \"v*\" } ]\n"
	_, err = scenarios.Build(must(scenarios.Decode("test.toml", []byte(c.text()))), options(c.files()))
	if err == nil || !strings.Contains(err.Error(), `the event "e" breaks a twin by two faults "leak"`) {
		t.Errorf("got %v", err)
	}
}

// A saved state keeps every bit, the sign of zero included.
func TestSaveKeepsTheSignOfZero(t *testing.T) {
	c := ruleCase{csv: "1,0,1", more: rule("r", `when = "m.y > 0"; then = [ { param = "limit", value = "-1 * m.x" } ]`) +
		"\n[[kpi]]\nname = \"k\"\nexpr = \"1 / p.limit\"\n"}
	one := build(t, c.text(), options(c.files()))
	if err := one.Sim().Run(t.Context(), 2*sim.Second); err != nil {
		t.Fatal(err)
	}
	two := build(t, c.text(), options(c.files()))
	if err := two.Sim().Load(must(one.Sim().Save())); err != nil {
		t.Fatal(err)
	}
	if got, want := two.Result().KPIs[0].Value, one.Result().KPIs[0].Value; !math.IsInf(want, -1) || got != want {
		t.Errorf("1 / -0 is %v, after a load %v", want, got)
	}
}

// What has not come in when the run ends is told: readings that the reorder window
// holds, posts of other goroutines.
func TestWhatDidNotComeIn(t *testing.T) {
	c := ruleCase{run: `for = "5 s", reorder = "3 s"`, csv: "1,1,1; 3,1,1; 4,1,1; 5,1,1"}
	run := build(t, c.text(), options(c.files()))
	s := run.Sim()
	var id sim.ActorID
	var err error
	id, err = s.Add("inbox", sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error {
		if s.Posted(e) == nil { // the event below
			return s.Post(id, 0, "late")
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []sim.Time{sim.Second, 5 * sim.Second} { // what is posted at 1 s is taken
		if _, err := s.Schedule(sim.Event{At: at, To: id}); err != nil {
			t.Fatal(err)
		}
	}
	res := finish(t, run)
	for _, want := range []string{
		"6 readings did not come in: the reorder window still held back what the run ended with",
		"1 post came too late to be taken: the run had ended",
	} {
		if !slices.Contains(res.Notes, want) {
			t.Errorf("no note %q in %q", want, res.Notes)
		}
	}
	c.run, c.csv = `for = "60 s", reorder = "3 s"`, "1,1,1; 5,1,1"
	if text := strings.Join(finish(t, build(t, c.text(), options(c.files()))).Notes, "\n"); strings.Contains(text, "did not come in") || strings.Contains(text, "post") {
		t.Errorf("nothing is left, yet: %s", text)
	}
}
