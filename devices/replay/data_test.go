package replay

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// dataFS opens one of the recorded data sets that lie beside the repository.
func dataFS(t testing.TB, dir string) Config {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", dir)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the data set %s is not beside this repository (%v)", dir, err)
	}
	return Config{FS: os.DirFS(path)}
}

// readAll pulls all rows, checks that the counters balance, and hands each row
// to f.
func readAll(t testing.TB, cfg Config, f func(Row)) *Reader {
	t.Helper()
	r, err := NewReader(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var row Row
	for {
		err := r.Next(&row)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if f != nil {
			f(row)
		}
	}
	if err := r.Counters().Check(); err != nil {
		t.Error(err)
	}
	return r
}

// readEnd reads until an error, io.EOF for want of another, and returns it.
func readEnd(t *testing.T, cfg Config) error {
	t.Helper()
	r, err := NewReader(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var row Row
	for err == nil {
		err = r.Next(&row)
	}
	return err
}

func TestAirQuality(t *testing.T) {
	cfg := dataFS(t, "air_quality_uci")
	cfg.File = "AirQualityUCI.csv"
	cfg.Decimal = ','
	cfg.Time = []string{"Date", "Time"}
	cfg.Missing = []string{"-200"}
	names := []string{"CO(GT)", "NMHC(GT)", "C6H6(GT)", "NOx(GT)", "NO2(GT)", "T", "RH", "AH"}
	for i, n := range names {
		cfg.Columns = append(cfg.Columns, Column{Column: n, Channel: devices.ChannelID(i)})
	}
	missing := make([]int, len(names))
	var rows []sim.Time
	var first Row
	r := readAll(t, cfg, func(row Row) {
		if len(rows) == 0 {
			first = row
			first.Readings = append([]devices.Reading(nil), row.Readings...)
		}
		rows = append(rows, row.At)
		for i, x := range row.Readings {
			if x.Quality.Has(devices.Missing) {
				missing[i]++
			}
		}
	})
	// UCI gives 9357 rows; the file has 114 empty ones after them, and -200 in
	// 8443 cells of NMHC and 366 to 1683 of the others.
	c := r.Counters()
	if c.Rows != 9357 || c.Empty != 114 || c.Heading != 1 || c.Records != 9472 || c.Malformed+c.Unreadable+c.Repeated+c.Disordered != 0 {
		t.Errorf("counters %+v", c)
	}
	want := []int{1683, 8443, 366, 1639, 1642, 366, 366, 366}
	for i := range want {
		if missing[i] != want[i] {
			t.Errorf("%s: %d missing, want %d", names[i], missing[i], want[i])
		}
	}
	if d := r.Describe(); d.TimeFormat != "dmy" || !d.Detected || d.Delimiter != ';' {
		t.Errorf("found %v", d)
	}
	if last := rows[len(rows)-1]; last != 9356*sim.Hour {
		t.Errorf("last stamp %v, want 9356 h: hourly from 2004-03-10 18:00 to 2005-04-04 14:00", last)
	}
	// Read as Italian civil time, which the station did not keep, two stamps fall
	// into hours that do not exist, onto the ones after them, and one is double.
	cfg.Zone = "Europe/Rome"
	if c := readAll(t, cfg, nil).Counters(); c.Gaps != 2 || c.Overlaps != 1 || c.Repeated != 2 || c.Disordered != 0 {
		t.Errorf("in Rome: %+v", c)
	}
	if first.Readings[0].Value != 2.6 || first.Readings[7].Value != 0.7578 {
		t.Errorf("first row %+v", first)
	}
}

func TestOccupancy(t *testing.T) {
	for file, want := range map[string]struct {
		rows     int64
		occupied float64
		first    string
	}{
		"datatraining.txt": {8143, 21.2, "2015-02-04T17:51:00Z"},
		"datatest.txt":     {2665, 36.5, "2015-02-02T14:19:00Z"},
	} {
		cfg := dataFS(t, "occupancy")
		cfg.File = file
		cfg.Time = []string{"date"}
		cfg.Columns = []Column{{Column: "Temperature"}, {Column: "Light"}, {Column: "Occupancy"}}
		cfg.Epoch = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
		occupied, n := 0.0, int64(0)
		var start sim.Time
		r := readAll(t, cfg, func(row Row) {
			if n++; n == 1 {
				start = row.At
			}
			occupied += row.Readings[2].Value
			if row.Readings[0].Value < 18 || row.Readings[0].Value > 25 {
				t.Fatalf("%s:%d: temperature %v", file, row.Line, row.Readings[0].Value)
			}
		})
		if c := r.Counters(); c.Rows != want.rows || c.Missing+c.Malformed != 0 || !r.Describe().RowID {
			t.Errorf("%s: %+v, %v", file, c, r.Describe())
		}
		if share := 100 * occupied / float64(n); math.Abs(share-want.occupied) > 0.06 {
			t.Errorf("%s: %.2f %% occupied, want %v", file, share, want.occupied)
		}
		if got := time.Unix(0, int64(start)).UTC().Format(time.RFC3339); got != want.first {
			t.Errorf("%s begins at %s, want %s", file, got, want.first)
		}
	}
}

func TestCMAPSS(t *testing.T) {
	cfg := dataFS(t, "cmapss")
	cfg.File = "train_FD001.txt.gz"
	cfg.Format = Space
	cfg.Step = sim.Hour
	cfg.Columns = []Column{{Column: "1"}, {Column: "2"}, {Column: "26"}}
	units := map[float64]bool{}
	var last Row
	r := readAll(t, cfg, func(row Row) {
		units[row.Readings[0].Value] = true
		last = row
	})
	if c := r.Counters(); c.Rows != 20631 || c.Records != 20631 || c.Missing+c.Malformed+c.Short != 0 || len(units) != 100 || !r.Describe().Gzip {
		t.Errorf("%d units, %+v, %v", len(units), c, r.Describe())
	}
	if last.At != 20630*sim.Hour {
		t.Errorf("last row at %v", last.At)
	}
	if _, err := NewReader(withColumn(cfg, "27")); err == nil {
		t.Error("there is no column 27: trailing blanks are no cells")
	}

	// One engine as a twin: unit 1 is the key, its cycle the time.
	cfg.Key, cfg.Time = "1", []string{"2"}
	cfg.Columns = []Column{{Column: "7", Match: "1"}, {Column: "7", Match: "100", Channel: 1}}
	count := [2]int{}
	r = readAll(t, cfg, func(row Row) {
		count[row.Readings[0].Channel]++
		if row.Number == 0 && (row.At != sim.Hour || row.Readings[0].Value != 641.82) {
			t.Errorf("first row %+v", row)
		}
	})
	// Engine 1 fails at cycle 192, engine 100 at 200 (last rows of the file).
	if c := r.Counters(); count != [2]int{192, 200} || c.Unmatched != 20631-392 || c.Disordered != 0 {
		t.Errorf("%v rows, %+v", count, c)
	}
}

func withColumn(c Config, name string) Config {
	c.Columns = []Column{{Column: name}}
	return c
}

func TestNAB(t *testing.T) {
	cfg := dataFS(t, "nab")
	cfg.File = "data/realKnownCause/machine_temperature_system_failure.csv"
	cfg.Time, cfg.Columns = []string{"timestamp"}, []Column{{Column: "value"}}
	var back []int64
	var arrival sim.Time
	r := readAll(t, cfg, func(row Row) {
		if row.Arrival < arrival || row.Arrival < row.At {
			t.Fatalf("line %d arrives at %v, after %v", row.Line, row.Arrival, arrival)
		}
		arrival = row.Arrival
		if row.Readings[0].Quality.Has(devices.Disordered | devices.Repeated) {
			back = append(back, row.Line)
		}
	})
	// The clock goes back from 02:55 to 02:00 after line 10150: 12 stamps come
	// twice, 11 of them are earlier than the latest.
	c := r.Counters()
	if c.Rows != 22695 || c.Repeated != 12 || c.Disordered != 11 || c.Missing != 0 {
		t.Errorf("%+v", c)
	}
	if len(back) != 12 || back[0] != 10151 || back[11] != 10162 {
		t.Errorf("lines %v", back)
	}
	cfg.Order = Drop
	if c := readAll(t, cfg, nil).Counters(); c.Rows != 22695-12 || c.Dropped != 12 {
		t.Errorf("drop: %+v", c)
	}
	cfg.Order = Error
	err := readEnd(t, cfg)
	if p, ok := err.(Problem); !ok || p.Line != 10151 {
		t.Errorf("error %v", err)
	}
}
