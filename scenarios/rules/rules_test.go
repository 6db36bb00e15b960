package rules

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/twinsim/twinsim/sim"
)

func eval(t *testing.T, text string, c *Context, zone int) (value, known bool) {
	t.Helper()
	value, known, err := condition(t, text).Eval(c, bases(zone))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value, known
}

func number64(t *testing.T, text string, c *Context, zone int) float64 {
	t.Helper()
	v, known, err := formula(t, text).Eval(c, bases(zone))
	if err != nil || !known {
		t.Fatalf("%s: known %v, %v", text, known, err)
	}
	return v
}

func TestOneTextServesAllTwins(t *testing.T) {
	s := testState()
	s.Values[0*zoneAttrs], s.Values[3*zoneAttrs] = 0.3, 0.1
	s.Values[weatherBase] = 4
	c := NewContext(s)
	c.Set(5 * sim.Hour)
	x := condition(t, "self.vwc < p.trigger and hour(t) in 4..8 and self.weather.et0 > 3")
	if !x.Fast() || x.Bases() != 2 {
		t.Errorf("Fast %v, Bases %d, want true, 2", x.Fast(), x.Bases())
	}
	for zone, want := range map[int]bool{0: false, 3: true} {
		if v, known, err := x.Eval(c, bases(zone)); v != want || !known || err != nil {
			t.Errorf("zone %d: %v %v %v, want %v", zone, v, known, err, want)
		}
	}
	c.Set(9 * sim.Hour)
	if v, _, _ := x.Eval(c, bases(3)); v {
		t.Error("true at 9 o'clock")
	}
	off := []Base{{12, 2, 0}, {Channel: -1}}
	if _, known, _ := x.Eval(c, off); known {
		t.Error("known without the weather it needs")
	}
}

func TestNumbersAreExprs(t *testing.T) {
	s := testState()
	s.Values[2], s.Values[3], s.Values[1] = 1, 2, -0.5 // alarm, mode, temp of zone 0
	c := NewContext(s)
	for text, want := range map[string]float64{
		"5 / 2":                              2.5,
		"7 % 4":                              3,
		"-7 % 4":                             -3,
		"1 / 0":                              math.Inf(1),
		"2 ** 0.5":                           math.Sqrt2,
		"2 ^ 3 ^ 2":                          512,
		"abs(self.temp)":                     0.5,
		"round(-2.5)":                        -3,
		"clamp(12, 0, 10)":                   10,
		"min(3, 1, 2)":                       1,
		"min(3, 0.5)":                        0.5,
		"max(self.temp, 1)":                  1,
		"mean(1, 2)":                         1.5,
		"median(1, 5, 2)":                    2,
		"self.mode * 2":                      4,
		"self.alarm ? 1 : 2.5":               1,
		"int(2.9)":                           2,
		"9223372036854775807 + 1":            math.MinInt64,
		"self.area":                          1,
		"total('valve-*', 'delivered')":      5,
		"let d = self.mode - 0.5; d * d":     2.25,
		"sum([1, 2, 3])":                     6,
		"reduce(1..4, #acc * #)":             24,
		"len(self.crop)":                     5,
		"hypot(3, 4)":                        5,
		"sqrt(self.mode + 2)":                2,
		"self.temp in [-0.5, 2] ? 1 : 0":     1,
		`self.crop == "maize" ? 1 : 0`:       1,
		`self.crop contains "iz" ? 1 : 0`:    1,
		`self.crop matches "^ma" ? 1 : 0`:    1,
		`self.crop not in ["rye"] ? 1 : 0`:   1,
		`1 < self.mode <= 2 ? 1 : 0`:         1,
		"if self.alarm { 3 } else { 4 }":     3,
		"[self.temp, 2.0, 3.0][self.mode]":   3,
		"(self.mode > 5 ? 1 : 0.5) + 1":      1.5,
		"float(self.mode) + ceil(self.temp)": 2,
	} {
		if got := number64(t, text, c, 0); !same(got, want) {
			t.Errorf("%s = %v, want %v", text, got, want)
		}
	}
}

