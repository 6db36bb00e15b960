package scenarios_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// A ruleCase is a scenario of one record twin m with the channels x and y, fed
// from a CSV of seconds, x and y.
type ruleCase struct {
	name string
	run  string // further keys of [run]
	csv  string // rows of t,x,y
	more string // of the file: rules, events, twins
	want string // events, a line each
}

const ruleHead = `
spec = 1
name = "rules"
run = { start = 2026-05-01T00:00:00Z, %s }

[params]
limit = { value = 5, min = 0, max = 100 }
long = "3 s"

[[twin]]
id = "m"
type = "record"
channels = { x = "", y = "" }

[source.default]
"m.*" = { replay = "a.csv", time = "t", step = "1 s" }
`

func (c *ruleCase) text() string {
	run := c.run
	if run == "" {
		run = `for = "60 s"`
	}
	return fmt.Sprintf(ruleHead, run) + c.more
}

func (c *ruleCase) files() map[string]string {
	return map[string]string{"a.csv": "t,x,y\n" + strings.ReplaceAll(strings.TrimSpace(c.csv), "; ", "\n") + "\n"}
}

func rule(name, rest string) string {
	return fmt.Sprintf("\n[[rule]]\nname = %q\n%s\n", name, strings.ReplaceAll(rest, "; ", "\n"))
}

const then = `then = [ { alarm = "!" } ]`

