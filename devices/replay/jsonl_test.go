package replay

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/twinsim/twinsim/sim"
)

var jsonPaths = []string{"a", "b.c", "d.1", "d.0.e", "b.c.f"}

// lookup walks a decoded value along a path; "" if there is no scalar.
func lookup(v any, path string) string {
	for key := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
			if v == nil {
				if _, ok := x[key]; ok {
					v = json.Number("null")
				}
			}
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(x) {
				return ""
			}
			if v = x[i]; v == nil {
				v = json.Number("null")
			}
		default:
			return ""
		}
	}
	switch x := v.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		return strconv.FormatBool(x)
	}
	return ""
}

// sameAsEncodingJSON compares acceptance and cells, line by line.
func sameAsEncodingJSON(t *testing.T, text string) {
	in := input{most: 1 << 20}
	if err := in.open(opens(text), 0, 0); err != nil || in.gzip {
		return
	}
	in.nl = '\n'
	var paths [][]byte
	for _, p := range jsonPaths {
		paths = append(paths, []byte(p))
	}
	s := &jsonSplitter{in: &in, paths: paths}
	rec := record{cells: make([]span, len(paths))}
	for {
		err := s.next(&rec)
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		line := string(in.buf[rec.a:rec.b])
		if rec.kind == blank || strings.Count(line, "[")+strings.Count(line, "{") > 50 || !utf8.ValidString(line) {
			continue
		}
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		var want map[string]any
		valid := json.Valid([]byte(line)) && d.Decode(&want) == nil && want != nil
		if valid != (rec.kind == data) {
			t.Fatalf("%q: valid %v, but kind %d (%s)", line, valid, rec.kind, rec.want)
		}
		if !valid || dotted(want) || repeats(line) {
			continue
		}
		for i, p := range jsonPaths {
			c := rec.cells[i]
			b := in.buf[c.a:c.b]
			if c.escaped {
				b = unescape(nil, b)
			}
			if got := string(b); got != lookup(want, p) {
				t.Fatalf("%q: %s is %q, want %q", line, p, got, lookup(want, p))
			}
		}
	}
}

// dotted reports keys that look like paths, which only we resolve.
func dotted(v any) bool {
	switch x := v.(type) {
	case map[string]any:
		for k, y := range x {
			if strings.Contains(k, ".") || dotted(y) {
				return true
			}
		}
	case []any:
		for _, y := range x {
			if dotted(y) {
				return true
			}
		}
	}
	return false
}

// repeats reports whether an object of a valid line has a key twice, of which the
// last is meant to hold, but readers differ when one of them is an object.
func repeats(line string) bool {
	d := json.NewDecoder(strings.NewReader(line))
	var keys []map[string]bool // by depth; nil in an array
	isKey := false
	for {
		t, err := d.Token()
		if err != nil {
			return false
		}
		inObject := func() bool { return len(keys) > 0 && keys[len(keys)-1] != nil }
		switch t {
		case json.Delim('{'):
			keys, isKey = append(keys, map[string]bool{}), true
			continue
		case json.Delim('['):
			keys = append(keys, nil)
			continue
		case json.Delim('}'), json.Delim(']'):
			keys = keys[:len(keys)-1]
			isKey = inObject()
			continue
		}
		if !inObject() {
			continue
		}
		if isKey {
			k := t.(string)
			if keys[len(keys)-1][k] {
				return true
			}
			keys[len(keys)-1][k] = true
		}
		isKey = !isKey
	}
}

func FuzzJSONLines(f *testing.F) {
	for _, s := range []string{
		`{"a":1,"b":{"c":2.5e3},"d":[{"e":true},"x"]}`, "{}\n\n[1]\n{\"a\":nul}", `{"a":"\u00e9\ud83d\ude00\n","a":-0}`, `{"b":{"c":1},"b":{"x":2}}`,
		`{"\u0061":1}`, `{"a":01}`, `{"a":1,}`, `{"a" : [ 1 , 2 ] , "b" : { } } `, `{"d":[[1,2],[3,[4]]],"b.c":5}`, `{"a":null,"b":{"c":{"f":"v"}}}`, `{"a":1}{"a":2}`, `{"a":1e}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sameAsEncodingJSON(t, text)
		cfg := Config{Format: JSONLines, Time: []string{"a"}, TimeFormat: "epoch", Columns: []Column{{Column: "b.c"}, {Column: "d.1"}}}
		balanced(t, cfg, text)
	})
}

func TestJSONLines(t *testing.T) {
	text := `{"ts":1700000000000,"id":"z1","p":{"vwc":0.31,"t":[20.5,21]},"ok":true}
{"ts":1700000060000,"id":"z2","p":{"vwc":"n/a","t":[null,22]},"ok":false}
not json
{"ts":1700000120000,"p":{"t":[],"vwc":9},"p.vwc":0.25}

{"ts":"soon","p":{"vwc":1}}
`
	cfg := Config{File: "x.jsonl", Open: opens(text), Time: []string{"ts"}, TimeFormat: "epoch ms",
		Columns: []Column{{Column: "p.vwc"}, {Column: "p.t.1"}, {Column: "ok"}}}
	var got []string
	r := readAll(t, cfg, func(row Row) {
		line := fmt.Sprint(row.At, " ", row.Line)
		for _, x := range row.Readings {
			line += fmt.Sprint(" ", x.Value, "/", x.Quality)
		}
		got = append(got, line)
	})
	want := "0s 1 0.31/good 21/good 1/good|1m0s 2 0/missing 22/good 0/good|2m0s 4 0.25/good 0/missing 0/missing"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if c := r.Counters(); c.Malformed != 2 || c.Empty != 1 || c.Records != 6 || r.Describe().Format != JSONLines {
		t.Errorf("%+v", c)
	}
	if p := r.Problems(); len(p) != 2 || p[0].Line != 3 || p[1].Error() != `replay: x.jsonl:6: "ts": "soon": want a time in the format epoch ms` {
		t.Errorf("%v", p)
	}
}

// Long layout: a name and a value a row; each channel has its own clock.
func TestLongLayout(t *testing.T) {
	text := "time|sensor|value|qc\n0|z1|1|0\n0|z2|2|0\n60|z2|3|bad\n30|z1|4|0\n30|z1|5|0\n60|z9|6|0\n20|z1|7|1.0\n"
	cfg := Config{Open: opens(text), Time: []string{"time"}, Step: sim.Second, Key: "sensor", Columns: []Column{
		{Column: "value", Match: "z1", Channel: 1, Flag: "qc", Good: []string{"0", "1"}},
		{Column: "value", Match: "z2", Channel: 2, Flag: "qc"},
	}}
	var got []string
	r := readAll(t, cfg, func(row Row) {
		x := row.Readings[0]
		got = append(got, fmt.Sprint(row.Arrival, x.At, " ", x.Channel, x.Value, x.Quality))
	})
	want := []string{"0s 0s 1 1 good", "0s 0s 2 2 good", "1m0s 1m0s 2 3 suspect", "1m0s 30s 1 4 good", "1m0s 30s 1 5 repeated", "1m0s 20s 1 7 disordered"}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if c := r.Counters(); c.Unmatched != 1 || c.Flagged != 1 || c.Repeated != 1 || c.Disordered != 1 || c.Rows != 6 {
		t.Errorf("%+v", c)
	}
}
