package scenarios_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/scenarios"
)

// The pieces of docs/scenario.md, put together, are a scenario that builds and
// runs, with its variant and with the sources that a run can have.
func TestDocsBuild(t *testing.T) {
	text, err := os.ReadFile("../docs/scenario.md")
	if err != nil {
		t.Fatal(err)
	}
	var whole strings.Builder
	for _, code := range regexp.MustCompile("(?s)```toml\n(.*?)```\n").FindAllStringSubmatch(string(text), -1) {
		whole.WriteString(code[1] + "\n")
	}
	spec, err := scenarios.Decode("docs/scenario.md", []byte(whole.String()))
	if err != nil {
		t.Fatal(err)
	}
	res := finish(t, build(t, whole.String(), options(nil)))
	if len(res.KPIs) == 0 || res.KPIs[0].Value <= 0 || res.KPIs[0].Unit != "m3" {
		t.Errorf("KPIs %+v", res.KPIs)
	}
	for _, r := range res.Rules {
		if r.Fired == 0 {
			t.Errorf("the rule %q never fires", r.Name)
		}
	}
	if len(res.Notes) > 0 {
		t.Errorf("notes %q", res.Notes)
	}
	if patched, err := spec.Apply("timer"); err != nil {
		t.Error(err)
	} else if run, err := scenarios.Build(patched, options(nil)); err != nil {
		t.Error(err)
	} else if err := run.Close(); err != nil {
		t.Error(err)
	}
	o := options(nil)
	o.Set = map[string]string{"zone-*.soil_moisture": "synth"}
	if err := build(t, whole.String(), o).Close(); err != nil {
		t.Error(err)
	}
}
