package scenarios

import (
	"math"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

func TestConvert(t *testing.T) {
	for _, c := range []struct {
		value    float64
		from, to string
		want     float64
	}{
		{40, "L/min", "L/min", 40},
		{60, "L/min", "L/s", 1},
		{36, "m3/h", "L/s", 10},
		{0.4, "ha", "m2", 4000},
		{29, "%", "", 0.29},
		{31, "%", "m3/m3", 0.31},
		{20, "degC", "K", 293.15},
		{212, "degF", "degC", 100},
		{-40, "degF", "degC", -40},
		{293.15, "K", "degC", 20},
		{1, "kWh", "MJ", 3.6},
		{1, "kWh", "J", 3.6e6},
		{10, "MJ/m2", "kWh/m2", 10 / 3.6},
		{90, "km/h", "m/s", 25},
		{5, "mm/d", "mm/h", 5.0 / 24},
		{10, "t/ha", "kg/m2", 1},
		{180, "deg", "rad", math.Pi},
		{60, "rpm", "rad/s", 2 * math.Pi},
		{72, "bpm", "1/min", 72},
		{72, "bpm", "Hz", 1.2},
		{2, "dS/m", "mS/cm", 2},
		{200, "mAh", "A s", 720},
		{12, "V", "W/A", 12},
		{4.7, "kohm", "V/mA", 4.7},
		{0.3, "EUR/kWh", "EUR/MJ", 0.3 / 3.6},
		{1013.25, "hPa", "bar", 1.01325},
		{120, "mmHg", "kPa", 15.9986864898},
		{400, "ppm", "%", 0.04},
		{5, "us", "ms", 0.005},
		{2, "week", "d", 14},
		{1, "1/d", "1/h", 1.0 / 24},
		{1.9, "%/h", "1/s", 0.019 / 3600},
		{42, "/min", "Hz", 0.7},
		{3, "W/(m2 K)", "W/m2/K", 3},
		{3, "W m^-2", "W/m²", 3},
		{-70, "dBm", "dBm", -70},
		{2, "kg m2 s-2", "J", 2},
		{9.5, "m3/ha", "mm", 0.95},
		{12, "°C", "degC", 12},
	} {
		got, err := Convert(c.value, c.from, c.to)
		if err != nil {
			t.Errorf("%v %s to %s: %v", c.value, c.from, c.to, err)
		} else if math.Abs(got-c.want) > 1e-12*math.Max(1, math.Abs(c.want)) {
			t.Errorf("%v %s = %v %s, want %v", c.value, c.from, got, c.to, c.want)
		}
	}
}

// TestUnitExact holds the conversions that must come out exact, because they
// appear in golden files and digests.
func TestUnitExact(t *testing.T) {
	for _, c := range []struct {
		value    float64
		from, to string
		want     float64
	}{{29, "%", "", 0.29}, {3, "cm", "m", 0.03}, {12, "min", "s", 720}, {0.3, "ha", "m2", 3000}, {7, "mL", "L", 0.007},
		{22, "%", "m3/m3", 0.22}, {212, "degF", "degC", 100}, {20, "degC", "K", 293.15}, {1.1, "kW", "W", 1100}} {
		if got, err := Convert(c.value, c.from, c.to); err != nil || got != c.want {
			t.Errorf("%v %s = %v %s (%v), want exactly %v", c.value, c.from, got, c.to, err, c.want)
		}
	}
}

func TestUnitErrors(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"L/min", "m2", "1 L/min is a flow, not an area; expected an area, in m2, ha"},
		{"rpm", "Hz", "a speed of rotation, not a rate"},
		{"dB", "dBm", "not a power level"},
		{"litters", "L", `did you mean "liters"?`},
		{"C", "K", `did you mean "degC"?`},
		{"m//s", "m", `is not a unit: '/' has no place`},
		{"(m", "m", `a ")" is missing`},
		{"m)", "m", `")" without "("`},
		{"m3/", "m", "something is missing at the end"},
		{"m^x", "m", "a power must be"},
		{"m12", "m", "a power beyond 9"},
		{"kg^9 kg^9 kg^9", "m", "a power beyond 9"},
		{"kEUR", "EUR", `unknown unit "kEUR"`},
	} {
		_, err := Convert(1, c.from, c.to)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s to %s: error %v, want %q", c.from, c.to, err, c.want)
		}
	}
}