var ruleCases = []ruleCase{
	{
		name: "fires on the edge, not while true",
		csv:  "0,1,0; 1,9,0; 2,9,0; 3,1,0; 4,9,0",
		more: rule("r", `when = "m.x > 5"; then = [ { set = "n", value = 1 } ]; each = "m"`),
		want: "1s rule r @m; 4s rule r @m",
	},
	{
		name: "true from the beginning",
		csv:  "0,9,0; 1,9,0",
		more: rule("r", `when = "m.x > 5"; then = [ { alarm = "high" } ]`),
		want: "0s rule r; 0s alarm high",
	},
	{
		name: "true before any reading",
		csv:  "3,9,0",
		more: rule("r", `when = "missing(m.x)"; `+then),
		want: "0s rule r; 0s alarm !",
	},
	{
		name: "hold waits, and false cancels it",
		csv:  "0,1,0; 1,9,0; 3,1,0; 4,9,0; 5,9,0; 20,9,0",
		more: rule("r", `when = "m.x > 5"; hold = "3 s"; `+then),
		want: "7s rule r; 7s alarm !",
	},
	{
		name: "false at the end of hold does not fire",
		csv:  "1,9,0; 4,1,0",
		more: rule("r", `when = "m.x > 5"; hold = "3 s"; `+then),
	},
	{
		name: "missing cancels hold",
		csv:  "1,9,0; 2,,0; 3,9,0",
		more: rule("r", `when = "m.x > 5"; hold = "3 s"; `+then),
		want: "6s rule r; 6s alarm !",
	},
	{
		name: "stale cancels hold",
		csv:  "1,9,0; 30,9,0; 31,9,0; 32,9,0; 33,9,0; 34,9,0; 35,9,0",
		more: `
[[sensor]]
on = "m.x"
every = "1 s"
stale = "2 s"
` + rule("r", `when = "m.x > 5"; hold = "4 s"; `+then),
		want: "34s rule r; 34s alarm !",
	},
	{
		name: "missing makes false, and the value after it is an edge",
		csv:  "1,9,0; 2,,0; 3,9,0",
		more: rule("r", `when = "m.x > 5"; `+then),
		want: "1s rule r; 1s alarm !; 3s rule r; 3s alarm !",
	},
	{
		name: "quiet: again at its end while true",
		csv:  "1,9,0; 30,1,0",
		more: rule("r", `when = "m.x > 5"; quiet = "10 s"; `+then),
		want: "1s rule r; 1s alarm !; 11s rule r; 11s alarm !; 21s rule r; 21s alarm !",
	},
	{
		name: "quiet: not during it, and only if true at its end",
		csv:  "1,9,0; 2,1,0; 3,9,0; 4,1,0; 15,9,0; 16,1,0",
		more: rule("r", `when = "m.x > 5"; quiet = "10 s"; `+then),
		want: "1s rule r; 1s alarm !; 15s rule r; 15s alarm !",
	},
	{
		name: "quiet and hold: true again within quiet, held at its end",
		csv:  "1,9,0; 6,1,0; 12,9,0; 40,1,0",
		more: rule("r", `when = "m.x > 5"; quiet = "10 s"; hold = "4 s"; `+then),
		want: "5s rule r; 5s alarm !; 16s rule r; 16s alarm !; 26s rule r; 26s alarm !; 36s rule r; 36s alarm !",
	},
	{
		name: "age wakes on silence, and a reading resets it",
		csv:  "1,1,0; 5,1,0; 40,1,0",
		more: rule("r", `when = "age(m.x) > 10"; `+then),
		want: "15.000000001s rule r; 15.000000001s alarm !; 50.000000001s rule r; 50.000000001s alarm !",
	},
	{
		name: "age of at least, against a param",
		csv:  "1,1,0; 40,1,0",
		more: rule("r", `when = "age(m.x) >= p.limit"; `+then),
		want: "6s rule r; 6s alarm !; 45s rule r; 45s alarm !",
	},
	{
		name: "at one time, and every so long from it",
		csv:  "0,1,0",
		more: rule("once", `at = "7 s"; `+then) + rule("again", `at = "5 s"; every = "20 s"; `+then) + rule("only", `every = "25 s"; `+then),
		want: "5s rule again; 5s alarm !; 7s rule once; 7s alarm !; 25s rule again; 25s alarm !; 25s rule only; 25s alarm !; 45s rule again; 45s alarm !; 50s rule only; 50s alarm !",
	},
	{
		name: "at with a condition",
		csv:  "0,9,0; 10,1,0; 50,9,0",
		more: rule("r", `at = "5 s"; every = "20 s"; when = "m.x > 5"; `+then),
		want: "5s rule r; 5s alarm !",
	},
	{
		name: "every looks at when only so often",
		csv:  "0,1,0; 3,9,0; 4,1,0; 8,9,0; 12,1,0; 18,9,0; 33,1,0",
		more: rule("r", `every = "10 s"; when = "m.x > 5"; `+then),
		want: "10s rule r; 10s alarm !",
	},
	{
		name: "every looks only so often, though a param changes",
		csv:  "0,1,0; 13,3,0; 18,1,0; 33,3,0",
		more: rule("r", `every = "20 s"; when = "m.x > p.limit"; `+then) + rule("p", `at = "15 s"; then = [ { param = "limit", value = 2 } ]`),
		want: "15s rule p; 40s rule r; 40s alarm !",
	},
	{
		name: "every makes a bare t possible",
		csv:  "0,1,0",
		more: rule("r", `every = "7 s"; when = "t > 20"; `+then),
		want: "21s rule r; 21s alarm !",
	},
	{
		name: "file order at one instant, clocks among them; each rule once",
		csv:  "5,9,9",
		more: rule("a", `at = "5 s"; `+then) + rule("b", `when = "m.x > 5 and m.y > 5"; `+then) + rule("c", `at = "5 s"; `+then) +
			rule("d", `when = "m.x > 5"; hold = "0 s"; `+then),
		want: "5s rule a; 5s alarm !; 5s rule b; 5s alarm !; 5s rule c; 5s alarm !; 5s rule d; 5s alarm !",
	},
	{
		name: "set feeds a rule behind it and one before it, at one instant",
		csv:  "1,9,0; 2,1,0",
		more: rule("before", `when = "m.n == 2"; `+then) +
			rule("sets", `each = "m"; when = "self.x > 5"; then = [ { set = "n", value = "self.x - 7" } ]`) +
			rule("behind", `when = "m.n > 1"; `+then),
		want: "1s rule sets @m; 1s rule behind; 1s alarm !; 1s rule before; 1s alarm !",
	},
	{
		name: "set of the unknown is nothing",
		csv:  "1,9,; 2,1,",
		more: rule("sets", `each = "m"; when = "self.x > 5"; then = [ { set = "n", value = "self.y" } ]`) +
			rule("other", `when = "m.n > -1"; `+then),
		want: "1s rule sets @m; 1s undone sets @m",
	},
	{
		name: "set of what is no number is a missing value",
		csv:  "1,9,0; 2,1,0; 3,9,0",
		more: rule("sets", `each = "m"; when = "self.x > 5"; then = [ { set = "n", value = "(self.x - 9) / self.y" } ]`) +
			rule("missing", `when = "missing(m.n) and m.x > 5"; `+then),
		want: "1s rule sets @m; 1s rule missing; 1s alarm !; 3s rule sets @m; 3s rule missing; 3s alarm !",
	},
	{
		name: "param feeds other rules",
		csv:  "0,7,0; 10,4,0; 20,1,0",
		more: rule("high", `when = "m.x > p.limit"; `+then) +
			rule("low", `when = "m.x < 5 and m.x > 2"; then = [ { param = "limit", value = 3 } ]`),
		want: "0s rule high; 0s alarm !; 10s rule low; 10s rule high; 10s alarm !",
	},
	{
		name: "a param that changed is what actions take",
		csv:  "0,1,0; 10,9,0",
		more: rule("p", `at = "5 s"; then = [ { param = "limit", value = "m.x + 41" } ]`) +
			rule("sets", `each = "m"; when = "self.x > 5"; then = [ { set = "n", value = "p.limit" } ]`) +
			rule("r", `when = "m.n == 42"; `+then),
		want: "5s rule p; 10s rule sets @m; 10s rule r; 10s alarm !",
	},
	{
		name: "event with every and until",
		csv:  "0,1,0",
		more: `
[[event]]
name = "e"
at = "10 s"
every = "10 s"
until = "35 s"
then = [ { alarm = "!" } ]
`,
		want: "10s rule e; 10s alarm !; 20s rule e; 20s alarm !; 30s rule e; 30s alarm !",
	},
	{
		name: "alarm text of a twin",
		csv:  "1,9,0",
		more: rule("r", `each = "m"; when = "self.x > 5"; then = [ { alarm = "{self.id} is {{high}}", severity = "critical" } ]`),
		want: "1s rule r @m; 1s alarm m is {high} @m",
	},
	{
		name: "one rule over two types and three blocks",
		csv:  "1,9,9; 2,1,1",
		more: `
[[twin]]
id = "n-{n}"
count = 2
type = "record"
channels = { y = "", x = "", z = "" }

[source.other]
"m.*" = { replay = "a.csv", time = "t", step = "1 s" }
` + rule("sets", `each = "n-*"; at = "1 s"; then = [ { set = "q", value = 1 } ]`) +
			rule("on all", `each = "{m,n-*}"; when = "m.x > 5"; then = [ { alarm = "{self}" } ]`),
		want: "1s rule sets @n-1; 1s rule sets @n-2; 1s rule on all @m; 1s alarm m @m; 1s rule on all @n-1; 1s alarm n-1 @n-1; 1s rule on all @n-2; 1s alarm n-2 @n-2",
	},
	{
		name: "hour(t) wakes by itself, with no reading near the boundary",
		run:  `for = "50 h"`,
		csv:  "0,1,0",
		more: rule("r", `when = "hour(t) in 4..5"; `+then),
		want: "4h0m0s rule r; 4h0m0s alarm !; 28h0m0s rule r; 28h0m0s alarm !",
	},
	{
		name: "a time of day follows daylight saving",
		run:  `for = "72 h", timezone = "Europe/Paris", start = 2026-03-28T00:00:00+01:00`,
		csv:  "0,1,0",
		more: rule("daily", `at = "05:00"; `+then) + rule("in the gap", `at = "02:30"; `+then) + rule("hour", `when = "hour(t) == 5"; `+then),
		// On 29 March 2026 clocks in Paris go from 2 to 3: there is no 2:30, which
		// is read as 3:30, 2.5 h after midnight.
		want: "2h30m0s rule in the gap; 2h30m0s alarm !; 5h0m0s rule daily; 5h0m0s alarm !; 5h0m0s rule hour; 5h0m0s alarm !; " +
			"26h30m0s rule in the gap; 26h30m0s alarm !; 28h0m0s rule daily; 28h0m0s alarm !; 28h0m0s rule hour; 28h0m0s alarm !; " +
			"49h30m0s rule in the gap; 49h30m0s alarm !; 52h0m0s rule daily; 52h0m0s alarm !; 52h0m0s rule hour; 52h0m0s alarm !",
	},
	{
		name: "a time of day every 7 days across daylight saving",
		run:  `for = "20 d", timezone = "Europe/Paris", start = 2026-03-22T12:00:00+01:00`,
		csv:  "0,1,0",
		more: rule("weekly", `at = "05:00"; every = "7 d"; `+then),
		want: "17h0m0s rule weekly; 17h0m0s alarm !; 184h0m0s rule weekly; 184h0m0s alarm !; 352h0m0s rule weekly; 352h0m0s alarm !",
	},
	{
		name: "a day and a time of day",
		run:  `for = "4 d", start = 2026-05-01T12:00:00Z`,
		csv:  "0,1,0",
		more: rule("once", `at = "1d 06:00"; `+then),
		want: "18h0m0s rule once; 18h0m0s alarm !",
	},
	{
		name: "a date",
		run:  `for = "4 d"`,
		csv:  "0,1,0",
		more: rule("once", `at = "2026-05-03T04:00:00Z"; `+then),
		want: "52h0m0s rule once; 52h0m0s alarm !",
	},
}

