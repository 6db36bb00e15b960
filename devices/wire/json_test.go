package wire

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/devices"
)

func path(t testing.TB, text string) JSONPath {
	t.Helper()
	p, err := ParseJSONPath(text)
	check(t, err)
	return p
}

func TestJSONNumber(t *testing.T) {
	tasmota := `{"Time":"2026-05-01T06:00:00","DS18B20":{"Id":"00","Temperature":21.4},"a.b":[1,[2,-3e2]],"ok":true,"t":"17.5","no":null,"bad":"NaN","\u0076":7}`
	for _, x := range []struct {
		data, path string
		want       float64
		quality    devices.Quality
		err        error
	}{
		{tasmota, "DS18B20.Temperature", 21.4, 0, nil},
		{tasmota, `a\.b[1][1]`, -300, 0, nil},
		{tasmota, "ok", 1, 0, nil},
		{tasmota, "t", 17.5, 0, nil},
		{tasmota, "v", 7, 0, nil},
		{tasmota, "no", 0, devices.Missing, nil},
		{tasmota, "bad", 0, devices.Missing, nil},
		{tasmota, "Time", 0, devices.Missing, ErrNotNumber},
		{tasmota, "DS18B20", 0, devices.Missing, ErrNotNumber},
		{tasmota, "DS18B20.temperature", 0, devices.Missing, ErrNoJSONValue},
		{tasmota, "DS18B20[0]", 0, devices.Missing, ErrNoJSONValue},
		{tasmota, `a\.b[2]`, 0, devices.Missing, ErrNoJSONValue},
		{" 3.25\n", "", 3.25, 0, nil},
		{"1e999", "", 0, devices.Missing, ErrNotNumber},
		{`{"a":1,"a":2}`, "a", 2, 0, nil},
		{`{"a":{"b":1},"a":{}}`, "a.b", 0, devices.Missing, ErrNoJSONValue},
		{`{"a":1`, "a", 0, devices.Missing, ErrNotJSON},
		{`{"a":1} x`, "a", 0, devices.Missing, ErrNotJSON},
		{`{"a":nan}`, "a", 0, devices.Missing, ErrNotJSON},
		{`{"a":01}`, "a", 0, devices.Missing, ErrNotJSON},
		{"", "a", 0, devices.Missing, ErrNotJSON},
	} {
		v, q, err := path(t, x.path).Number([]byte(x.data))
		if v != x.want || q != x.quality || !errors.Is(err, x.err) {
			t.Errorf("%s in %s: %v %v %v, want %v %v %v", x.path, x.data, v, q, err, x.want, x.quality, x.err)
		}
	}
}

func TestParseJSONPath(t *testing.T) {
	for _, bad := range []string{".a", "a.", "a..b", "a[", "a[x]", "a[-1]", "a[1]b", "[1].", "a[99999999999]"} {
		if _, err := ParseJSONPath(bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
	if p := path(t, `x[3].y\[1\]`); p.String() != `x[3].y\[1\]` || !reflect.DeepEqual(p.steps, []jsonStep{{"x", -1}, {"", 3}, {"y[1]", -1}}) {
		t.Errorf("%+v", p)
	}
}

// pick is Find by way of encoding/json.
func pick(data []byte, steps []jsonStep) (any, bool) {
	var v any
	if json.Unmarshal(data, &v) != nil {
		return nil, false
	}
	for _, st := range steps {
		switch x := v.(type) {
		case map[string]any:
			e, ok := x[st.key]
			if !ok || st.index >= 0 {
				return nil, false
			}
			v = e
		case []any:
			if st.index < 0 || st.index >= len(x) {
				return nil, false
			}
			v = x[st.index]
		default:
			return nil, false
		}
	}
	return v, true
}

// encoding/json agrees on what is JSON and on what is at a path.
func FuzzJSON(f *testing.F) {
	f.Add(`{"a":{"b":[1,2.5e-3,"x\u00e9\n"]},"c":null}`, "a.b[1]")
	f.Add(`[true,false,[],{}]`, "[2]")
	f.Add(`{"a":1,"\u0061":-0}`, "a")
	f.Fuzz(func(t *testing.T, data, text string) {
		p, err := ParseJSONPath(text)
		if err != nil {
			return
		}
		raw, err := p.Find([]byte(data))
		if valid := json.Valid([]byte(data)); valid == errors.Is(err, ErrNotJSON) {
			t.Fatalf("%q: encoding/json says valid=%v, we say %v", data, valid, err)
		}
		// It turns bytes that are not UTF-8 into U+FFFD, so that keys may fall
		// together; and a float64 may be too small for a number.
		if strings.ToValidUTF8(data, "") != data || strings.ContainsRune(data, '\uFFFD') || strings.Contains(strings.ToLower(data), `\ud`) {
			return
		}
		var whole any
		if json.Unmarshal([]byte(data), &whole) != nil {
			return
		}
		want, ok := pick([]byte(data), p.steps)
		if ok != (err == nil) {
			t.Fatalf("%q at %q: encoding/json finds %v, we %v", data, text, ok, err)
		}
		var got any
		if ok && (json.Unmarshal(raw, &got) != nil || !reflect.DeepEqual(got, want)) {
			t.Fatalf("%q at %q: %s, want %v", data, text, raw, want)
		}
	})
}

func BenchmarkJSONNumber(b *testing.B) {
	data := []byte(`{"device":"zone-03","battery":3.71,"data":{"temperature":21.4,"moisture":0.314},"seq":1234}`)
	p := path(b, "data.moisture")
	b.ReportAllocs()
	for b.Loop() {
		if v, _, err := p.Number(data); v != 0.314 || err != nil {
			b.Fatal(v, err)
		}
	}
}
