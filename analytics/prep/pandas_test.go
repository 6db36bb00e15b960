package prep_test

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/analytics/prep"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// table reads a CSV file of testdata: one slice per column; empty cells are NaN,
// the column "time" is seconds since the first day's midnight.
func table(t *testing.T, name string) map[string][]float64 {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	midnight := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	columns := make(map[string][]float64)
	for _, row := range rows[1:] {
		for i, cell := range row {
			v := math.NaN()
			if rows[0][i] == "time" {
				at, err := time.Parse(time.DateTime, cell)
				if err != nil {
					t.Fatal(err)
				}
				v = at.Sub(midnight).Seconds()
			} else if cell != "" {
				if v, err = strconv.ParseFloat(cell, 64); err != nil {
					t.Fatal(err)
				}
			}
			columns[rows[0][i]] = append(columns[rows[0][i]], v)
		}
	}
	return columns
}

func reading(seconds, v float64, seq int) devices.Reading {
	r := devices.Reading{At: sim.Time(seconds) * sim.Second, Value: v, Tag: devices.Tag{Seq: uint32(seq)}}
	if math.IsNaN(v) {
		r.Value, r.Quality = 0, devices.Missing
	}
	return r
}

// must returns the stage or fails.
func must(t testing.TB) func(analytics.Stage, error) analytics.Stage {
	return func(s analytics.Stage, err error) analytics.Stage {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

// feed returns what a stage makes of the readings.
func feed(s analytics.Stage, in []devices.Reading) []devices.Reading {
	var out []devices.Reading
	for _, r := range in {
		s.Apply(r, func(q devices.Reading) { out = append(out, q) })
	}
	return out
}

// The thermostat example: drop, fill, scale. Which rows stay, which gaps are filled
// and the scaled temperatures are bit for bit what pandas gives. The filled
// humidities are equal to 2e-14, at most two units in the last place: pandas adds to
// and takes from a running sum, whose rounding shows in 7 of 288 rows; ours
// are the exact means of the window, rounded once. A pipe has one channel, so the dropping of whole rows is this test's part: a row
// stays if its temperature came through the range stage with a value.
func TestThermostatEqualsPandas(t *testing.T) {
	in, want := table(t, "thermostat.csv"), table(t, "thermostat_clean.csv")
	inside := must(t)(prep.Range{Min: 10, Max: 40, Exclusive: true}.New())
	fill := must(t)(prep.Fill{Method: prep.RollingMean, Window: 3}.New())

	var at, temperature, humidity []float64
	for i := range in["time"] {
		kept := false
		inside.Apply(reading(in["time"][i], in["temperature"][i], i), func(r devices.Reading) {
			kept = r.Quality.Usable()
		})
		if !kept {
			continue
		}
		at, temperature = append(at, in["time"][i]), append(temperature, in["temperature"][i])
		fill.Apply(reading(in["time"][i], in["humidity"][i], i), func(r devices.Reading) {
			v := r.Value
			if !r.Quality.Usable() {
				v = math.NaN()
			} else if got := r.Quality.Has(devices.Imputed); got != math.IsNaN(in["humidity"][i]) {
				t.Errorf("row %d: imputed is %v", i, got)
			}
			humidity = append(humidity, v)
		})
	}
	low, high := temperature[0], temperature[0]
	for _, v := range temperature {
		low, high = min(low, v), max(high, v)
	}
	scale := must(t)(prep.MinMax{Min: low, Max: high}.New())
	learned := must(t)(prep.MinMax{Learn: analytics.Span{Count: len(temperature)}}.New())
	var scaled []float64
	for i, v := range temperature {
		scale.Apply(reading(at[i], v, i), func(r devices.Reading) { scaled = append(scaled, r.Value) })
		learned.Apply(reading(at[i], v, i), func(devices.Reading) {})
	}
	same(t, "time", at, want["time"], 0)
	same(t, "temperature", temperature, want["temperature"], 0)
	same(t, "humidity", humidity, want["humidity"], 2e-14)
	same(t, "scaled", scaled, want["scaled"], 0)
	// A scaler that learned on the same rows then scales them alike.
	for i, v := range temperature {
		learned.Apply(reading(at[i], v, i), func(r devices.Reading) {
			if r.Value != scaled[i] || r.Quality != devices.Good {
				t.Errorf("row %d: learned scaling gives %v, want %v", i, r, scaled[i])
			}
		})
	}
}

// same compares two columns; NaN equals NaN; tolerance is absolute, 0 is bit for bit.
func same(t *testing.T, name string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) || len(want) < 100 {
		t.Fatalf("%s: %d rows, want %d, more than 100", name, len(got), len(want))
	}
	bad := 0
	for i := range want {
		if math.IsNaN(got[i]) != math.IsNaN(want[i]) || math.Abs(got[i]-want[i]) > tolerance {
			if bad++; bad < 4 {
				t.Errorf("%s row %d: got %v, pandas %v", name, i, got[i], want[i])
			}
		}
	}
	if bad > 0 {
		t.Errorf("%s: %d of %d rows differ", name, bad, len(want))
	}
}

// Other stages against pandas. Means, minima, maxima, medians and differences are
// equal; what pandas computes by another formula is equal to the tolerance given
// (values are around 20, so 1e-12 is some 300 units in the last place; pandas'
// sliding variance loses more).
func TestStagesEqualPandas(t *testing.T) {
	want := table(t, "thermostat_stages.csv")
	var in []devices.Reading
	for i, v := range want["temperature"] {
		in = append(in, reading(want["time"][i], v, i))
	}
	n := len(in)
	count, hour := analytics.Span{Count: 12}, analytics.Span{For: sim.Hour}
	all := analytics.Span{Count: n}
	cases := []struct {
		column string
		stage  interface {
			New() (analytics.Stage, error)
		}
		tolerance float64
	}{
		{"mean_12", prep.Rolling{Of: prep.Mean, Window: count}, 1e-14},
		{"median_12", prep.Rolling{Of: prep.Median, Window: count}, 0},
		{"min_12", prep.Rolling{Of: prep.Least, Window: count}, 0},
		{"max_12", prep.Rolling{Of: prep.Most, Window: count}, 0},
		{"std_12", prep.Rolling{Of: prep.Std, Window: count, DDoF: 1}, 1e-9},
		{"mean_1h", prep.Rolling{Of: prep.Mean, Window: hour}, 1e-14},
		{"median_1h", prep.Rolling{Of: prep.Median, Window: hour}, 0},
		{"min_1h", prep.Rolling{Of: prep.Least, Window: hour}, 0},
		{"max_1h", prep.Rolling{Of: prep.Most, Window: hour}, 0},
		{"std_1h", prep.Rolling{Of: prep.Std, Window: hour, DDoF: 1}, 1e-9},
		{"ewm", prep.EWMA{Alpha: 0.3}, 1e-12},
		{"ewm_adjust", prep.EWMA{Alpha: 0.3, Adjust: true}, 1e-12},
		{"ewm_half_life", prep.EWMA{HalfLife: 20 * sim.Minute, Adjust: true}, 1e-12},
		{"difference", prep.Difference{}, 0},
		{"rate", prep.Rate{Per: sim.Hour}, 1e-12},
		{"standardise", prep.Standardise{Learn: all, DDoF: 1}, 1e-12},
		{"robust", prep.Robust{Learn: all}, 1e-12},
		{"hampel", prep.Hampel{Window: 7, K: 3}, 0},
	}
	for _, c := range cases {
		s := must(t)(c.stage.New())
		out := feed(s, in)
		if c.column == "standardise" || c.column == "robust" { // the second pass has what the first learned
			out = feed(s, in)
		}
		got := make([]float64, len(out))
		for i, r := range out {
			got[i] = r.Value
			if !r.Quality.Usable() {
				got[i] = math.NaN()
			}
		}
		same(t, c.column, got, want[c.column], c.tolerance)
	}
}

func TestResampleEqualsPandas(t *testing.T) {
	in, want := table(t, "thermostat_stages.csv"), table(t, "thermostat_grid.csv")
	for column, aggregate := range map[string]prep.Aggregate{"mean": prep.MeanValue, "last": prep.LastValue} {
		s := must(t)(prep.Resample{Every: 15 * sim.Minute, Aggregate: aggregate}.New())
		var at, got []float64
		emit := func(r devices.Reading) {
			at, got = append(at, r.At.Seconds()), append(got, r.Value)
			if !r.Quality.Usable() {
				got[len(got)-1] = math.NaN()
			}
		}
		for i, v := range in["temperature"] {
			s.Apply(reading(in["time"][i], v, i), emit)
		}
		// pandas also closes the interval that the data ends in.
		s.Apply(reading(in["time"][len(in["time"])-1]+900, 0, 0), emit)
		n := len(want["time"])
		same(t, "time", at[:n], want["time"], 0)
		same(t, column, got[:n], want[column], 1e-14)
	}
}

// The thermostat example as a stream: a row is one temperature through range and
// minmax and one humidity through fill.
func BenchmarkThermostatRow(b *testing.B) {
	inside := must(b)(prep.Range{Min: 10, Max: 40, Exclusive: true}.New())
	scale := must(b)(prep.MinMax{Min: 10, Max: 40}.New())
	fill := must(b)(prep.Fill{Method: prep.RollingMean, Window: 3}.New())
	n := 0
	out := func(devices.Reading) { n++ }
	next := func(r devices.Reading) { scale.Apply(r, out) }
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		at := sim.Time(i) * 5 * sim.Minute
		inside.Apply(devices.Reading{At: at, Value: float64(5 + i%40)}, next)
		h := devices.Reading{At: at, Value: float64(40 + i%20)}
		if i%20 == 0 {
			h.Value, h.Quality = 0, devices.Missing
		}
		fill.Apply(h, out)
	}
}
