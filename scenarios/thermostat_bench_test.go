//go:build unix

package scenarios_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/analytics/prep"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/replay"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/library"
)

// thermostatFile writes rows of time,temperature,humidity,occupancy, a minute
// apart, with gaps and outliers, and returns its name.
func thermostatFile(tb testing.TB, rows int) string {
	name := filepath.Join(tb.TempDir(), "thermostat.csv")
	f, err := os.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriter(f)
	w.WriteString("time,temperature,humidity,occupancy\n")
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	x := uint64(88172645463325252)
	var b []byte
	for range rows {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b = append(at.AppendFormat(b[:0], "2006-01-02 15:04:05"), ',')
		switch t := 18 + float64(x%6000)/1000; {
		case x>>32%100 == 0: // missing
		case x>>32%100 == 1:
			b = strconv.AppendFloat(b, t+60, 'f', 2, 64)
		default:
			b = strconv.AppendFloat(b, t, 'f', 2, 64)
		}
		b = append(b, ',')
		if x>>40%20 > 0 {
			b = strconv.AppendFloat(b, 30+float64(x>>20%3000)/100, 'f', 1, 64)
		}
		b = append(b, ',', '0'+byte(x>>60&1), '\n')
		w.Write(b)
		at = at.Add(time.Minute)
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
	return name
}

// cleaned is what comes of the cleaning, as columns, as in a data frame.
type cleaned struct {
	temperature, humidity, occupancy, scaled []float64
}

// thermostatCleaning reads the file and does what pandas_clean.py does: it drops
// rows whose temperature is not inside (10, 40), fills humidity with the rolling
// mean of 3, and scales temperature by its minimum and maximum.
func thermostatCleaning(tb testing.TB, name string) cleaned {
	r, err := replay.NewReader(replay.Config{
		File: name, Open: func() (io.ReadCloser, error) { return os.Open(name) }, Time: []string{"time"},
		Columns: []replay.Column{{Column: "temperature"}, {Column: "humidity", Channel: 1}, {Column: "occupancy", Channel: 2}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	defer r.Close()
	stage := func(s analytics.Stage, err error) *analytics.Chain {
		if err != nil {
			tb.Fatal(err)
		}
		return analytics.NewChain(s)
	}
	inside := stage(prep.Range{Min: 10, Max: 40, Exclusive: true, Action: prep.Blank}.New())
	fill := stage(prep.Fill{Method: prep.RollingMean, Window: 3}.New())
	info, err := os.Stat(name)
	if err != nil {
		tb.Fatal(err)
	}
	const size = 128 // rows of a batch, whose readings fit into the first cache
	batch := r.NewBatch(size)
	warm, moist := make([]devices.Reading, 0, size), make([]devices.Reading, 0, size)
	var temperature, humidity, occupancy []float64
	low, high := math.Inf(1), math.Inf(-1)
	for n := 0; err == nil; {
		if n, err = r.NextBatch(batch); n == 0 {
			break
		}
		if temperature == nil { // with room for about as many rows as the file has
			rows := int(info.Size()/r.State().Offset+1)*n*51/50 + n
			temperature, humidity, occupancy = make([]float64, 0, rows), make([]float64, 0, rows), make([]float64, 0, rows)
		}
		warm = inside.ApplyBatch(batch.Column(0), warm[:0])
		wet, busy, kept := batch.Column(1), batch.Column(2), 0
		for i := range warm {
			v := warm[i].Value
			if !warm[i].Quality.Usable() {
				continue // an empty cell, too: pandas drops its row, as NaN > 10 is false
			}
			if v < low {
				low = v
			}
			if v > high {
				high = v
			}
			temperature = append(temperature, v)
			occupancy = append(occupancy, busy[i].Value)
			wet[kept] = wet[i]
			kept++
		}
		moist = fill.ApplyBatch(wet[:kept], moist[:0])
		for i := range moist {
			v := moist[i].Value
			if !moist[i].Quality.Usable() {
				v = math.NaN()
			}
			humidity = append(humidity, v)
		}
	}
	if err != io.EOF {
		tb.Fatal(err)
	}
	scale := stage(prep.MinMax{Min: low, Max: high}.New())
	scaled := make([]float64, 0, len(temperature))
	clear(warm[:size]) // good readings
	for len(scaled) < len(temperature) {
		part := temperature[len(scaled):min(len(scaled)+size, len(temperature))]
		warm = warm[:len(part)]
		for i, v := range part {
			warm[i].Value = v
		}
		moist = scale.ApplyBatch(warm, moist[:0])
		for i := range moist {
			scaled = append(scaled, moist[i].Value)
		}
	}
	return cleaned{temperature, humidity, occupancy, scaled}
}

const thermostat = `
spec = 1
name = "thermostat"

[[twin]]
id = "flat"
type = "record"
channels = { temperature = "degC", humidity = "%", occupancy = "" }

[[pipe]]
on = "flat.temperature"
steps = [
  { range = { min = "10 degC", max = "40 degC", exclusive = true } },
  { minmax = { min = "10 degC", max = "40 degC" } },
  { out = "scaled" },
]

[[pipe]]
on = "flat.humidity"
steps = [{ fill = { rolling_mean = 3 } }, { out = "moist" }]

[source.default]
"flat.*" = { replay = "data", time = "time" }
`

// thermostatRun does the cleaning as a run of a scenario, with the digest over
// every reading and the state of the twin.
func thermostatRun(tb testing.TB, name string) scenarios.Result {
	spec, err := scenarios.Decode("thermostat.toml", []byte(thermostat))
	if err != nil {
		tb.Fatal(err)
	}
	r, err := scenarios.Build(spec, scenarios.Options{
		Kinds: library.Kinds(), Data: name, Open: func(name string) (io.ReadCloser, error) { return os.Open(name) },
	})
	if err != nil {
		tb.Fatal(err)
	}
	defer r.Close()
	if err := r.Execute(context.Background()); err != nil {
		tb.Fatal(err)
	}
	return r.Result()
}

const thermostatRows = 1_000_000

func BenchmarkThermostatCleaning(b *testing.B) {
	name := thermostatFile(b, thermostatRows)
	b.ReportAllocs()
	for b.Loop() {
		if c := thermostatCleaning(b, name); len(c.scaled) < thermostatRows/2 {
			b.Fatal(len(c.scaled))
		}
	}
	b.ReportMetric(thermostatRows*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

func BenchmarkThermostatRun(b *testing.B) {
	name := thermostatFile(b, thermostatRows)
	b.ReportAllocs()
	for b.Loop() {
		if r := thermostatRun(b, name); r.Readings != 3*thermostatRows {
			b.Fatal(r)
		}
	}
	b.ReportMetric(thermostatRows*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

// cost is what a computation takes: s by the clock, and s of the processor, of
// all threads, user and system.
type cost struct{ wall, cpu float64 }

func costOf(tb testing.TB, do func()) cost {
	used := func() float64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			tb.Fatal(err)
		}
		return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
	}
	began, before := time.Now(), used()
	do()
	return cost{time.Since(began).Seconds(), used() - before}
}

// BenchmarkThermostatAgainstPandas runs pandas and this in turns on one file of a
// million rows, and compares the fastest of each, by the clock and by the time of
// the processor, which other work on the machine inflates less: with read_csv as
// it is, which leaves the stamps as text, and told to parse them; each once in a
// process that is fresh, and repeated in one, where memory is at hand. All must
// come to the same numbers. It needs python3 with pandas. One iteration
// (-benchtime 1x) is enough.
func BenchmarkThermostatAgainstPandas(b *testing.B) {
	if testing.Short() {
		b.Skip("takes a minute")
	}
	name := thermostatFile(b, thermostatRows)
	const rounds, repeats = 10, 8 // repeats in one process
	least := make(map[string]cost)
	note := func(what string, c cost) {
		if old, ok := least[what]; ok {
			c = cost{min(c.wall, old.wall), min(c.cpu, old.cpu)}
		}
		least[what] = c
	}
	for b.Loop() {
		for range rounds {
			note("text", pandas(b, name, "1", "text").text)
			note("dates", pandas(b, name, "1", "dates").dates)
			again := pandas(b, name, strconv.Itoa(repeats))
			note("warm-text", again.text)
			note("warm-dates", again.dates)
			note("fresh", cleaningOnce(b, name))
			for range repeats {
				var c cleaned
				note("warm", costOf(b, func() { c = thermostatCleaning(b, name) }))
				c.agree(b, again.rows, again.moist, again.scaled)
			}
			note("run", costOf(b, func() { thermostatRun(b, name) }))
		}
	}
	for what, c := range least {
		b.ReportMetric(c.wall, "s-"+what)
		b.ReportMetric(c.cpu, "cpu-s-"+what)
	}
	for _, what := range []string{"text", "dates"} {
		fresh, warm := least["fresh"], least["warm"]
		b.ReportMetric(least[what].wall/fresh.wall, "x-"+what)
		b.ReportMetric(least[what].cpu/fresh.cpu, "cpu-x-"+what)
		b.ReportMetric(least["warm-"+what].wall/warm.wall, "x-warm-"+what)
		b.ReportMetric(least["warm-"+what].cpu/warm.cpu, "cpu-x-warm-"+what)
	}
}

const thermostatOnce = "TWINSIM_THERMOSTAT_FILE"

// TestThermostatOnce is the fresh process of BenchmarkThermostatAgainstPandas.
func TestThermostatOnce(t *testing.T) {
	name := os.Getenv(thermostatOnce)
	if name == "" {
		t.Skip("a part of BenchmarkThermostatAgainstPandas")
	}
	var c cleaned
	took := costOf(t, func() { c = thermostatCleaning(t, name) })
	fmt.Println("seconds", took.wall, took.cpu, len(c.scaled))
}

// cleaningOnce measures the cleaning in a process of its own.
func cleaningOnce(b *testing.B, name string) (c cost) {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestThermostatOnce$")
	cmd.Env = append(os.Environ(), thermostatOnce+"="+name)
	out, err := cmd.Output()
	if err == nil {
		_, err = fmt.Sscanf(string(out), "seconds %g %g", &c.wall, &c.cpu)
	}
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// figures is what pandas_clean.py prints: costs, rows and sums.
type figures struct {
	text, dates   cost
	rows          int
	moist, scaled float64
}

func pandas(b *testing.B, args ...string) (f figures) {
	b.Helper()
	script := filepath.Join("..", "devices", "replay", "testdata", "pandas_clean.py")
	out, err := exec.Command("python3", append([]string{script}, args...)...).Output()
	if err != nil {
		b.Skipf("python3 with pandas is missing: %v", err)
	}
	if _, err := fmt.Sscan(string(out), &f.text.wall, &f.dates.wall, &f.text.cpu, &f.dates.cpu, &f.rows, &f.moist, &f.scaled); err != nil {
		b.Fatal(err)
	}
	return f
}

// agree checks that pandas came to the same: rows, and the sums of two columns,
// to what the order of a sum makes of the last digits.
func (c *cleaned) agree(tb testing.TB, rows int, moist, scaled float64) {
	var m, s float64
	for i := range c.scaled {
		s += c.scaled[i]
		if v := c.humidity[i]; v == v {
			m += v
		}
	}
	if len(c.humidity) != rows || len(c.scaled) != rows || math.Abs(m/moist-1) > 1e-9 || math.Abs(s/scaled-1) > 1e-9 {
		tb.Fatalf("%d rows, sums %v and %v; pandas has %d, %v and %v", len(c.scaled), m, s, rows, moist, scaled)
	}
}
