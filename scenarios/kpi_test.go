package scenarios_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/library"
	"github.com/twinsim/twinsim/twins"
)

const kpiText = `
spec = 1
name = "kpis"
run = { start = 2026-05-01T00:00:00Z, for = "36 h", seed = 5 }

[params]
price = { value = 2, unit = "EUR" }

[[twin]]
id = "valve-{n}"
count = 3
type = "farm/valve"
with = { flow = "100 L/min" }

[[twin]]
id = "m-{n}"
count = 3
type = "record"
channels = { x = "" }

[source.default]
"m-1.x" = { replay = "a.csv", time = "t", step = "1 h", column = "one" }
"m-2.x" = { replay = "a.csv", time = "t", step = "1 h", column = "two" }

[[sensor]]
on = "valve-*.delivered"
every = "1 h"
phase = "30 min"
offset = "0.5 m3"

[[pipe]]
on = "valve-3.delivered"
steps = [ { range = { min = "0 m3" } }, { out = "clean" } ]

[[event]]
name = "start"
at = "1 h"
then = [ { command = "valve-1.open", for = "10 h" }, { command = "valve-2.open", for = "20 h" } ]

[[rule]]
name = "twice"
at = "2 h"
every = "30 h"
then = [ { alarm = "a" }, { alarm = "b" } ]

[[check]]
that = "kpi.total.value > 170"
why = "it must be wet"

[[check]]
that = "kpi.total.mean > 200 and kpi.never.mean < 1"

[[check]]
that = "not (kpi.nothing.mean > 5)"

[[check]]
that = "alarms == 4 and readings > 0"

[[check]]
that = "kpi.total.mean * p.price >= 360"
`

// Two valves at 0.1 m3/min: 60 and 120 m3. Sensors add 0.5 m3, at 0:30, 1:30, ...
var kpiCases = []struct {
	name, expr string
	want       float64
}{
	{"total", "total('valve-*', 'delivered')", 180},
	{"average", "average('valve-*', 'delivered')", 60},
	{"lowest", "lowest('valve-[12]', 'delivered')", 60},
	{"highest", "highest('valve-*', 'delivered')", 120},
	{"last", "last('valve-[12]', 'delivered')", 90.5},
	{"last of records", "last('m-*', 'x')", 5},     // 7 and 3; of m-3 nothing is known
	{"total of records", "total('m-*', 'x')", 10},  //
	{"lowest of records", "lowest('m-*', 'x')", 3}, //
	{"nothing", "average('m-3', 'x')", math.NaN()}, //
	{"never", "rms_error('valve-1', 'flow', 'open')", math.NaN()},
	{"error", "rms_error('valve-*', 'delivered', 'delivered')", 0.5},
	{"error of a pipe", "rms_error('valve-3', 'delivered', 'clean')", 0.5},
	{"fired", "fired('twice') + 10 * fired('start')", 12},
	{"commands", "commands('valve-*.open')", 2},
	{"commands of one", "commands('valve-1.*')", 1},
	{"alarms", "alarms()", 4},
	{"readings", "readings()", 36*3 + 2*4},
	{"count", "count('valve-*') + count('m-1')", 4},
	{"days", "days()", 1.5},
	{"price", "p.price * total('valve-1', 'delivered') / days()", 80},
	{"infinite", "1 / (days() - 1.5)", math.Inf(1)},
}

func kpiScenario() (string, map[string]string) {
	text := kpiText
	for _, c := range kpiCases {
		text += "\n[[kpi]]\nname = \"" + c.name + "\"\nexpr = \"" + c.expr + "\"\n"
	}
	return text, map[string]string{"a.csv": "t,one,two\n1,1,3\n5,2,\n9,7,\n10,,\n"}
}

func TestKPIs(t *testing.T) {
	text, files := kpiScenario()
	res := finish(t, build(t, text, options(files)))
	for i, c := range kpiCases {
		got := res.KPIs[i].Value
		if !(math.Abs(got-c.want) < 1e-9 || got == c.want || math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("%s = %v, want %v", c.expr, got, c.want)
		}
	}
}

