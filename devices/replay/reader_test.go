package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// values renders the readings of a file, a row after the other.
func values(t testing.TB, cfg Config) (string, *Reader) {
	t.Helper()
	var got []string
	r := readAll(t, cfg, func(row Row) {
		line := row.At.String()
		for _, x := range row.Readings {
			line += fmt.Sprint(" ", x.Value)
			if x.Quality != 0 {
				line += "/" + x.Quality.String()
			}
		}
		got = append(got, line)
	})
	return strings.Join(got, "|"), r
}

func TestHeadings(t *testing.T) {
	num := func(c Config) Config { c.Time, c.Step = []string{"1"}, sim.Second; return withColumn(c, "2") }
	named := func(c Config) Config { c.Time, c.Step = []string{"t"}, sim.Second; return withColumn(c, "v") }
	for name, c := range map[string]struct {
		cfg     Config
		text    string
		want    string
		heading int64
	}{
		"names ask for a header":        {named(Config{}), "t,v\n1,2\n", "1s 2", 1},
		"a word in a column of numbers": {num(Config{}), "t,v\n1,2\n", "1s 2", 1},
		"numbers only":                  {num(Config{}), "0,7\n1,2\n", "0s 7|1s 2", 0},
		"a missing value is no name":    {num(Config{}), "0,NA\n1,2\n", "0s 0/missing|1s 2", 0},
		"told that there is none":       {num(Config{Header: NoHeader}), "0,x\n1,2\n", "0s 0/missing+suspect|1s 2", 0},
		"names for a file without":      {named(Config{Names: []string{"t", "v"}}), "0,7\n1,2\n", "0s 7|1s 2", 0},
		"names instead of the header's": {named(Config{Names: []string{"t", "v"}, Header: 1}), "a,b\n1,2\n", "1s 2", 1},
		"skip, comments, units": {named(Config{Skip: 2, Header: 3, Comment: "#"}),
			"TOA5,x\n,,,,\n# c\nt,v\ns,degC\n\n,Avg\n#\n1,2\n# end\n2,3", "1s 2|2s 3", 5},
		"one name fewer than cells":   {named(Config{}), "\"t\",\"v\"\n\"140\",1,2\n\"141\",2,3\n", "1s 2|2s 3", 1},
		"names of trailing cells":     {named(Config{}), "t;v;;\n1;2;;\n", "1s 2", 1},
		"byte order mark, CR":         {named(Config{}), "\xef\xbb\xbft,v\r1,2\r2,3", "1s 2|2s 3", 1},
		"CRLF, no last line end":      {named(Config{}), "t,v\r\n1,2\r\n2,3\r\n3,4", "1s 2|2s 3|3s 4", 1},
		"blanks around cells":         {named(Config{}), " t , v \n 1 ,\t2 \n", "1s 2", 1},
		"short rows":                  {named(Config{}), "t,v\n1\n2,3,4,5\n", "1s 0/missing|2s 3", 1},
		"blank-separated with header": {named(Config{Format: Space}), "  t   v\n  1   2  \n", "1s 2", 1},
		"header only":                 {named(Config{}), "t,v\n", "", 1},
		"empty file":                  {num(Config{}), "", "", 0},
		"a number as a name":          {withColumn(Config{Step: sim.Second}, "2"), "1,2,3\nx,7,9\n", "0s 2|1s 7", 0},
		"the row number as time":      {withColumn(Config{Step: sim.Minute}, "v"), "v\n5\n\n6\n", "0s 5|1m0s 6", 1},
	} {
		t.Run(name, func(t *testing.T) {
			c.cfg.Open = opens(c.text)
			got, r := values(t, c.cfg)
			if got != c.want || r.Counters().Heading != c.heading {
				t.Errorf("got %q and %d lines of heading, want %q and %d", got, r.Counters().Heading, c.want, c.heading)
			}
			// In pieces of any size, and gzipped, a file is the same.
			c.cfg.Open = func() (io.ReadCloser, error) {
				return io.NopCloser(iotest.OneByteReader(strings.NewReader(c.text))), nil
			}
			if got, _ := values(t, c.cfg); got != c.want {
				t.Errorf("byte by byte: %q", got)
			}
			c.cfg.Open = opensBytes(pack(c.text))
			if got, r := values(t, c.cfg); got != c.want || !r.Describe().Gzip {
				t.Errorf("gzipped: %q", got)
			}
		})
	}
}

