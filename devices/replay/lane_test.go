package replay

import (
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

// A fataler is a testing.TB or a rapid.T.
type fataler interface{ Fatalf(string, ...any) }

// account reads all rows, with or without the lane, and writes down everything
// that comes of them: bits, errors, and the state after each row. plain is how
// many rows took the lane.
func account(tb fataler, cfg Config, text string, on bool) (rows []string, st State, plain int) {
	cfg.Open = opens(text)
	r, err := NewReader(cfg)
	if err != nil {
		return []string{err.Error()}, State{}, 0
	}
	r.lane.on = r.lane.on && on
	var row Row
	for n := 0; ; n++ {
		if n > len(text)+1 {
			tb.Fatalf("%q: no end", text)
		}
		r.lane.pause = 0
		if err = r.Next(&row); err == io.EOF {
			return rows, r.st.Clone(), plain
		} else if err != nil {
			rows = append(rows, err.Error())
			continue
		}
		if r.lane.left == 0 { // none went the general way since the last of these
			plain++
		}
		rows = append(rows, fmt.Sprint(row, r.st.Offset, r.st.Line, r.st.Counters))
		for _, x := range row.Readings {
			rows = append(rows, strconv.FormatUint(math.Float64bits(x.Value), 16))
		}
	}
}

// sameOnBothWays compares the lane with the general way.
func sameOnBothWays(tb fataler, cfg Config, text string) int {
	short, st, plain := account(tb, cfg, text, true)
	long, want, _ := account(tb, cfg, text, false)
	if !reflect.DeepEqual(short, long) || !reflect.DeepEqual(st, want) {
		tb.Fatalf("%q, %+v:\nthe lane gives %q\nwithout it %q", text, cfg, short, long)
	}
	for _, size := range []int{1, 3, 64} {
		if rows, st := batches(tb, cfg, text, size); !reflect.DeepEqual(st, want) || !slices.Equal(rows, readings(long)) {
			tb.Fatalf("%q, %+v:\nin batches of %d %q\none by one %q\n%+v\n%+v", text, cfg, size, rows, long, st, want)
		}
	}
	return plain
}

// After a batch of many rows, a stamp that comes again is known if it is among the
// last ones, as after single rows; and a batch is refused by a file it is not for.
func TestLongBatches(t *testing.T) {
	var text strings.Builder
	stamp := func(minute int) { fmt.Fprintf(&text, "2015-02-02 %02d:%02d:00,1.5\n", minute/60, minute%60) }
	for i := range 300 {
		stamp(i)
	}
	for _, back := range []int{recall - 1, recall, recall + 1} {
		stamp(300 - back)
	}
	cfg := Config{Time: []string{"1"}, Columns: []Column{{Column: "2"}}, Header: NoHeader}
	_, want, plain := account(t, cfg, text.String(), true)
	if want.Counters.Repeated != 2 || want.Counters.Disordered != 3 || plain < 290 {
		t.Fatalf("%d plain rows, %+v", plain, want.Counters)
	}
	for _, size := range []int{65, 200, 299, 1000} {
		if _, st := batches(t, cfg, text.String(), size); !reflect.DeepEqual(st, want) {
			t.Errorf("in batches of %d: %+v, want %+v", size, st, want)
		}
	}
	cfg.Open = opens(text.String())
	two := cfg
	two.Columns = append(two.Columns[:1:1], Column{Column: "2", Channel: 1})
	a, err := NewReader(cfg)
	b, err2 := NewReader(two)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	if n, err := a.NextBatch(b.NewBatch(5)); n != 0 || err == nil || !strings.Contains(err.Error(), "NewBatch") {
		t.Errorf("%d rows, %v", n, err)
	}
}

// A file whose rows have different columns has no columns of a batch.
func TestNoBatchByKey(t *testing.T) {
	r, err := NewReader(Config{
		Open: opens("time,id,v\n2015-02-02 00:00:00,a,1\n2015-02-02 00:01:00,b,2\n"), Time: []string{"time"}, Key: "id",
		Columns: []Column{{Column: "v", Match: "a"}, {Column: "v", Match: "b", Channel: 1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.NextBatch(r.NewBatch(5)); n != 0 || err == nil || !strings.Contains(err.Error(), "key") {
		t.Errorf("%d rows, %v", n, err)
	}
}

// batches reads all rows with NextBatch, with a Next between some of them, and
// writes down the readings and errors that come of them.
func batches(tb fataler, cfg Config, text string, size int) (rows []string, st State) {
	cfg.Open = opens(text)
	r, err := NewReader(cfg)
	if err != nil {
		return []string{err.Error()}, State{}
	}
	note := func(xs []devices.Reading) {
		rows = append(rows, fmt.Sprint(xs))
		for _, x := range xs {
			rows = append(rows, strconv.FormatUint(math.Float64bits(x.Value), 16))
		}
	}
	batch, row := r.NewBatch(size), Row{}
	for turns := 0; ; turns++ {
		if turns > len(text)+1 {
			tb.Fatalf("%q: no end", text)
		}
		r.lane.pause = 0
		n := size
		if turns%3 == 2 {
			if err = r.Next(&row); err == nil {
				note(row.Readings)
			}
		} else {
			n, err = r.NextBatch(batch)
			for i := range n {
				var xs []devices.Reading
				for k := range cfg.Columns {
					xs = append(xs, batch.Column(k)[i])
				}
				note(xs)
			}
		}
		switch {
		case err == io.EOF:
			return rows, r.st.Clone()
		case err != nil:
			rows = append(rows, err.Error())
		case n < size:
			tb.Fatalf("%q: %d rows of %d without an error", text, n, size)
		}
	}
}

// readings is an account without what else is said of the rows.
func readings(account []string) (rows []string) {
	for _, s := range account {
		if strings.HasPrefix(s, "{") {
			s = s[strings.Index(s, " [")+1 : strings.Index(s, "]}")+1]
		}
		rows = append(rows, s)
	}
	return rows
}

var laneCells = []string{
	"", "1", "-1", "-0", "0", "+1", "18.25", "-3.5", "9999999", "99999999", "123456", "0.00001", "-.5", "5.", ".", "-", "1e5", "1.5e-3", "1.2.3",
	"74.93588199999998", "NaN", "NA", "-999", "inf", "true", "on", "x", " 1", "1 ", "\"2\"", "\"2,\n5\"", "a\"b", "1\r", "1,5", "0x10", "1_0", "é", "\x00", "\x0012", "\x00\x00\x00", "1\x00",
}

func TestPlainRowsAgree(t *testing.T) {
	plain, rows := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		delim := rapid.SampledFrom([]byte{',', ';', '\t', '|'}).Draw(t, "delimiter")
		eol := rapid.SampledFrom([]string{"\n", "\n", "\r\n", "\r"}).Draw(t, "eol")
		n := rapid.IntRange(2, 6).Draw(t, "cells")
		columns := rapid.Permutation([]int{1, 2, 3, 4, 5}).Draw(t, "columns")[:rapid.IntRange(1, 4).Draw(t, "how many")]
		before := max(0, rapid.IntRange(-n, n-1).Draw(t, "cells before the stamp"))
		cfg := Config{
			Time: []string{strconv.Itoa(before + 1)}, Header: NoHeader, Delimiter: delim, TimeFormat: "iso", Missing: []string{"-999"},
			Zone:    rapid.SampledFrom([]string{"", "Europe/Rome"}).Draw(t, "zone"),
			Comment: rapid.SampledFrom([]string{"", "#", "2015-02-02 14:07"}).Draw(t, "comment"),
			Order:   rapid.SampledFrom([]Order{Keep, Drop, Error}).Draw(t, "order"),
			Strict:  rapid.IntRange(0, 9).Draw(t, "strict") == 0, Start: sim.Minute,
		}
		if delim != ',' && rapid.Bool().Draw(t, "decimal comma") {
			cfg.Decimal = ','
		}
		for k, c := range columns {
			cell := min(c, n-1) // of the others
			if cell > before {
				cell++
			}
			cfg.Columns = append(cfg.Columns, Column{Column: strconv.Itoa(cell), Channel: devices.ChannelID(k + 3), Words: map[string]float64{"on": 2, "NA": 7}})
		}
		cfg.Columns[0].Scale = rapid.SampledFrom([]float64{0, -2, 1e308}).Draw(t, "scale")
		usual := rapid.SampledFrom([]string{"0", "21.5", "-7.25", "1234567"})
		var b strings.Builder
		for k := range rapid.IntRange(30, 60).Draw(t, "rows") {
			minute := k
			if rapid.IntRange(0, 9).Draw(t, "jump") == 0 {
				minute = rapid.IntRange(0, k+1).Draw(t, "minute")
			}
			zone := rapid.SampledFrom([]string{"", "", "", "", "", "", "", "", "", "", "", "", "Z", ".25", "+01:00"}).Draw(t, "tail")
			day := rapid.SampledFrom([]int{2, 2, 2, 2, 2, 2, 2, 2, 2, 1}).Draw(t, "day")
			stamp := fmt.Sprintf("2015-02-%02d 14:%02d:07%s", day, minute, zone)
			for i := range n {
				if i > 0 {
					b.WriteByte(delim)
				}
				if i == before {
					b.WriteString(stamp)
					continue
				}
				cell := usual.Draw(t, "usual")
				if rapid.IntRange(0, 7).Draw(t, "odd") == 0 {
					cell = rapid.SampledFrom(laneCells).Draw(t, "cell")
				}
				b.WriteString(cell)
			}
			if rapid.IntRange(0, 9).Draw(t, "more") == 0 {
				b.WriteString(string(delim) + rapid.SampledFrom(laneCells).Draw(t, "beyond"))
			}
			b.WriteString(eol)
			rows++
		}
		plain += sameOnBothWays(t, cfg, b.String())
	})
	t.Logf("%d of %d rows took the lane", plain, rows)
	if plain*20 < rows {
		t.Errorf("%d of %d rows took the lane", plain, rows)
	}
}

func FuzzPlainRows(f *testing.F) {
	for i, cell := range laneCells {
		f.Add("2015-02-02 14:00:00,1,2\n2015-02-02 14:01:00,"+cell+",3\n2015-02-02 14:02:00,21.5,"+cell+"\n2015-02-02 14:03:00,1,1\n", uint8(i))
	}
	f.Fuzz(func(t *testing.T, text string, bits uint8) {
		cfg := Config{Time: []string{"1"}, Columns: []Column{{Column: "2"}, {Column: "3", Scale: 3, Missing: []string{"5"}}}, Header: NoHeader, Comment: "#"}
		cfg.Strict = bits&1 != 0
		cfg.TimeFormat = []string{"iso", "epoch", "dmy", "iso"}[bits>>1&3]
		cfg.Delimiter = ",;\t|"[bits>>3&3]
		if bits&32 != 0 {
			cfg.Columns = cfg.Columns[:1]
		}
		if bits&64 != 0 {
			cfg.Zone = "Europe/Rome"
		}
		sameOnBothWays(t, cfg, text)
	})
}

// The decimals of the lane are those of parseFloat, to the bit, and it takes all
// that are short.
func TestShortDecimals(t *testing.T) {
	r, err := NewReader(Config{Open: opens("0,1\n"), Step: sim.Second, Columns: []Column{{Column: "2"}}})
	if err != nil {
		t.Fatal(err)
	}
	r.cfg.Step, r.parts = 0, []part{{cell: 0}}
	r.pave()
	l := &r.lane
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?[0-9]{0,7}\.?[0-9]{0,7}`).Draw(t, "text")
		w := [8]byte{}
		copy(w[:], text+rapid.SampledFrom([]string{",", "\n", "\r"}).Draw(t, "end")+"9.9,-x\n7")
		want, ok := parseFloat([]byte(text), '.')
		f := l.shape(word(w))
		if short := ok && len(text) <= 7 && !strings.HasSuffix(text, "."); short != (f != &noShape) {
			t.Fatalf("%q: %+v; want %v, %v", text, f, want, ok)
		} else if !short {
			return
		}
		d, fits := f.digits(word(w))
		if v := f.value(d); !fits || f.width != len(text) || math.Float64bits(v) != math.Float64bits(want) {
			t.Fatalf("%q: %v, %v, %+v; want %v", text, v, fits, f, want)
		}
		// A shape fits exactly the texts that are written so.
		other := []byte(text)
		i := rapid.IntRange(0, len(other)-1).Draw(t, "where")
		other[i] = rapid.Byte().Draw(t, "byte")
		copy(w[:], other)
		digit := func(c byte) bool { return c >= '0' && c <= '9' }
		if _, fits = f.digits(word(w)); fits != (other[i] == text[i] || digit(other[i]) && digit(text[i])) {
			t.Fatalf("%q fits the shape of %q: %v", other, text, fits)
		}
	})
}

func word(b [8]byte) (w uint64) {
	for i, c := range b {
		w |= uint64(c) << (8 * i)
	}
	return w
}
