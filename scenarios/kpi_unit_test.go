package scenarios_test

import (
	"math"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/scenarios"
)

// A KPI about an attribute comes in the unit that it declares; one that declares
// none, in the attribute's. A difference of temperatures does not know of zeros.
func TestUnitsOfKPIs(t *testing.T) {
	text := strings.ReplaceAll(`
spec = 1
name = "units"
run = { start = 2026-05-01T00:00:00Z, for = "36 h" }

[[twin]]
id = "v-{n}"
count = 2
type = "farm/valve"
with = { flow = "100 L/min" }

[[twin]]
id = "m-{n}"
count = 2
type = "record"
channels = { T = "degC", x = "%" }

[source.default]
"m-1.T" = { replay = "a.csv", time = "t", step = "1 h", column = "one" }
"m-2.T" = { replay = "a.csv", time = "t", step = "1 h", column = "two" }
"m-1.x" = { replay = "a.csv", time = "t", step = "1 h", column = "one" }

[[event]]
at = "1 h"
then = [ { command = "v-*.open", for = "10 h" } ]

KPIS
`, "KPIS", kpis(
		"total('v-*', 'delivered')|m3", "total('v-*', 'delivered')|L", "total('v-*', 'delivered')|", "-total('v-*', 'delivered') + total('v-1', 'delivered')|L",
		"total('v-*', 'delivered') * 2|EUR", "days()|h", "days()|", "last('m-*', 'T')|degF", "highest('m-*', 'T')|", "highest('m-*', 'T') - lowest('m-*', 'T')|degF",
		"highest('m-*', 'T') - lowest('m-*', 'T')|", "highest('m-*', 'T') + (highest('m-*', 'T') - lowest('m-*', 'T'))|K",
		"highest('m-1', 'x')|", "highest('m-1', 'x')|ppm", "fired('event 1')|d", "total('v-*', 'delivered') + days()|"))
	want := []struct {
		value float64
		unit  string
	}{{120, "m3"}, {120000, "L"}, {120, "m3"}, {-60000, "L"}, {240, "EUR"}, {36, "h"}, {1.5, "d"}, {59, "degF"}, {20, "degC"}, {18, "degF"},
		{10, "K"}, {303.15, "K"}, {20, "%"}, {200000, "ppm"}, {1, "d"}, {121.5, ""}}
	run, _ := traced(t, text, map[string]string{"a.csv": "t,one,two\n1,20,10\n"})
	finish(t, run)
	for i, k := range run.Result().KPIs {
		if math.Abs(k.Value-want[i].value) > 1e-9*math.Abs(want[i].value) || k.Unit != want[i].unit {
			t.Errorf("%s: %v %s, want %v %s", k.Name, k.Value, k.Unit, want[i].value, want[i].unit)
		}
	}
}

// A KPI whose name is no word is asked for in brackets.
func TestCheckOfQuotedName(t *testing.T) {
	text := "spec = 1\nname = \"x\"\nrun = { for = \"2 d\" }\n[[check]]\nthat = 'kpi[\"no word\"].mean == 48'\n[[kpi]]\nname = \"no word\"\nexpr = \"days()\"\nunit = \"h\"\n"
	spec, err := scenarios.Decode("test.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := scenarios.Summarize(spec, []scenarios.Result{finish(t, build(t, text, options(nil)))})
	if err != nil || sum.Failed() || sum.Checks[0].Value == nil || *sum.Checks[0].Value != 48 {
		t.Errorf("%v, checks %+v", err, sum.Checks)
	}
}

// kpis writes [[kpi]]s of "EXPR|UNIT"; each is called by what it computes.
func kpis(list ...string) string {
	var b strings.Builder
	for _, one := range list {
		expr, unit, _ := strings.Cut(one, "|")
		b.WriteString("[[kpi]]\nname = \"" + one + "\"\nexpr = \"" + expr + "\"\n")
		if unit != "" {
			b.WriteString("unit = \"" + unit + "\"\n")
		}
	}
	return b.String()
}