func TestCells(t *testing.T) {
	cfg := Config{File: "f.csv", Time: []string{"t"}, Step: sim.Second, Missing: []string{"-9999", "ERR"}, Columns: []Column{
		{Column: "a", Scale: 2, Offset: -1, Missing: []string{"-99.000"}},
		{Column: "b", Words: map[string]float64{"open": 1, "shut": 0}},
	}}
	cfg.Open = opens("t,a,b\n1,3,open\n2,-99,shut\n3,-9999.0,-99\n4,ERR,true\n5,1e400,ajar\n6,Inf,NULL\n7,\"2,5\",?\n8,1e308,-\n")
	got, r := values(t, cfg)
	// 1e400, and 1e308 times 2, are beyond a float64.
	want := "1s 5 1|2s 0/missing 0|3s 0/missing -99|4s 0/missing 1|5s 0/missing+suspect 0/missing+suspect|6s 0/missing+suspect 0/missing|7s 0/missing+suspect 0/missing|8s 0/missing+suspect 0/missing"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	c := r.Counters()
	if c.Unreadable != 5 || c.Missing != 11 {
		t.Errorf("%+v", c)
	}
	p := r.Problems()
	if len(p) != 5 || !strings.Contains(p[3].Error(), `f.csv:8: column 2 "a": "2,5": want a number with a decimal point`) {
		t.Errorf("%v", p)
	}
	cfg.Strict = true
	err := readEnd(t, cfg)
	if p, ok := err.(Problem); !ok || p.Line != 6 || p.Text != "1e400" {
		t.Errorf("strict: %v", err)
	}
}

func TestProblemsAreBounded(t *testing.T) {
	cfg := withColumn(Config{Open: opens("t,v\n" + strings.Repeat("0,bad value\n", 1000)), Time: []string{"t"}, Step: 1}, "v")
	_, r := values(t, cfg)
	if len(r.Problems()) != maxProblems || r.Counters().Unreadable != 1000 {
		t.Errorf("%d problems, %+v", len(r.Problems()), r.Counters())
	}
}

