package replay

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// splitAll cuts a text into cells with a window that begins at size bytes.
func splitAll(t *testing.T, text string, size int) (rows [][]string, nl byte) {
	t.Helper()
	in := input{most: 1 << 20, buf: make([]byte, size)}
	if err := in.open(opens(text), 0, 0); err != nil {
		if !strings.HasPrefix(text, "\x1f\x8b") {
			t.Fatal(err)
		}
		return nil, 0 // not gzip after all
	}
	full := input{most: 1 << 20}
	full.open(opens(text), 0, 0)
	full.findLineEnd()
	in.nl = full.nl
	s := newCSV(&in, ',', nil)
	s.all = true
	var rec record
	line := int64(1)
	for {
		err := s.next(&rec)
		if err == io.EOF {
			if want := in.line; want < line {
				t.Fatalf("line %d after %d", want, line)
			}
			return rows, in.nl
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec.line < line {
			t.Fatalf("line %d after %d", rec.line, line)
		}
		line = rec.line
		if rec.kind != data {
			continue
		}
		var row []string
		for i := range rec.n {
			c := rec.cell(i)
			b := in.buf[c.a:c.b]
			if c.escaped {
				b = unquote(nil, b)
			}
			row = append(row, string(b))
		}
		rows = append(rows, row)
	}
}

var csvSeeds = []string{
	"", "a,b\n1,2\n", "a,b\r\n1,2\r\n", "a,b\r1,2\r", "\"a\"\"b\",\"x\ny\"\n3,4", "\"a\r\nb\",2\r\n", ",,\n\n,\n", "\xef\xbb\xbft,v\n1,2\n",
	"\"open\n1,2\n", "\"a\"x,2\n3,4\n", "1, \"2\" ,3\n", "a\"b,c\n", "\"\"\n", "\"\",\"\"", "1,2\r", "\"1\"\r", "\"1\"", "\"a\"\"", " \n1\n", "# c\n1,2\n", "\x1f\x8be",
}

// sameAsEncodingCSV compares with encoding/csv where it accepts the text.
func sameAsEncodingCSV(t *testing.T, text string) {
	rows, nl := splitAll(t, text, 64<<10)
	if nl == 0 {
		return
	}
	small, _ := splitAll(t, text, 16)
	if fmt.Sprintf("%q", small) != fmt.Sprintf("%q", rows) {
		t.Fatalf("%q: a window of 16 bytes gives %q, one of 64 KiB %q", text, small, rows)
	}
	if nl == '\r' || strings.HasPrefix(text, "\xef\xbb\xbf") || strings.HasPrefix(text, "\x1f\x8b") {
		return
	}
	c := csv.NewReader(strings.NewReader(text))
	c.FieldsPerRecord = -1
	want, err := c.ReadAll()
	if err != nil {
		return
	}
	var kept [][]string
	for _, row := range want {
		if len(row) > 1 || !isBlank([]byte(row[0])) || strings.Contains(text, "\"") {
			kept = append(kept, row)
		}
	}
	if strings.Contains(text, "\"") { // blank quoted cells are rows of both; blank lines with blanks are not
		for _, row := range kept {
			if len(row) == 1 && isBlank([]byte(row[0])) {
				return
			}
		}
	}
	if fmt.Sprintf("%q", rows) != fmt.Sprintf("%q", kept) {
		t.Fatalf("%q: %q, encoding/csv: %q", text, rows, kept)
	}
}

func TestCSVAgreesWithEncodingCSV(t *testing.T) {
	for _, s := range csvSeeds {
		sameAsEncodingCSV(t, s)
	}
	rapid.Check(t, func(rt *rapid.T) {
		sameAsEncodingCSV(t, strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{
			"a", "1.5", ",", ",", "\n", "\r\n", "\"", "\"x,y\"", "\"\"", " ", "long text without end", "\"q\"\"q\"", "\"two\r\nlines\"",
		}), 0, 40).Draw(rt, "text"), ""))
	})
}