func TestGroups(t *testing.T) {
	s := testState()
	for i, v := range []float64{0.1, 0.4, 0.2, 0.3, 9, 0.5} {
		s.Values[i*zoneAttrs] = v
	}
	s.Flags[4*zoneAttrs] = 1 // the 9 is not known
	c := NewContext(s)
	for text, want := range map[string]float64{
		`sum(each("zone-*.vwc"))`:                                 1.5,
		`mean(each("zone-*.vwc"))`:                                0.3,
		`min(each("zone-*.vwc"))`:                                 0.1,
		`max(each("zone-*.vwc"))`:                                 0.5,
		`median(each("zone-*.vwc"))`:                              0.3,
		`count(each("zone-*.vwc"))`:                               5,
		`count(each("zone-*.vwc"), # < 0.35)`:                     3,
		`sum(each("zone-*.vwc"), # * 2)`:                          3,
		`count(each("zone-*.vwc"), count(each("zone-*.temp"))>4)`: 5,
	} {
		x := formula(t, text)
		if got := number64(t, text, c, 0); math.Abs(got-want) > 1e-12 || !x.Fast() {
			t.Errorf("%s = %v (fast %v), want %v", text, got, x.Fast(), want)
		}
	}
	for i := range zones {
		s.Flags[i*zoneAttrs] = 32
	}
	if _, known, _ := formula(t, `count(each("zone-*.vwc"))`).Eval(c, bases(0)); known {
		t.Error("a group without a known value is known")
	}
}

func TestMissingInputs(t *testing.T) {
	s := testState()
	c := NewContext(s)
	s.Flags[0] = 32 // zone 0's vwc is stale
	s.Values[0] = 0.1
	c.Set(10 * sim.Minute)
	for _, tt := range []struct {
		text         string
		value, known bool
	}{
		{"self.vwc < 1", false, false},
		{"self.temp == 0 or self.vwc < 1", false, false}, // whatever the order
		{"self.vwc < 1 or self.temp == 0", false, false},
		{"self.temp == 0", true, true},
		{"missing(self.vwc)", true, true},
		{"missing(self.vwc) or self.vwc > 1", true, true},
		{"self.vwc > 0.05 and missing(self.vwc)", true, true}, // its last value
		{"age(self.vwc) > 300 and self.vwc < 1", true, true},
		{`quality(self.vwc, "stale") and not quality(self.vwc, "good")`, true, true},
		{"quality(self.vwc) == 32 and quality(self.temp) == 0", true, true},
		{`quality(self.temp, "good")`, true, true},
		{"let v = self.vwc; v < 1", false, false}, // the machine too
	} {
		if v, known := eval(t, tt.text, c, 0); v != tt.value || known != tt.known {
			t.Errorf("%s: %v, known %v, want %v, %v", tt.text, v, known, tt.value, tt.known)
		}
	}
}

func TestErrorsOfEvaluation(t *testing.T) {
	c := NewContext(testState())
	for text, want := range map[string]string{
		"1 + 3 % self.mode":                      "1:7: " + divideByZero,
		"int(1 / self.vwc)":                      "1:1: int of a number",
		"let z = self.mode; 3 % z":               "1:22: " + divideByZero,
		"let z = self.vwc; int(1 / z)":           "1:19: int of a number",
		"max(filter(each('zone-*.vwc'), # > 1))": "1:1: no values",
	} {
		_, _, err := formula(t, text).Eval(c, bases(0))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
		// The context is as good as new.
		if v := number64(t, "1 + 1", c, 0); v != 2 {
			t.Errorf("after %s: 1 + 1 = %v", text, v)
		}
	}
}