func TestErrors(t *testing.T) {
	good := Config{File: "soil.csv", Open: opens("timestamp,vwc_20cm,vwc_50cm,vwc_20cm\n2026-05-01,1,2,3\n"), Time: []string{"timestamp"}, Columns: []Column{{Column: "vwc_50cm"}}}
	if _, err := NewReader(good); err != nil {
		t.Fatal(err)
	}
	change := func(f func(*Config)) Config { c := good; f(&c); return c }
	for want, cfg := range map[string]Config{
		`did you mean "vwc_50cm"?`:            withColumn(good, "vwc_50_cm"),
		`did you mean "timestamp"?`:           change(func(c *Config) { c.Time = []string{"time stamp"} }),
		"as columns 2 and 4; use the number":  withColumn(good, "vwc_20cm"),
		"the columns are 1 to 4":              withColumn(good, "5"),
		"no columns":                          change(func(c *Config) { c.Columns = nil }),
		"no time":                             change(func(c *Config) { c.Time = nil }),
		`order "skip" is unknown`:             change(func(c *Config) { c.Order = "skip" }),
		`did you mean "csv"?`:                 change(func(c *Config) { c.Format = "cvs" }),
		"delimiter and decimal mark are both": change(func(c *Config) { c.Delimiter, c.Decimal = ',', ',' }),
		"needs the ranges":                    change(func(c *Config) { c.Format = Fixed }),
		"has no header; give the column's":    change(func(c *Config) { c.Header = NoHeader }),
		"no key column":                       change(func(c *Config) { c.Columns = []Column{{Column: "2", Match: "x"}} }),
		"not in the time zone database":       change(func(c *Config) { c.Zone = "Europe/Roma" }),
		`did you mean "iso"?`:                 change(func(c *Config) { c.TimeFormat = "iso1" }),
		"2 lines; 5 are to be skipped":        change(func(c *Config) { c.Skip = 5 }),
		"ends within its header of 9 lines":   change(func(c *Config) { c.Header = 9 }),
		"can't be told; give the time format": change(func(c *Config) { c.Time = []string{"vwc_50cm"} }),
		"may be day-first or month-first":     change(func(c *Config) { c.Open = opens("timestamp,vwc_50cm\n1/2/2026,1\n") }),
		"no file":                             {Time: good.Time, Columns: good.Columns},
		"file does not exist":                 {FS: fstest.MapFS{}, File: "none.csv", Time: good.Time, Columns: good.Columns},
		"longer than 64 bytes":                change(func(c *Config) { c.MaxRecord = 64; c.Open = opens(strings.Repeat("x", 100)) }),
		"gzip's magic bytes":                  change(func(c *Config) { c.Open = opens("\x1f\x8b\x00\x00") }),
		"broken pipe": change(func(c *Config) {
			c.Open = func() (io.ReadCloser, error) { return io.NopCloser(iotest.ErrReader(errors.New("broken pipe"))), nil }
		}),
		"no permission": change(func(c *Config) { c.Open = func() (io.ReadCloser, error) { return nil, errors.New("no permission") } }),
	} {
		_, err := NewReader(cfg)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "replay: ") {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestBrokenQuotesCostOneRow(t *testing.T) {
	cfg := withColumn(Config{Open: opens("t,v\n1,2\n\"open,3\n2,4\n\"a\"b,5\n3,\"6\"\n"), Time: []string{"t"}, Step: sim.Second}, "v")
	got, r := values(t, cfg)
	// The quote of line 3 closes on line 5, with text after it.
	if got != "1s 2|3s 6" || r.Counters().Malformed != 1 {
		t.Errorf("%s, %+v, %v", got, r.Counters(), r.Problems())
	}
	cfg.Open = opens("t,v\n1,2\n\"open,3\n2,4\n3,6\n")
	got, r = values(t, cfg)
	if got != "1s 2|2s 4|3s 6" || r.Counters().Malformed != 1 || r.Problems()[0].Line != 3 {
		t.Errorf("never closed: %s, %+v, %v", got, r.Counters(), r.Problems())
	}
}

func TestEpochAndStart(t *testing.T) {
	cfg := withColumn(Config{Open: opens("t,v\n2026-05-01 06:00,1\n2026-05-01 07:00,2\n"), Time: []string{"t"}, Start: sim.Minute}, "v")
	if got, _ := values(t, cfg); got != "1m0s 1|1h1m0s 2" {
		t.Errorf("from the first stamp: %s", got)
	}
	cfg.Epoch = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	if got, _ := values(t, cfg); got != "6h1m0s 1|7h1m0s 2" {
		t.Errorf("from midnight: %s", got)
	}
}

// A row must not cost an allocation, in a reader or in a run, whatever is in it.
func TestNoAllocationPerRow(t *testing.T) {
	texts := map[string]func(rows int) string{
		"csv": table,
		"space": func(rows int) string {
			var b strings.Builder
			b.WriteString("t a b\n")
			for i := range rows {
				fmt.Fprintf(&b, "%d %d.25 NA\n", 1_700_000_000+60*i, i)
			}
			return b.String()
		},
		"jsonl": func(rows int) string {
			var b strings.Builder
			for i := range rows {
				fmt.Fprintf(&b, `{"t":%d,"x":{"a":1},"a":%d.5,"b":"\u0031"}`+"\n", 1_700_000_000+60*i, i)
			}
			return b.String()
		},
	}
	for format, text := range texts {
		cost := func(rows int) float64 {
			cfg := Config{Format: Format(format), Time: []string{"t"}, Columns: []Column{{Column: "a"}, {Column: "b"}}}
			cfg.Open = opens(text(rows))
			return testing.AllocsPerRun(3, func() {
				src, err := New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				run := sim.New(sim.Config{})
				if err := src.Start(run, func(devices.Reading) {}); err != nil {
					t.Fatal(err)
				}
				if err := run.Run(context.Background(), 1000*sim.Day); err != nil {
					t.Fatal(err)
				}
			})
		}
		if few, many := cost(2000), cost(22_000); many > few+5 {
			t.Errorf("%s: %v allocations for 2000 rows, %v for 22000", format, few, many)
		}
	}
}

// What a file has in place of a header is quoted with escapes, and not at length.
func TestBinaryHeaderIsCut(t *testing.T) {
	text := strings.Repeat("\x00\x01\xff\u00e9", 4000) + strings.Repeat(",\x7fELF\x02", 500) + "\n1,2\n"
	_, err := NewReader(Config{File: "x.csv", Open: opens(text), Time: []string{"time"}, Columns: []Column{{Column: "level"}}})
	if err == nil || len(err.Error()) > 1000 || !strings.Contains(err.Error(), `"\x00\x01\xff`) || !strings.Contains(err.Error(), "more") {
		t.Errorf("%d bytes: %v", len(err.Error()), err)
	}
	for _, c := range err.Error() {
		if c < ' ' || c == 0x7f || c == 0xfffd {
			t.Fatalf("%q has %q", err, c)
		}
	}
}

// Stamps in two notations are told with both of them and their lines, whichever
// comes first or is the rarer.
func TestMixedStampsAreTold(t *testing.T) {
	iso, epoch := `{"t":"2024-05-01T00:00:00Z","v":1}`+"\n", `{"t":1714521600,"v":1}`+"\n"
	for _, c := range []struct {
		text   string
		strict bool
		want   []string
	}{
		{iso + iso + epoch + iso + epoch, false, []string{`"2024-05-01T00:00:00Z" on line 1 and "1714521600" on line 3`, "mixes two notations"}},
		{epoch + iso, false, []string{`"1714521600" on line 1 and "2024-05-01T00:00:00Z" on line 2`, "mixes two notations"}},
		{strings.Repeat(iso, 40) + epoch, true, []string{`:41: "t": "1714521600"`, `"2024-05-01T00:00:00Z" on line 1`, "mixes two notations"}},
		{strings.Repeat(epoch, 40) + iso, true, []string{`:41: "t": "2024-05-01T00:00:00Z"`, `"1714521600" on line 1`, "mixes two notations"}},
	} {
		r, err := NewReader(Config{File: "x.jsonl", Open: opens(c.text), Time: []string{"t"}, Columns: []Column{{Column: "v"}}, Strict: c.strict})
		for row := (Row{}); err == nil; {
			err = r.Next(&row)
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q\nlacks %q", err, want)
			}
		}
	}
}