func TestRules(t *testing.T) {
	for _, c := range ruleCases {
		t.Run(c.name, func(t *testing.T) {
			if strings.Contains(c.run, "start") { // TOML has no key twice
				c.more = strings.Replace(c.text(), "start = 2026-05-01T00:00:00Z, ", "", 1)
			} else {
				c.more = c.text()
			}
			run, tr := traced(t, c.more, c.files())
			finish(t, run)
			var want []string
			if c.want != "" {
				want = strings.Split(c.want, "; ")
			}
			diffLines(t, tr.events, want)
		})
	}
}

// Three rules that pass a number round, in an order in which each sees its
// condition turn false before it turns true again.
func TestRulesThatSetEachOtherOff(t *testing.T) {
	var sets, params string
	for _, k := range []string{"5 6", "7 5", "6 7"} {
		from, to, _ := strings.Cut(k, " ")
		sets += rule("at "+from, fmt.Sprintf(`each = "m"; when = "self.x + 0 == %s"; then = [ { set = "z", value = %s } ]`, from, to))
		params += rule("at "+from, fmt.Sprintf(`when = "p.limit == %s"; then = [ { param = "limit", value = %s } ]`, from, to))
	}
	sets = strings.Replace(strings.ReplaceAll(sets, "self.x + 0", "self.z"), "self.z == 5", "missing(self.z) and self.x == 5 or self.z == 5", 1)
	for name, more := range map[string]string{"set": sets, "param": params} {
		c := ruleCase{csv: "1,5,0", more: more}
		run, _ := traced(t, c.text(), c.files())
		err := run.Execute(context.Background())
		if err == nil || !strings.Contains(err.Error(), `rule "at `) || !strings.Contains(err.Error(), "101th time") {
			t.Errorf("%s: got %v, want an error that names a rule", name, err)
		}
	}
}

