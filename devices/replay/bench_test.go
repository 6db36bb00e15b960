package replay

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// occupancyCSV makes rows of timestamp,temperature,humidity,occupancy, a minute
// apart, with as many digits as such files have.
func occupancyCSV(rows int) []byte {
	b := []byte("timestamp,temperature,humidity,occupancy\n")
	at := time.Date(2015, 2, 2, 14, 19, 0, 0, time.UTC)
	x := uint64(88172645463325252)
	for range rows {
		b = at.AppendFormat(b, "2006-01-02 15:04:05")
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b = append(b, ',')
		b = strconv.AppendFloat(b, 20+float64(x%4096)/1000, 'f', 3, 64)
		b = append(b, ',')
		b = strconv.AppendFloat(b, 25+float64(x>>20%8192)/1000, 'f', -1, 64)
		b = append(b, ',', '0'+byte(x>>60&1), '\n')
		at = at.Add(time.Minute)
	}
	return b
}

func occupancyConfig() Config {
	return Config{Time: []string{"timestamp"}, Columns: []Column{{Column: "temperature"}, {Column: "humidity", Channel: 1}, {Column: "occupancy", Channel: 2}}}
}

func BenchmarkReader(b *testing.B) {
	const rows = 1_000_000
	text := occupancyCSV(rows)
	cfg := occupancyConfig()
	cfg.Open = opensBytes(text)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if r := readAll(b, cfg, nil); r.Counters().Rows != rows {
			b.Fatal(r.Counters())
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

func BenchmarkNextBatch(b *testing.B) {
	const rows = 1_000_000
	text := occupancyCSV(rows)
	cfg := occupancyConfig()
	cfg.Open = opensBytes(text)
	for _, size := range []int{32, 128, 512, 2048} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				r, err := NewReader(cfg)
				if err != nil {
					b.Fatal(err)
				}
				n, sum := 0, 0
				for batch := r.NewBatch(size); err == nil; sum += n {
					n, err = r.NextBatch(batch)
				}
				if sum != rows || err != io.EOF {
					b.Fatal(sum, err)
				}
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}

// BenchmarkAgainstPandas reads one file with both in turns and compares the
// fastest of several times: with pandas.read_csv as it is, which leaves the
// stamps as text, and told to parse the dates. It needs python3 with pandas.
func BenchmarkAgainstPandas(b *testing.B) {
	const rows, rounds = 1_000_000, 4
	name := filepath.Join(b.TempDir(), "m.csv")
	if err := os.WriteFile(name, occupancyCSV(rows), 0o600); err != nil {
		b.Fatal(err)
	}
	script := fmt.Sprintf("import pandas as p, time\nfor k in ({}, {'parse_dates':['timestamp']}):\n  b=9e9\n  for i in range(3):\n    t=time.perf_counter(); d=p.read_csv(%q, engine='c', **k); b=min(b,time.perf_counter()-t)\n  print(b)\n", name)
	cfg := occupancyConfig()
	cfg.Open = func() (io.ReadCloser, error) { return os.Open(name) }
	text, dates, ours := 9e9, 9e9, 9e9
	for b.Loop() {
		for range rounds {
			out, err := exec.Command("python3", "-c", script).Output()
			if err != nil {
				b.Skipf("python3 with pandas is missing: %v", err)
			}
			var x, y float64
			if _, err := fmt.Sscan(string(out), &x, &y); err != nil {
				b.Fatal(err)
			}
			text, dates = min(text, x), min(dates, y)
			for range 6 {
				began := time.Now()
				readAll(b, cfg, nil)
				ours = min(ours, time.Since(began).Seconds())
			}
		}
	}
	b.ReportMetric(rows/ours/1e6, "Mrows/s")
	b.ReportMetric(rows/text/1e6, "pandas-text-Mrows/s")
	b.ReportMetric(rows/dates/1e6, "pandas-dates-Mrows/s")
	b.ReportMetric(text/ours, "x-text")
	b.ReportMetric(dates/ours, "x-dates")
}

func BenchmarkParseFloat(b *testing.B) {
	for _, s := range []string{"1", "23.718", "74.93588199999998", "0.00476416302416414", "104.36812300000001"} {
		b.Run(s, func(b *testing.B) {
			text := []byte(s)
			for b.Loop() {
				parseFloat(text, '.')
			}
		})
		b.Run("strconv/"+s, func(b *testing.B) {
			for b.Loop() {
				strconv.ParseFloat(s, 64)
			}
		})
	}
}

func BenchmarkJSONLines(b *testing.B) {
	var text strings.Builder
	const rows = 100_000
	for i := range rows {
		fmt.Fprintf(&text, `{"id":"zone-03","ts":%d,"payload":{"vwc":0.%d,"t":[21.5,22.25]},"ok":true}`+"\n", 1_700_000_000_000+i*1000, 1000+i%1000)
	}
	cfg := Config{Open: opens(text.String()), Time: []string{"ts"}, Columns: []Column{{Column: "payload.vwc"}, {Column: "payload.t.1"}}}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if r := readAll(b, cfg, nil); r.Counters().Rows != rows {
			b.Fatal(r.Counters())
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}