func TestErrorsOfText(t *testing.T) {
	long := strings.Repeat("self.vwc + ", 300) + "1 > 0"
	for text, want := range map[string]string{
		"self.temp > 80 && !self.alrm":           "1:20: unknown name self.alrm; did you mean self.alarm?",
		"self.vwc <\n p.triger":                  "2:2: unknown name p.triger; did you mean p.trigger?",
		"self.truth > 1":                         "1:1: self.truth is known to the plant only",
		"self.temp + 1":                          "1:11: want true or false, got a number",
		"self.crop":                              "1:1: want true or false, got a text",
		"self.temp > 'x'":                        "1:11: \">\" does not go with a number and a text",
		"self.temp = 3":                          `1:11: "=" compares nothing; did you mean "=="?`,
		"(self.temp > ) and true":                `1:14: ")" has no place here`,
		"self.temp ? true : false":               `1:1: what stands before "?" must be true or false, not a number`,
		"any('x', # > 1)":                        "1:5: any takes a group, not a text",
		"len(1) > 1":                             "1:1: len can't take a whole number",
		"abs(1, 2) > 1":                          "1:1: takes 1 argument, not 2",
		"self.crop == 'maize":                    "1:20: a quote is not closed",
		"self.temp <> 3":                         `1:12: ">" has no place here; did you mean "!="?`,
		"self.temp => 3":                         `1:11: "=" compares nothing; did you mean ">="?`,
		"self.vwc < 20 %":                        "1:15: the expression ends too early; numbers in expressions have no units",
		"self.temp in 'abc'":                     `1:11: "in" does not go with a number and a text`,
		"first(3) > 1":                           "1:1: first takes an array, not a whole number",
		"bitand(1.5, 2) > 1":                     "1:8: bitand takes a whole number, not a number",
		"self.temp[0] > 1":                       "1:10: a number has no items",
		"self.temp > 0x":                         "1:14: this is no number",
		"self.temp > 3 mm":                       `1:15: "mm" has no place here`,
		"now() > 1":                              "1:1: now is not part of the language of rules: it reads the wall clock; use t",
		"self.keys() > 1":                        "1:6: only functions can be called",
		"groupBy([1], # > 1) == 1":               "1:1: groupBy is not part",
		"sqr(2) > 1":                             "1:1: unknown function sqr; did you mean sqrt?",
		"totl('a', 'b') > 1":                     "1:1: unknown function totl; did you mean total?",
		"total('a') > 1":                         "1:1: total takes a pattern",
		"hour(5) == 1":                           "1:1: hour takes t",
		"sqrt() > 1":                             "1:1: sqrt takes 1 argument, not 0",
		"sqrt('x') > 1":                          "1:1: sqrt takes numbers, not a text",
		"self.temp in 20..25":                    "1:11: true for whole numbers only",
		"hour(t) in 1..self.mode":                "1:13: the ends of a range",
		"any(1..9999999, # > 1)":                 "1:6: a range can have 10000 numbers",
		"self.crop matches self.crop":            "1:11: the pattern of matches must be a constant",
		`self.crop matches "("`:                  "1:19: error parsing regexp",
		"age(5) > 1":                             "1:5: age takes an attribute",
		"missing(p.trigger)":                     "1:9: missing takes an attribute",
		`quality(self.vwc, "stal")`:              `1:19: unknown flag "stal"; did you mean stale?`,
		`each("press-*.x")`:                      `1:1: each("press-*.x") matches nothing`,
		"self.vwc?.x > 1":                        "1:",
		"nil == 1":                               "1:1: there is no nil",
		"{a: 1}.a > 1":                           "1:",
		"$env.x":                                 "1:",
		"1 % 0 == 1":                             "1:3: " + divideByZero,
		"self.vwc >":                             "1:10: the expression ends too early",
		long:                                     "1:",
		"any(1..9, any(1..9, any(1..9, # > 1)))": "1:31: predicates can be nested 2 deep",
		"any(1..5000, any(1..5000, # > 1))":      "1:1: evaluates a predicate up to",
		strings.Repeat("(", 5000):                "1:1: an expression can have 4096 bytes",
		"twin('zone-01') > 1":                    "1:1: a twin is no value",
		"twin('zone-99').vwc > 1":                "1:1: unknown name zone-99.vwc",
		"(self.vwc + 1).x > 1":                   "1:",
		"true; false":                            "1:1: an expression is one expression",
	} {
		_, err := NewCondition(text, testEnv())
		var e *Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.60s\n got %v\nwant %s", text, err, want)
		}
	}
	_, err := NewFormula("self.vwc > 1", testEnv())
	if err == nil || err.Error() != "1:10: want a number, got true or false" {
		t.Errorf("formula of a condition: %v", err)
	}
	if _, err := NewCondition("x > 1", nil); err == nil {
		t.Error("a name without an Env")
	}
}

func TestReads(t *testing.T) {
	x := condition(t, `self.vwc < p.trigger and missing(self.temp) and self.weather.et0 > weather.rain and any(each("zone-*.vwc"), # > 1) and self.vwc > 0`)
	want := map[Input]bool{{Self, 0}: true, {Self, 1}: true, {1, 0}: true, {Absolute, weatherBase + 1}: true}
	for i := range int32(zones) {
		want[Input{Absolute, i * zoneAttrs}] = true
	}
	for _, in := range x.Reads() {
		if !want[in] {
			t.Errorf("reads %+v, or reads it twice", in)
		}
		delete(want, in)
	}
	if len(want) > 0 {
		t.Errorf("does not read %v", want)
	}
}

