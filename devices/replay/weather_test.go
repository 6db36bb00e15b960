package replay

import (
	"testing"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

func TestSURFRAD(t *testing.T) {
	cfg := dataFS(t, "weather_formats")
	cfg.File, cfg.Format, cfg.Skip, cfg.Header = "surfrad-slv16001.dat", Space, 2, NoHeader
	cfg.Time = []string{"1", "3", "4", "5", "6"}
	cfg.Missing = []string{"-9999.9"}
	cfg.Columns = []Column{{Column: "9", Flag: "10"}, {Column: "29", Flag: "30"}, {Column: "47", Flag: "48"}}
	var pressure float64
	r := readAll(t, cfg, func(row Row) {
		if row.At != sim.Time(row.Number)*sim.Minute {
			t.Fatalf("row %d at %v", row.Number, row.At)
		}
		if !row.Readings[1].Quality.Has(devices.Missing) {
			t.Fatalf("line %d: column 29 is -9999.9 all day", row.Line)
		}
		if row.Number == 0 {
			pressure = row.Readings[2].Value
		}
	})
	if c := r.Counters(); c.Rows != 1440 || c.Heading != 2 || c.Missing != 1440 || c.Unreadable != 0 || pressure != 773.5 {
		t.Errorf("%+v, %v, pressure %v", c, r.Describe(), pressure)
	}
}

func TestSRML(t *testing.T) {
	cfg := dataFS(t, "weather_formats")
	cfg.File, cfg.Skip, cfg.Header = "SRML-day-EUPO1801.txt", 1, NoHeader
	cfg.Time, cfg.TimeFormat = []string{"=2018", "1", "2"}, "%Y %j %H%M"
	cfg.Columns = []Column{{Column: "9", Flag: "10", Good: []string{"12"}}, {Column: "3", Flag: "4", Good: []string{"11"}}}
	var last sim.Time
	r := readAll(t, cfg, func(row Row) {
		if row.Number > 0 && row.At != last+sim.Minute {
			t.Fatalf("line %d at %v after %v", row.Line, row.At, last)
		}
		last = row.At
		if row.Number == 0 && row.Readings[0].Value != -20.5 {
			t.Errorf("first row %+v", row)
		}
	})
	c := r.Counters()
	if c.Rows != 1440 || c.Heading != 1 || c.Missing != 0 || c.Flagged < 1440 || r.Describe().Delimiter != '\t' {
		t.Errorf("%+v, %v", c, r.Describe())
	}
}

func TestMIDC(t *testing.T) {
	cfg := dataFS(t, "weather_formats")
	cfg.File = "midc_20181014.txt"
	cfg.Time, cfg.Location = []string{"DATE (MM/DD/YYYY)", "MST"}, time.FixedZone("MST", -7*3600)
	cfg.Columns = []Column{{Column: "Temperature @ 2m [deg C]"}, {Column: "3"}}
	cfg.Epoch = time.Date(2018, 10, 14, 7, 0, 0, 0, time.UTC)
	r := readAll(t, cfg, func(row Row) {
		if row.At != sim.Time(row.Number)*sim.Minute {
			t.Fatalf("row %d at %v", row.Number, row.At)
		}
		if row.Number == 0 && (row.Readings[0].Value != -4.669 || row.Readings[1].Value != -7.69272) {
			t.Errorf("first row %+v", row)
		}
	})
	if c := r.Counters(); c.Rows != 1440 || r.Describe().TimeFormat != "mdy" {
		t.Errorf("%+v, %v", c, r.Describe())
	}
}

func TestCRN(t *testing.T) {
	for file, want := range map[string]struct {
		rows, missing int64
		stamps        []sim.Time
	}{
		"CRNS0101-05-2019-AZ_Tucson_11_W.txt": {4, 5, []sim.Time{0, 5 * sim.Minute, 10 * sim.Minute, 15 * sim.Minute}},
		"CRN_with_problems.txt":               {3, 4, []sim.Time{0, 65 * sim.Minute, 70 * sim.Minute}},
	} {
		cfg := dataFS(t, "weather_formats")
		cfg.File, cfg.Format, cfg.Header = file, Space, NoHeader
		cfg.Time = []string{"2", "3"}
		cfg.Missing = []string{"-99999", "-9999.0", "-99.000"}
		// temperature, radiation and soil moisture with their flags
		cfg.Columns = []Column{{Column: "9"}, {Column: "11", Flag: "12"}, {Column: "18"}}
		var at []sim.Time
		r := readAll(t, cfg, func(row Row) { at = append(at, row.At) })
		if c := r.Counters(); c.Rows != want.rows || c.Missing != want.missing || c.Malformed != 0 {
			t.Errorf("%s: %+v %v", file, c, r.Problems())
		}
		for i := range want.stamps {
			if i >= len(at) || at[i] != want.stamps[i] {
				t.Errorf("%s: stamps %v, want %v", file, at, want.stamps)
				break
			}
		}
	}
	// The same by the character columns of NOAA's readme.
	cfg := dataFS(t, "weather_formats")
	cfg.File, cfg.Header = "CRNS0101-05-2019-AZ_Tucson_11_W.txt", NoHeader
	cfg.Ranges = []Range{{1, 5}, {7, 14}, {16, 19}, {58, 64}}
	cfg.Names = []string{"WBANNO", "UTC_DATE", "UTC_TIME", "AIR_TEMPERATURE"}
	cfg.Time = []string{"UTC_DATE", "UTC_TIME"}
	cfg.Columns = []Column{{Column: "AIR_TEMPERATURE", Missing: []string{"-9999"}}}
	var got []float64
	readAll(t, cfg, func(row Row) { got = append(got, row.Readings[0].Value) })
	if len(got) != 4 || got[0] != 0 || got[1] != 3.3 || got[3] != 4 {
		t.Errorf("fixed width: %v", got)
	}
}