// balanced reads a text with a config and checks the account.
func balanced(t *testing.T, cfg Config, text string) (Counters, error) {
	t.Helper()
	cfg.Open = opens(text)
	r, err := NewReader(cfg)
	if err != nil {
		if !strings.HasPrefix(err.Error(), "replay: ") {
			t.Fatalf("error without the package's name: %v", err)
		}
		return Counters{}, err
	}
	defer r.Close()
	var row Row
	var rows, readings, missing int64
	arrival := sim.Time(math.MinInt64)
	for {
		err = r.Next(&row)
		if err != nil {
			break
		}
		rows++
		if row.Arrival < arrival || row.Arrival < row.At {
			t.Fatalf("arrival %v after %v, stamp %v", row.Arrival, arrival, row.At)
		}
		arrival = row.Arrival
		for _, x := range row.Readings {
			readings++
			if x.Quality.Has(devices.Missing) {
				missing++
				if x.Value != 0 {
					t.Fatalf("missing, but %v", x)
				}
			}
			if x.Value-x.Value != 0 {
				t.Fatalf("not finite: %v", x)
			}
		}
	}
	c := r.Counters()
	if e := c.Check(); e != nil {
		t.Fatal(e)
	}
	if err == io.EOF && (c.Rows != rows || c.Readings != readings || c.Missing != missing) {
		t.Fatalf("%d rows, %d readings, %d missing; counted %+v", rows, readings, missing, c)
	}
	if err == io.EOF && !strings.ContainsAny(text, "\"\r") && !strings.HasPrefix(text, "\x1f\x8b") {
		lines := int64(strings.Count(text, "\n"))
		if text != "" && !strings.HasSuffix(text, "\n") && text != "\xef\xbb\xbf" {
			lines++
		}
		if c.Records != lines {
			t.Fatalf("%q: %d lines, counted %+v", text, lines, c)
		}
	}
	if err == io.EOF {
		err = nil
	}
	return c, err
}

func FuzzCSV(f *testing.F) {
	for i, s := range csvSeeds {
		f.Add(s, uint16(i*37))
	}
	f.Add("t,a\n2015-02-02 14:19:00,1\n2015-02-02 14:18:00,NA\n", uint16(0))
	f.Add("1 2 3\n4 5 6\n", uint16(5))
	f.Fuzz(func(t *testing.T, text string, bits uint16) {
		sameAsEncodingCSV(t, text)
		cfg := Config{Columns: []Column{{Column: "2", Flag: "1"}, {Column: "1"}}, Missing: []string{"5"}, Comment: "#"}
		if bits&1 != 0 {
			cfg.Step = sim.Second
		} else {
			cfg.Time = []string{"1"}
		}
		if bits&2 != 0 && bits&1 == 0 {
			cfg.TimeFormat = "epoch"
		}
		if bits&4 != 0 {
			cfg.Format = Space
		} else if bits&8 != 0 {
			cfg.Ranges = []Range{{1, 3}, {5, 8}}
		}
		cfg.Strict = bits&16 != 0
		cfg.Order = []Order{Keep, Drop, Error, ""}[bits>>5&3]
		cfg.Header = int(bits>>7&3) - 1
		cfg.Skip = int(bits >> 9 & 1)
		if bits>>10&1 != 0 {
			cfg.MaxRecord = 32
		}
		if bits>>11&1 != 0 {
			cfg.Key, cfg.Columns = "1", []Column{{Column: "2", Match: "a"}, {Column: "2", Match: "1"}}
		}
		balanced(t, cfg, text)
	})
}