// TestDimensionTable checks that every example of a dimension has that dimension.
func TestDimensionTable(t *testing.T) {
	for _, row := range dimensionTable {
		u, err := ParseUnit(row.unit)
		if err != nil {
			t.Fatal(err)
		}
		if u.Dim.Name() != row.name {
			t.Errorf("%q is %s in the table but %s by lookup: two rows of one dimension", row.unit, row.name, u.Dim.Name())
		}
		if again, err := ParseUnit(u.Dim.String()); err != nil || again.Dim != u.Dim {
			t.Errorf("%q in SI is %q, which is %v, %v", row.unit, u.Dim.String(), again.Dim, err)
		}
		if row.unit == "" {
			continue
		}
		for _, x := range strings.Split(row.examples, ", ") {
			if e, err := ParseUnit(x); err != nil || e.Dim != u.Dim {
				t.Errorf("example %q of %s: %v", x, row.name, err)
			}
		}
	}
}

func drawUnit(t *rapid.T, label string) string {
	var b strings.Builder
	for i := range rapid.IntRange(1, 3).Draw(t, label+" factors") {
		if i > 0 {
			b.WriteString(rapid.SampledFrom([]string{"/", " ", "*", "·"}).Draw(t, label+" by"))
		}
		row := rapid.SampledFrom(unitTable[:]).Draw(t, label+" symbol")
		if row.prefix && rapid.Bool().Draw(t, label+" prefixed") {
			b.WriteString(rapid.SampledFrom(prefixes[:]).Draw(t, label+" prefix").sign)
		}
		b.WriteString(strings.Fields(row.symbols)[0])
		b.WriteString(rapid.SampledFrom([]string{"", "", "2", "^3", "-1"}).Draw(t, label+" power"))
	}
	return b.String()
}

func TestUnitRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		symbol := drawUnit(t, "unit")
		u, err := ParseUnit(symbol)
		if err != nil && strings.Contains(err.Error(), "beyond 9") {
			t.Skip("too high a power")
		}
		if err != nil {
			t.Fatalf("%q: %v", symbol, err)
		}
		if again, err := ParseUnit(u.String()); err != nil || again != u {
			t.Fatalf("%q: %v, then %v (%v)", symbol, u, again, err)
		}
		si, err := ParseUnit(u.Dim.String())
		if err != nil || si.Dim != u.Dim {
			t.Fatalf("%q in SI: %q, %v", symbol, u.Dim, err)
		}
		v := rapid.Float64Range(-1e6, 1e6).Draw(t, "value")
		there, err := u.Convert(v, si)
		if err != nil {
			t.Fatal(err)
		}
		back, err := si.Convert(there, u)
		zeros := math.Abs(u.Zero) + math.Abs(si.Zero*(u.Den/u.Num))
		floor := 1e-300 * max(1, u.Den/u.Num) // a subnormal has fewer digits
		if err != nil || math.Abs(back-v) > 1e-9*(math.Abs(v)+zeros)+floor {
			t.Fatalf("%v %s = %v %s = %v (%v)", v, symbol, there, u.Dim, back, err)
		}
	})
}

func TestQuantityRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u, err := ParseUnit(rapid.SampledFrom([]string{"", "%", "m3/m3", "L/min", "ha", "degC", "1/d", "kg/(m s2)", "min"}).Draw(t, "unit"))
		if err != nil {
			t.Fatal(err)
		}
		q := Quantity{Value: rapid.Float64().Draw(t, "value"), Unit: u, Bare: u.Symbol == ""}
		if again, err := ParseQuantity(q.String()); err != nil || again.String() != q.String() || again.Value != q.Value || again.Unit != q.Unit {
			t.Fatalf("%q: %v, %v", q, again, err)
		}
		d := sim.Time(rapid.Int64Range(0, int64(100000*sim.Day)).Draw(t, "duration"))
		if again, err := ParseDuration(d.String()); err != nil || again != d {
			t.Fatalf("%v: %v, %v", d, again, err)
		}
	})
}

