package scenarios

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

const small = `spec = 1
name = "farm"
[run]
start = 2026-03-28T00:00:00+01:00
timezone = "Europe/Paris"
for = "p.span"
seed = 42
[params]
span = { value = "3 d", max = "1 week" }
trigger = { value = 0.22, unit = "m3/m3", min = 0.10, max = "35 %" }
dose = "12 min"
crew = 2
soil = { value = "loam", choices = ["loam", "sand"] }
wet = false
[[twin]]
id = "valve-{n:02}"
count = "p.crew"
type = "farm/valve"
with = { flow = "40 L/min", open = "normal(10, 1) mm", soil = "p.soil" }
[[twin]]
id = "zone-{n}"
count = 24
type = "farm/zone"
needs = { valve = "valve-{ceil(n/12):02}", before = "zone-{n-1}" }
[[sensor]]
on = "zone-*.soil_moisture"
dropout = 0.01
every = "10 min"
noise = "0.4 %"
[[rule]]
name = "dry"
each = "zone-[1-3]"
when = "self.vwc < p.trigger"
quiet = "p.dose"
then = [ { command = "{self.valve}.open", for = "p.dose" } ]
[[event]]
at = "1d 14:00"
then = [ { fault = "leak", on = "valve-01", with = { flow = "6 L/min" } } ]
[[fault]]
kind = "drift"
on = "zone-9.soil_moisture"
for = "exponential(3 h)"
with = { per_day = 0.004 }
[[kpi]]
name = "stress days"
expr = "1"
[[variant]]
name = "timer"
off = ["rule.dr*"]
params = { trigger = "20 %" }
add = { rule = [ { name = "dry", at = "05:00", then = [ { command = "valve-*.open" } ] } ] }
[source.bench]
"zone-3.soil_moisture" = { mqtt = "farm/3", broker = "mqtt://127.0.0.1:1883", format = "json:value" }
`

func decodeSmall(t *testing.T) *Spec {
	t.Helper()
	s, err := Decode("small.toml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDecode(t *testing.T) {
	s := decodeSmall(t)
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"name", s.Name.Src, "farm"},
		{"seed", s.Run.Seed, uint64(42)},
		{"start", s.Run.Start.Format(time.RFC3339), "2026-03-28T00:00:00+01:00"},
		{"zone", s.Run.Zone.String(), "Europe/Paris"},
		{"replications", s.Run.Replications, 1},
		{"params", len(s.Params), 6},
		{"max in the param's unit", s.Param("trigger").High, 0.35},
		{"max of a span", s.Param("span").High, 7.0},
		{"kind of soil", s.Param("soil").Kind, WordParam},
		{"kind of wet", s.Param("wet").Kind, FlagParam},
		{"with in order", s.Twins[0].With[1].Name.Src, "open"},
		{"chain in order", []string{s.Sensors[0].Chain[0].Name.Src, s.Sensors[0].Chain[1].Name.Src}, []string{"dropout", "noise"}},
		{"every", s.Sensors[0].Every.Time, 10 * sim.Minute},
		{"a rule's place", s.Rules[0].When.Pos, Position{33, 8, 22}},
		{"inside its expression", s.Rules[0].When.At(strings.Index(s.Rules[0].When.Src, "p.")), Position{33, 20, 1}},
		{"action", s.Rules[0].Then[0].Kind, "command"},
		{"fault for", s.Faults[0].For.Law.Args[0], 10800.0},
		{"fault's name", s.Faults[0].Name.Src, "drift zone-9.soil_moisture"},
		{"source", s.Profiles[0].Entries[0].Kind + " " + s.Profiles[0].Entries[0].Address.Src, "mqtt farm/3"},
		{"source keys", len(s.Profiles[0].Entries[0].Keys), 2},
		{"baseline", s.Compare.Baseline.Src, ""},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s is %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestResolve(t *testing.T) {
	s := decodeSmall(t)
	if n, err := s.Whole(s.Twins[0].Count); err != nil || n != 2 {
		t.Errorf("count: %d, %v", n, err)
	}
	if v, err := s.Number(s.Twins[0].With[0].Value, "L/h"); err != nil || v != 2400 {
		t.Errorf("flow: %v, %v", v, err)
	}
	if law, err := s.Draws(s.Twins[0].With[1].Value, "cm"); err != nil || law.Args[0] != 1 || law.Args[1] != 0.1 {
		t.Errorf("law: %v, %v", law, err)
	}
	if w, err := s.Word(s.Twins[0].With[2].Value); err != nil || w != "loam" {
		t.Errorf("soil: %q, %v", w, err)
	}
	if d, err := s.Span(s.Run.For); err != nil || d != 3*sim.Day {
		t.Errorf("for: %v, %v", d, err)
	}
	// Clocks go forward at 02:00 on 29 March 2026: 14:00 comes an hour sooner.
	if at, err := s.Offset(s.Events[0].At); err != nil || at != 37*sim.Hour {
		t.Errorf("event: %v, %v", at, err)
	}
	_, err := s.Number(s.Twins[0].With[0].Value, "m2")
	want := "small.toml:19:17: 40 L/min is a flow, not an area\n   19 | with = { flow = \"40 L/min\""
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("a flow in m2: %v", err)
	}
}