// A randomly written table must be read back equal.
func TestTablesComeBackEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		delim := rapid.SampledFrom([]byte{',', ';', '\t', '|'}).Draw(t, "delimiter")
		eol := rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "eol")
		comma := delim != ',' && rapid.Bool().Draw(t, "decimal comma")
		quoteAll := rapid.Bool().Draw(t, "quotes")
		id := rapid.Bool().Draw(t, "row id without a name")
		cols := rapid.IntRange(1, 5).Draw(t, "columns")
		number := rapid.OneOf(rapid.Float64Range(-1e6, 1e6), rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64), rapid.Map(rapid.IntRange(-1e6, 1e6), func(i int) float64 { return float64(i) / 100 }))
		cells := rapid.SliceOfN(rapid.SliceOfN(rapid.Ptr(number, true), cols, cols), 1, 40).Draw(t, "cells")

		var b strings.Builder
		if rapid.Bool().Draw(t, "BOM") {
			b.WriteString("\xef\xbb\xbf")
		}
		put := func(text string, last bool) {
			if quoteAll || strings.ContainsAny(text, "\"\n"+string(rune(delim))) {
				text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
			}
			b.WriteString(text)
			if last {
				b.WriteString(eol)
			} else {
				b.WriteByte(delim)
			}
		}
		name := func(i int) string { return fmt.Sprintf("c %d %c \"%d\"", i, delim, i) }
		cfg := Config{Time: []string{"time"}, Delimiter: delim}
		put("time", false)
		for i := range cols {
			put(name(i), i == cols-1)
			cfg.Columns = append(cfg.Columns, Column{Column: name(i), Channel: devices.ChannelID(i)})
		}
		if comma {
			cfg.Decimal = ','
		}
		for k, row := range cells {
			if id {
				put(strconv.Itoa(k), false)
			}
			put(strconv.Itoa(1_600_000_000+k), false)
			for i, v := range row {
				text := ""
				if v != nil {
					text = strconv.FormatFloat(*v, 'g', -1, 64)
				}
				if comma {
					text = strings.Replace(text, ".", ",", 1)
				}
				put(text, i == cols-1)
			}
		}
		content := []byte(b.String())
		if rapid.Bool().Draw(t, "gzip") {
			content = pack(b.String())
		}
		cfg.Open = opensBytes(content)
		r, err := NewReader(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var row Row
		for k, want := range cells {
			if err := r.Next(&row); err != nil {
				t.Fatal(err)
			}
			if row.At != sim.Time(k)*sim.Second || len(row.Readings) != cols {
				t.Fatalf("row %d: %+v", k, row)
			}
			for i, v := range want {
				x := row.Readings[i]
				if (v == nil) != x.Quality.Has(devices.Missing) || v != nil && math.Float64bits(*v) != math.Float64bits(x.Value) {
					t.Fatalf("row %d column %d: %v, want %v", k, i, x, v)
				}
			}
		}
		if err := r.Next(&row); err != io.EOF || r.Describe().RowID != id {
			t.Fatalf("%v, %v", err, r.Describe())
		}
		if err := r.Counters().Check(); err != nil {
			t.Fatal(err)
		}
	})
}

// A reader that is put into the state of another goes on as it does.
func TestStateIsAllThatChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := "\xef\xbb\xbft,v\n" + strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{
			"1,2\n", "5,\"x\ny\"\n", "3,NA\r\n", "\n", "# c\n", "7,\n", "8,1\n", "9,5\n", "oops,1\n", "4,\"8\"\n", "\"6\"\n",
		}), 0, 30).Draw(t, "rows"), "")
		cfg := Config{Open: opens(text), Time: []string{"t"}, Step: sim.Second, Comment: "#", Columns: []Column{{Column: "v"}}}
		if rapid.Bool().Draw(t, "gzip") {
			cfg.Open = opensBytes(pack(text))
		}
		cfg.Order = rapid.SampledFrom([]Order{Keep, Drop}).Draw(t, "order")
		a, err := NewReader(cfg)
		if err != nil {
			t.Fatal(err)
		}
		b, err := NewReader(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var x, y Row
		for range rapid.IntRange(0, 10).Draw(t, "b is ahead by") {
			b.Next(&y)
		}
		for {
			*b.State() = a.State().Clone()
			errA, errB := a.Next(&x), b.Next(&y)
			if errA != errB || errA == nil && fmt.Sprint(x) != fmt.Sprint(y) || fmt.Sprint(*a.State()) != fmt.Sprint(*b.State()) {
				t.Fatalf("%v %v, %v %v\n%+v\n%+v", x, errA, y, errB, *a.State(), *b.State())
			}
			if errA != nil {
				return
			}
			if rapid.Bool().Draw(t, "close") {
				b.Close()
			}
		}
	})
}

// endless makes a file of any size without holding it.
type endless struct {
	block []byte
	left  int64
	at    int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(int64(len(p)), e.left)], e.block[e.at:])
	e.at = (e.at + n) % len(e.block)
	e.left -= int64(n)
	return n, nil
}

func (e *endless) Close() error { return nil }

func TestMemoryDoesNotGrow(t *testing.T) {
	row := []byte("2015-02-02 14:19:00,23.718,NA,\"1\"\n2015-02-02 14:19:00,74.93588199999998,\"x\",0\n")
	block := bytes.Repeat(row, 1000)
	run := func(size int64) float64 {
		cfg := Config{Open: func() (io.ReadCloser, error) { return &endless{block: block, left: size}, nil }, Header: NoHeader,
			Time: []string{"1"}, Columns: []Column{{Column: "2"}, {Column: "3"}, {Column: "4"}}}
		return testing.AllocsPerRun(1, func() { readAll(t, cfg, nil) })
	}
	// 200 MB must cost no more allocations than 200 kB.
	size := int64(200 << 20)
	if testing.Short() {
		size = 20 << 20
	}
	small, large := run(200<<10), run(size-size%int64(len(row)))
	if large > small+10 {
		t.Errorf("%v allocations for 200 kB, %v for %d MB", small, large, size>>20)
	}
}