func TestSeverity(t *testing.T) {
	c := ruleCase{csv: "1,9,0", more: rule("r", `when = "m.x > 5"; then = [ { alarm = "a", severity = "critical" }, { alarm = "b" } ]`)}
	run, tr := traced(t, c.text(), c.files())
	finish(t, run)
	diffLines(t, tr.details, []string{"", "critical: r", "r"})
}

func TestParamIsNoNumber(t *testing.T) {
	c := ruleCase{csv: "1,0,0", more: rule("r", `when = "m.x == 0"; then = [ { param = "limit", value = "1 / m.x" } ]`)}
	run, _ := traced(t, c.text(), c.files())
	if err := run.Execute(t.Context()); err == nil || !strings.Contains(err.Error(), `rule "r": test.toml:21: it sets param limit to +Inf, which is no number: "1 / m.x"`) {
		t.Errorf("got %v", err)
	}
}

// Commands go out in the order in which they were given, after all rules, and
// `for` is undone by the valve itself.
func TestCommands(t *testing.T) {
	text := `
spec = 1
name = "commands"
run = { start = 2026-05-01T00:00:00Z, for = "4 h" }

[params]
span = { value = "30 min", unit = "min" }

[[twin]]
id = "a-{n}"
count = 2
type = "farm/valve"
with = { flow = "60 L/min" }

[[twin]]
id = "weather"
type = "farm/weather"

[[twin]]
id = "b"
type = "farm/valve"
with = { flow = "60 L/min" }

[[twin]]
id = "zone-1"
type = "farm/zone"
needs = { weather = "weather", valve = "b" }

[[sensor]]
on = "{a-1,b}.open"
every = "5 min"

[[rule]]
name = "last wins"
at = "1 h"
then = [ { command = "a-1.open" }, { command = "a-1.close" }, { command = "{self.valve}.deliver", value = "600 L" } ]
each = "zone-*"

[[rule]]
name = "span"
at = "2 h"
then = [ { param = "span", value = "20 min" }, { command = "a-*.open", for = "p.span" } ]

[[rule]]
name = "seen"
each = "zone-*"
when = "self.valve.open > 0"
then = [ { alarm = "{self.valve} is open" } ]

[[kpi]]
name = "a"
expr = "total('a-*', 'delivered')"

[[kpi]]
name = "b"
expr = "total('b', 'delivered')"

[[kpi]]
name = "orders"
expr = "commands('a-*.open') * 100 + commands('*.deliver')"
`
	run, tr := traced(t, text, nil)
	res := finish(t, run)
	diffLines(t, tr.events, []string{
		"1h0m0s rule last wins @zone-1", "1h0m0s command open @a-1", "1h0m0s command close @a-1", "1h0m0s command deliver @b",
		"1h5m0s rule seen @zone-1", "1h5m0s alarm b is open @zone-1",
		"2h0m0s rule span", "2h0m0s command open @a-1", "2h0m0s command open @a-2",
	})
	// Two valves open 20 min at 60 L/min are 2.4 m3.
	for i, want := range []float64{2.4, 0.6, 301} {
		if got := res.KPIs[i].Value; got < want-1e-6 || got > want+1e-6 {
			t.Errorf("%s = %v, want %v", res.KPIs[i].Name, got, want)
		}
	}
}