func TestParseQuantity(t *testing.T) {
	for _, c := range []struct {
		text, unit string
		want       float64
	}{
		{"12 min", "s", 720}, {"40 L/min", "L/h", 2400}, {"0.4ha", "m2", 4000}, {"20 degC", "degC", 20}, {"0.31", "", 0.31},
		{"31%", "", 0.31}, {"1h30m", "min", 90}, {"42/min", "1/h", 2520}, {"1.9%/h", "1/d", 0.456}, {"-3e2 Pa", "kPa", -0.3}, {" +.5 m ", "cm", 50},
		{"5e", "", math.NaN()}, {"", "", math.NaN()}, {"12 min", "m", math.NaN()}, {"5", "m", math.NaN()}, {"inf m", "m", math.NaN()}, {"1e999", "", math.NaN()}, {"p.x", "", math.NaN()},
		{"normal(1, 2)", "", math.NaN()}, {"1e308 km", "mm", math.NaN()},
	} {
		u, err := ParseUnit(c.unit)
		if err != nil {
			t.Fatal(err)
		}
		q, err := ParseQuantity(c.text)
		got := math.NaN()
		if err == nil {
			got, err = q.In(u)
		}
		if math.IsNaN(c.want) {
			if err == nil {
				t.Errorf("%q in %q = %v, want an error", c.text, c.unit, got)
			}
		} else if err != nil || math.Abs(got-c.want) > 1e-12*math.Max(1, math.Abs(c.want)) {
			t.Errorf("%q = %v %s (%v), want %v", c.text, got, c.unit, err, c.want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]sim.Time{
		"90s": 90 * sim.Second, "1h30m": 90 * sim.Minute, "120d": 120 * sim.Day, "2 weeks": 14 * sim.Day, "1 d 12 h": 36 * sim.Hour,
		"0.1 s": 100 * sim.Millisecond, "1.5 min": 90 * sim.Second, "10 min": 10 * sim.Minute, "64 ms": 64 * sim.Millisecond, "0s": 0, "3µs": 3 * sim.Microsecond,
		"0.0000000001 s": 0, "1 day": sim.Day,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("%q = %v (%v), want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"10": `10 has no unit`, "ten min": "is not a duration", "-1 h": "is not a duration", "": "is not a duration", "10 minits": `did you mean "minutes"?`,
		"5 L": "is a volume, not a time", "300 years": "no fixed length", "200000 d": "too long", "1.2.3 s": "is not a duration", "1..s": "is not a duration",
	} {
		if _, err := ParseDuration(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for text, want := range map[string]sim.Time{"05:00": 5 * sim.Hour, "23:59:30": 24*sim.Hour - 30*sim.Second, "0:05": 5 * sim.Minute} {
		if got, err := ParseClock(text); err != nil || got != want {
			t.Errorf("%q = %v (%v), want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"24:00", "5", "05:60", "a:b", "05:00:00:00", ":", "005:00"} {
		if got, err := ParseClock(text); err == nil {
			t.Errorf("%q = %v, want an error", text, got)
		}
	}
}

func FuzzQuantity(f *testing.F) {
	for _, s := range []string{"12 min", "40 L/min", "normal(0.31, 0.02)", "normal(10, 1) mm", "choice(a:1, b:2)", "weibull(2, 900h)", "1h30m", "p.x", "1.9%/h", "5 kg/(m s2)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseQuantity(text)
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without words")
			}
			return
		}
		again, err := ParseQuantity(q.String())
		if err != nil {
			t.Fatalf("%q: reads as %q, which does not: %v", text, q, err)
		}
		if again.Value != q.Value || again.Unit != q.Unit || len(again.Law.Args) != len(q.Law.Args) {
			t.Fatalf("%q: reads as %q, then %q", text, q, again)
		}
		if q.Value-q.Value != 0 {
			t.Fatalf("%q is %v", text, q.Value)
		}
		for _, a := range q.Law.Args {
			if a-a != 0 {
				t.Fatalf("%q has %v", text, a)
			}
		}
	})
}