func TestSetParam(t *testing.T) {
	s := decodeSmall(t)
	for _, c := range []struct{ name, text, fails string }{
		{"trigger", "0.2", ""}, {"trigger", "20 %", ""}, {"trigger", "0.4", "above its max 35 %"}, {"trigger", "3 L", "is a volume"},
		{"dose", "15 min", ""}, {"dose", "900 s", ""}, {"dose", "15", `write "15 min"`}, {"span", "2 weeks", "above its max"},
		{"soil", "sand", ""}, {"soil", "sandy", `did you mean "sand"?`}, {"wet", "true", ""}, {"wet", "yes", "true or false"},
		{"triger", "1", `did you mean "trigger"?`}, {"crew", "3", ""}, {"crew", "p.dose", "can't be another param"},
	} {
		before := *s.Param("trigger")
		err := s.SetParam(c.name, c.text)
		if c.fails == "" && err != nil || c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)) {
			t.Errorf("%s=%s: %v, want %q", c.name, c.text, err, c.fails)
		}
		if err != nil && !reflect.DeepEqual(before, *s.Param("trigger")) {
			t.Errorf("%s=%s failed and yet changed the param", c.name, c.text)
		}
	}
	if got := s.Param("dose").Number; got != 15 {
		t.Errorf("dose is %v min", got)
	}
	if d, err := s.Span(s.Rules[0].Quiet); err != nil || d != 15*sim.Minute {
		t.Errorf("quiet does not follow its param: %v, %v", d, err)
	}
	if n, err := s.Whole(s.Twins[0].Count); err != nil || n != 3 {
		t.Errorf("count does not follow its param: %v, %v", n, err)
	}
}

func TestApply(t *testing.T) {
	s := decodeSmall(t)
	v, err := s.Apply("timer")
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Rules) != 1 || v.Rules[0].When.Given() || v.Param("trigger").Number != 0.2 {
		t.Errorf("variant: %d rules, trigger %v", len(v.Rules), v.Param("trigger").Number)
	}
	if len(s.Rules) != 1 || !s.Rules[0].When.Given() || s.Param("trigger").Number != 0.22 {
		t.Error("the variant changed the scenario")
	}
	if b, err := s.Apply("base"); err != nil || !b.Rules[0].When.Given() {
		t.Errorf("base: %v", err)
	}
	if _, err := s.Apply("timr"); err == nil || !strings.Contains(err.Error(), `did you mean "timer"?`) {
		t.Errorf("unknown variant: %v", err)
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern string
		yes, no []string
	}{
		{"zone-*", []string{"zone-1", "zone-"}, []string{"zone", "azone-1", "zone-1.vwc"}},
		{"zone-*.vwc", []string{"zone-1.vwc"}, []string{"zone-1.x.vwc", "zone-1.vwcs"}},
		{"*", []string{"", "a"}, []string{"a.b"}},
		{"zone-0?", []string{"zone-01", "zone-0é"}, []string{"zone-0", "zone-0.", "zone-012"}},
		{"zone-[1-35]", []string{"zone-1", "zone-3", "zone-5"}, []string{"zone-4", "zone-0", "zone-"}},
		{"zone-[!1-3]", []string{"zone-4"}, []string{"zone-1"}},
		{"{zone,valve}-{1,2}.*", []string{"zone-1.a", "valve-2.b"}, []string{"zone-3.a", "pump-1.a"}},
		{"a*b*c", []string{"abc", "axxbyybzc"}, []string{"ab", "acb"}},
		{"a**", []string{"a", "abc"}, []string{"b"}},
		{"[", nil, []string{"[", ""}},
	} {
		for _, s := range c.yes {
			if !Match(c.pattern, s) {
				t.Errorf("%q does not match %q", c.pattern, s)
			}
		}
		for _, s := range c.no {
			if Match(c.pattern, s) {
				t.Errorf("%q matches %q", c.pattern, s)
			}
		}
	}
}