func TestChecks(t *testing.T) {
	text, files := kpiScenario()
	spec, err := scenarios.Decode("test.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	res := finish(t, build(t, text, options(files)))
	sum, err := scenarios.Summarize(spec, []scenarios.Result{res})
	if err != nil {
		t.Fatal(err)
	}
	if !sum.Failed() {
		t.Error("nothing failed")
	}
	for i, want := range []struct {
		ok    bool
		value float64 // of the left side; NaN is none
		err   string
	}{
		{true, 180, ""},
		{false, math.NaN(), "kpi.never could not be computed"},
		{false, math.NaN(), "kpi.nothing could not be computed"},
		{true, math.NaN(), ""},
		{true, 360, ""},
	} {
		c := sum.Checks[i]
		value := math.NaN()
		if c.Value != nil {
			value = *c.Value
		}
		if c.OK != want.ok || c.Error != want.err || !(math.Abs(value-want.value) < 1e-9 || math.IsNaN(value) && math.IsNaN(want.value)) {
			t.Errorf("%s: %v %v %q, want %v", c.That, c.OK, value, c.Error, want)
		}
	}
	if sum.Checks[0].Why != "it must be wet" {
		t.Errorf("why %q", sum.Checks[0].Why)
	}
}

// A param given for the run is what checks see.
func TestCheckOfGivenParam(t *testing.T) {
	text, files := kpiScenario()
	spec, err := scenarios.Decode("test.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	o := options(files)
	o.Params = map[string]string{"price": "1 EUR"}
	sum, err := scenarios.Summarize(spec, []scenarios.Result{finish(t, build(t, text, o))})
	if err != nil {
		t.Fatal(err)
	}
	if c := sum.Checks[4]; c.OK || c.Value == nil || math.Abs(*c.Value-180) > 1e-9 {
		t.Errorf("%+v, want false at 180", c)
	}
}

func keys(m map[string]any) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

func object(t *testing.T, s scenarios.Summary) map[string]any {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

const jsonKeys = "alarms blocks checks digest events kpis late notes quality readings replications rules scenario seed sim_seconds wall_seconds"

func TestJSONOfOneRun(t *testing.T) {
	text, files := kpiScenario()
	spec, err := scenarios.Decode("test.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	res := finish(t, build(t, text, options(files)))
	sum, err := scenarios.Summarize(spec, []scenarios.Result{res})
	if err != nil {
		t.Fatal(err)
	}
	m := object(t, sum)
	if got := strings.Join(keys(m), " "); got != jsonKeys {
		t.Errorf("keys %s", got)
	}
	kpis := m["kpis"].(map[string]any)
	total := kpis["total"].(map[string]any)
	if got := strings.Join(keys(total), " "); got != "unit value" || total["unit"] != "m3" || math.Abs(total["value"].(float64)-180) > 1e-9 {
		t.Errorf("total %v", total)
	}
	for _, name := range []string{"nothing", "infinite"} {
		if v, ok := kpis[name].(map[string]any)["value"]; !ok || v != nil {
			t.Errorf("%s is %v, want null", name, v)
		}
	}
	check := m["checks"].([]any)[0].(map[string]any)
	if got := strings.Join(keys(check), " "); got != "ok that value" {
		t.Errorf("keys of a check %s", got)
	}
	if m["replications"] != 1.0 || m["seed"] != 5.0 || m["scenario"] != "kpis" || m["alarms"] != 4.0 || m["sim_seconds"] != 36*3600.0 || m["digest"] != res.Digest {
		t.Errorf("%v", m)
	}
	if q := m["quality"].(map[string]any); q["good"] == nil || q["missing"] != 4.0 {
		t.Errorf("quality %v", q)
	}
}

// Three replications whose only KPI is a law's draw: mean, sd and the t interval
// by hand. t(0.975, 2) = 4.302652729911275 (Abramowitz and Stegun, table 26.10: 4.303).
func TestReplications(t *testing.T) {
	text := `
spec = 1
name = "draws"
run = { for = "1 h", seed = 5, start = 2026-05-01T00:00:00Z }

[[twin]]
id = "valve"
type = "farm/valve"
with = { flow = "uniform(50 L/min, 150 L/min)" }

[[event]]
at = "0 s"
then = [ { command = "valve.open" } ]

[[kpi]]
name = "flow"
expr = "total('valve', 'flow')"
unit = "L/min"
`
	spec, err := scenarios.Decode("test.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var all []scenarios.Result
	var v [3]float64
	var digests []string
	for k := range v {
		run, err := scenarios.Build(spec, scenarios.Options{Kinds: library.Kinds(), Replication: uint32(k)})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, finish(t, run))
		v[k] = all[k].KPIs[0].Value
		digests = append(digests, all[k].Digest)
	}
	if v[0] == v[1] || v[1] == v[2] || v[0] < 50 || v[0] > 150 {
		t.Fatalf("draws %v", v)
	}
	sum, err := scenarios.Summarize(spec, all)
	if err != nil {
		t.Fatal(err)
	}
	mean := (v[0] + v[1] + v[2]) / 3
	sd := math.Sqrt(((v[0]-mean)*(v[0]-mean) + (v[1]-mean)*(v[1]-mean) + (v[2]-mean)*(v[2]-mean)) / 2)
	half := 4.302652729911275 * sd / math.Sqrt(3)
	m := object(t, sum)
	flow := m["kpis"].(map[string]any)["flow"].(map[string]any)
	if got := strings.Join(keys(flow), " "); got != "ci95 mean n sd unit" {
		t.Errorf("keys %s", got)
	}
	ci := flow["ci95"].([]any)
	for i, x := range [][2]float64{{flow["mean"].(float64), mean}, {flow["sd"].(float64), sd}, {ci[0].(float64), mean - half}, {ci[1].(float64), mean + half}, {flow["n"].(float64), 3}} {
		if math.Abs(x[0]-x[1]) > 1e-9*math.Abs(x[1]) {
			t.Errorf("%d: %v, want %v", i, x[0], x[1])
		}
	}
	if m["replications"] != 3.0 || m["sim_seconds"] != 3*3600.0 || m["digest"] != twins.JoinDigests(digests) {
		t.Errorf("%v", m)
	}
}