func TestNeedsEvery(t *testing.T) {
	for text, want := range map[string]string{
		"self.vwc < 1":                                 "",
		"hour(t) in 4..8":                              "",
		"age(self.vwc) > 5 * 60":                       "",
		"5 <= age(self.vwc) < p.limit":                 "",
		"t > 3600":                                     "t",
		"age(self.vwc) > age(self.temp)":               "age(self.vwc)",
		"age(self.vwc) > 2 * p.limit":                  "age(self.vwc)",
		"age(self.vwc) > 60 and age(self.vwc) * 2 > 5": "age(self.vwc)",
	} {
		if got := condition(t, text).NeedsEvery(); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestNextIsNeverLate steps through time by the nanosecond around what Next
// says, and by large strides between, and sees that nothing changes before it.
func TestNextIsNeverLate(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zone data on this machine: ", err)
	}
	s := testState()
	s.Calendar = Calendar{Epoch: time.Date(2026, 3, 28, 20, 17, 11, 5, zone), Zone: zone} // the night before summer time
	s.Heard[0] = 100*sim.Second + 1
	s.Params[1] = 0.1
	for _, text := range []string{
		"hour(t) in 4..8", "minute(t) == 30", "day(t) == 29", "weekday(t) == 0", "month(t) == 4", "dayofyear(t) % 2 == 0",
		"age(self.vwc) > 60", "age(self.vwc) >= 60", "age(self.vwc) < 0.3", "age(self.vwc) <= p.limit", "age(self.vwc) == 1.5",
	} {
		x := condition(t, text)
		c := NewContext(s)
		at := func(now sim.Time) bool {
			c.Set(now)
			v, _, err := x.Eval(c, bases(0))
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		changes := 0
		for now := s.Heard[0] + 1; now < 9*sim.Day; {
			before := at(now)
			next := x.Next(c, bases(0))
			if next <= now {
				t.Fatalf("%s: next at %v is %v", text, now, next)
			}
			end := min(next, 9*sim.Day)
			for k := range sim.Time(20) {
				if early := now + (end-now-1)/19*k; at(early) != before {
					t.Fatalf("%s: changed at %v, before %v", text, early, next)
				}
			}
			if at(end-1) != before {
				t.Fatalf("%s: changed at %v, before %v", text, end-1, next)
			}
			if next == sim.Never {
				break
			}
			if at(next) != before {
				changes++
			}
			now = next
		}
		if changes == 0 {
			t.Errorf("%s never changed: the test tests nothing", text)
		}
	}
}

func TestCalendarAgreesWithTime(t *testing.T) {
	zone, err := time.LoadLocation("Australia/Lord_Howe") // half an hour of summer time
	if err != nil {
		t.Skip("no time zone data on this machine: ", err)
	}
	s := testState()
	s.Calendar = Calendar{Epoch: time.Date(2026, 4, 4, 0, 0, 1, 0, time.UTC), Zone: zone}
	c := NewContext(s)
	for now := sim.Time(0); now < 3*sim.Day; now += 17 * sim.Second {
		c.Set(now)
		at := s.Calendar.Epoch.Add(time.Duration(now)).In(zone)
		want := [fields]int{minute: at.Minute(), hour: at.Hour(), day: at.Day(), weekday: int(at.Weekday()), month: int(at.Month()), dayofyear: at.YearDay()}
		for f, w := range want {
			if got := c.field(field(f)); got != w {
				t.Fatalf("%v: field %d is %d, want %d", at, f, got, w)
			}
		}
	}
}

// FuzzCompile: no text makes the compiler panic, and where closures evaluate
// what it is, the machine agrees.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{
		"self.vwc < p.trigger and hour(t) in 4..8", "count(each(\"zone-*.vwc\"), # < 0.2) > 2", "let x = 1; x > 0",
		"age(self.vwc) > 300 ? true : false", "a?.b ?? 1", "{a: 1}", "1..2", "(((((", "self.crop matches \"a+\"", "\xff", "#",
		"twin(\"zone-01\").vwc ** 2 > 1", "[1,2][0] in [1]", "sum(1..3, # * 2) == 12", "reduce([1], #acc + #, 0) > 1 | max(2)",
	} {
		f.Add(s)
	}
	s := testState()
	for i := range s.Values {
		s.Values[i] = float64(i) - 2.5
	}
	c := NewContext(s)
	c.Set(sim.Day + 1)
	f.Fuzz(func(t *testing.T, text string) {
		c.machines = nil
		if x, err := NewCondition(text, testEnv()); err == nil {
			v, known, err := x.Eval(c, bases(1))
			agree(t, &x.Expr, c, v, known, err)
			_ = x.Next(c, bases(1))
		} else if e, ok := err.(*Error); !ok || e.Line < 1 || e.Column < 1 {
			t.Errorf("%q: error without a place: %#v", text, err)
		}
		if x, err := NewFormula(text, testEnv()); err == nil {
			v, known, err := x.Eval(c, bases(1))
			agree(t, &x.Expr, c, v, known, err)
		}
	})
}

// agree compares what Eval gave for zone 1 with the machine.
func agree(t *testing.T, x *Expr, c *Context, a any, known bool, aerr error) {
	if enter := x.enterAny(c, bases(1)); enter != (known || aerr != nil) {
		t.Errorf("%s: known %v, want %v", x.text, known, enter)
	} else if !enter || !x.Fast() {
		return
	}
	_, number := a.(float64)
	b, berr := slow(x, c, number)
	if (aerr == nil) != (berr == nil) || aerr != nil && aerr.Error() != berr.Error() || aerr == nil && !same(a, b) {
		t.Errorf("%s\nclosures: %v, %v\nmachine:  %v, %v", x.text, a, aerr, b, berr)
	}
}