// TestMatchProperty builds names from patterns.
func TestMatchProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var pattern, name strings.Builder
		for range rapid.IntRange(1, 6).Draw(t, "parts") {
			lit := rapid.StringMatching(`[a-c-]{0,3}`).Draw(t, "literal")
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0:
				pattern.WriteString("*")
			case 1:
				lit = rapid.StringMatching(`[a-c]`).Draw(t, "one")
				pattern.WriteString("?")
			case 2:
				lit = rapid.StringMatching(`[a-c]`).Draw(t, "one")
				pattern.WriteString("[xa-c]")
			case 3:
				pattern.WriteString("{z," + lit + "}")
			default:
				pattern.WriteString(lit)
			}
			name.WriteString(lit)
		}
		if p := pattern.String(); p != "" && !Match(p, name.String()) {
			t.Fatalf("%q does not match %q", p, name.String())
		}
	})
}

func TestTemplate(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want string
	}{
		{"zone-{n:02}", 7, "zone-07"}, {"zone-{n}", 12, "zone-12"}, {"b-{n-1}", 1, "b-0"}, {"b-{ n + 1 :03}", 9, "b-010"}, {"g-{ceil(n/12)}", 13, "g-2"}, {"{{n}}", 1, "{n}"},
		{"{m}", 1, "!"}, {"{n:2}", 1, "!"}, {"{n:0x}", 1, "!"}, {"{ceil(n/0)}", 1, "!"}, {"{n+}", 1, "!"}, {"{}", 1, "!"}, {"{n", 1, "!"}, {"n}", 1, "!"}, {"{n:099}", 1, "!"},
	} {
		tpl, err := ParseTemplate(c.text)
		got := "!"
		if err == nil {
			if s, err := tpl.Expand(c.n); err == nil {
				got = s
			}
		}
		if got != c.want {
			t.Errorf("%q of %d is %q, want %q", c.text, c.n, got, c.want)
		}
	}
	tpl, err := ParseTemplate("bearing {self.id}: {self.rul_h:.0f} h")
	if err != nil || len(tpl.Parts) != 5 || tpl.Parts[3].Expr != "self.rul_h" || tpl.Parts[3].Format != ".0f" {
		t.Errorf("%+v, %v", tpl, err)
	}
}

func TestNearest(t *testing.T) {
	list := []string{"every", "hold", "when", "severity"}
	for word, want := range map[string]string{"evry": "every", "hodl": "hold", "WHEN": "when", "sevrty": "severity", "xyz": "", "": ""} {
		if got, _ := Nearest(word, list); got != want && !(want == "" && got == "") {
			t.Errorf("nearest to %q is %q, want %q", word, got, want)
		}
	}
}

// TestLibrary decodes the scenarios that come with the program.
func TestLibrary(t *testing.T) {
	files, err := filepath.Glob("library/*.toml")
	if err != nil || len(files) == 0 {
		t.Skip("no built-in scenarios: library/*.toml is missing")
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(f, text); err != nil {
			t.Error(err)
		}
	}
}

// TestProblemCount checks that the list is cut, that the rest is counted, and
// that the list is in the order of the file.
func TestProblemCount(t *testing.T) {
	var b strings.Builder
	b.WriteString("name = 3\n[run]\n")
	for i := range 200 {
		b.WriteString("z" + strings.Repeat("z", i) + " = 1\n")
	}
	_, err := Decode("x.toml", []byte(b.String()))
	p, ok := err.(*Problems)
	if !ok || len(p.List) != 20 || p.More != 182 || len(p.Unwrap()) != 20 {
		t.Fatalf("%T %v", err, err)
	}
	for i := range p.List[1:] {
		if p.List[i].Pos.Line > p.List[i+1].Pos.Line {
			t.Fatalf("line %d before %d", p.List[i].Pos.Line, p.List[i+1].Pos.Line)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(small))
	files, _ := filepath.Glob("testdata/broken/*.toml")
	more, _ := filepath.Glob("library/*.toml")
	for _, name := range append(files, more...) {
		if text, err := os.ReadFile(name); err == nil {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Decode("fuzz.toml", text)
		if err != nil {
			p, ok := err.(*Problems)
			if !ok || len(p.List) == 0 || len(p.List) > maxProblems {
				t.Fatalf("%T", err)
			}
			lines := strings.Count(string(text), "\n") + 1
			for _, one := range p.List {
				if one.Pos.Line > lines || one.Pos.Line < 0 || one.Pos.Line > 0 && (one.Pos.Col < 1 || one.Pos.Width < 1) || one.What == "" {
					t.Fatalf("%+v of %d lines", one, lines)
				}
			}
			if err.Error() != func() string { _, e := Decode("fuzz.toml", text); return e.Error() }() {
				t.Fatal("two errors of one text")
			}
			return
		}
		if s.Name.Pos.IsZero() || s.Run.Replications < 1 || s.Run.Zone == nil {
			t.Fatalf("%+v", s.Run)
		}
		for i := range s.Variants {
			if _, err := s.Apply(s.Variants[i].Name.Src); err != nil {
				t.Fatal(err)
			}
		}
	})
}
