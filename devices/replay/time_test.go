package replay

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func parseWith(t testing.TB, format, text string) (moment, bool) {
	t.Helper()
	f, err := newTimeFormat(format)
	if err != nil {
		t.Fatal(err)
	}
	return f.parse([]byte(text))
}

func TestTimeFormats(t *testing.T) {
	for _, c := range []struct{ format, text, want string }{
		{"iso", "2015-02-02 14:19:59", "2015-02-02T14:19:59"},
		{"iso", "2015-02-02T14:19:59.25", "2015-02-02T14:19:59.25"},
		{"iso", "2015-02-02T14:19:59Z", "2015-02-02T14:19:59Z"},
		{"iso", "2015-02-02T14:19:59.000001+02:00", "2015-02-02T12:19:59.000001Z"},
		{"iso", "2015-02-02 14:19:59 UTC", "2015-02-02T14:19:59Z"},
		{"iso", "2015-02-02T14:19-0730", "2015-02-02T21:49:00Z"},
		{"iso", "2015-02-02", "2015-02-02T00:00:00"},
		{"iso", "2015/2/2 9:05", "2015-02-02T09:05:00"},
		{"iso", "20150202T141959Z", "2015-02-02T14:19:59Z"},
		{"iso", "20150202 1419", "2015-02-02T14:19:00"},
		{"iso", "2016-366", "2016-12-31T00:00:00"},
		{"iso", "2015-12-31 24:00:00", "2016-01-01T00:00:00"},
		{"iso", "2016-12-31 23:59:60", "2017-01-01T00:00:00"},
		{"iso", "2015-02-29 00:00:00", ""},
		{"iso", "2015-02-02 24:00:01", ""},
		{"iso", "2015-02-02 14", ""},
		{"iso", "2015-02-02 14:19:59 local", ""},
		{"iso", "15-02-02", ""},
		{"dmy", "10/03/2004 18.00.00", "2004-03-10T18:00:00"},
		{"dmy", "1.2.04 7:30 PM", "2004-02-01T19:30:00"},
		{"dmy", "10-Mar-2004 18:00", "2004-03-10T18:00:00"},
		{"dmy", "10 March 2004", "2004-03-10T00:00:00"},
		{"dmy", "31/02/2004", ""},
		{"dmy", "10/03-2004", ""},
		{"mdy", "10/14/2018 00:01", "2018-10-14T00:01:00"},
		{"mdy", "14/10/2018 00:01", ""},
		{"mdy", "2/2/69 12:00 AM", "1969-02-02T00:00:00"},
		{"%Y %j %H%M", "2018 1 2400", "2018-01-02T00:00:00"},
		{"%Y %j %H%M", "2018 32 5", "2018-02-01T00:05:00"},
		{"%Y %j %H%M", "2018 366 5", ""},
		{"%Y%m%d %H%M%S", "20180131 235958", "2018-01-31T23:59:58"},
		{"%d %b %Y, %I:%M:%S.%f %p", "02 Jan 2006, 12:04:05.125 am", "2006-01-02T00:04:05.125"},
		{"%A, %d-%b-%y %T %z", "Monday, 02-Jan-06 15:04:05 -0700", "2006-01-02T22:04:05Z"},
		{"%s", "1136239445.5", "2006-01-02T22:04:05.5Z"},
		{"2006-01-02 15:04:05", "2015-02-02 14:19:59.75", "2015-02-02T14:19:59.75"},
		{"Jan _2 2006 3:04PM", "Feb  2 2015 2:19PM", "2015-02-02T14:19:00"},
		{"02.01.06 15h04 -07:00", "02.01.06 15h04 +01:00", "2006-01-02T14:04:00Z"},
		{"2006-002T15:04:05.000Z07:00", "2015-033T14:19:59.125Z", "2015-02-02T14:19:59.125Z"},
		{"epoch s", "1136239445", "2006-01-02T22:04:05Z"},
		{"epoch", "-1.5", "1969-12-31T23:59:58.5Z"},
		{"epoch s", "1.136239445e9", "2006-01-02T22:04:05Z"},
		{"epoch ms", "1136239445123.5", "2006-01-02T22:04:05.1235Z"},
		{"epoch us", "1136239445123456", "2006-01-02T22:04:05.123456Z"},
		{"epoch ns", "1136239445123456789", "2006-01-02T22:04:05.123456789Z"},
		{"epoch ns", "9999999999999999999", ""},
		{"epoch s", "soon", ""},
		{"epoch s", "", ""},
	} {
		m, ok := parseWith(t, c.format, c.text)
		got := ""
		if ok {
			got = time.Unix(m.sec, m.nsec).UTC().Format("2006-01-02T15:04:05.999999999")
			if m.zoned {
				got += "Z"
			}
		}
		if got != c.want {
			t.Errorf("%s: %q is %q, want %q", c.format, c.text, got, c.want)
		}
	}
	for _, bad := range []string{"ymd hms", "%Y-%m", "%Q", "%Y-%m-%d%", "06"} {
		if _, err := newTimeFormat(bad); err == nil {
			t.Errorf("time format %q was accepted", bad)
		}
	}
}

func TestISOAgreesWithTimeParse(t *testing.T) {
	layouts := []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02T15:04:05.000000", "2006-01-02 15:04:05.000-07:00", "2006-01-02", "20060102 1504", "2006-01-02T15:04Z0700"}
	shared := timeFormat{} // remembers the date of the text before
	rapid.Check(t, func(t *rapid.T) {
		day := rapid.SampledFrom([]string{"2015-02-02", "2015-02-03", "2016-02-29", "2015-02-29", "1969-12-31", "2015-2-02"}).Draw(t, "day")
		day += fmt.Sprintf(" %02d:%02d:%02d", rapid.IntRange(0, 25).Draw(t, "h"), rapid.IntRange(0, 61).Draw(t, "min"), rapid.IntRange(0, 61).Draw(t, "sec"))
		if m, ok := shared.parse([]byte(day)); ok {
			if want, okay := parseISO([]byte(day)); m != want || !okay {
				t.Fatalf("%q: %+v, without a memory %+v %v", day, m, want, okay)
			}
		} else if _, okay := parseISO([]byte(day)); okay {
			t.Fatalf("%q was refused", day)
		}
		at := time.Unix(rapid.Int64Range(-maxSeconds+1e6, maxSeconds-1e6).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		at = at.In(time.FixedZone("", 60*rapid.IntRange(-12*60, 14*60).Draw(t, "zone")))
		layout := rapid.SampledFrom(layouts).Draw(t, "layout")
		text := at.Format(layout)
		want, err := time.Parse(layout, text)
		if err != nil {
			t.Fatal(err)
		}
		m, ok := parseISO([]byte(text))
		if !ok || m.sec != want.Unix() || m.nsec != int64(want.Nanosecond()) || m.zoned != strings.ContainsAny(layout, "Z7") {
			t.Fatalf("%q: %+v %v, want %v", text, m, ok, want)
		}
		if layout == time.RFC3339Nano {
			return
		}
		f, err := newTimeFormat(layout) // the same as a Go layout
		if err != nil {
			t.Fatal(err)
		}
		if p, ok := f.parse([]byte(text)); !ok || p != m {
			t.Fatalf("%q by layout %q: %+v %v, want %+v", text, layout, p, ok, m)
		}
	})
}

func TestZoneAgreesWithTime(t *testing.T) {
	for _, name := range []string{"Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Apia"} {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Skipf("no time zone database here: %v", err)
		}
		rapid.Check(t, func(t *rapid.T) {
			z := zone{loc: loc}
			at := rapid.Int64Range(0, 2_000_000_000).Draw(t, "start")
			for range 30 {
				at += rapid.Int64Range(-3*86400, 40*86400).Draw(t, "step")
				local := at + z.offset(at)
				u, f := z.utc(local, -maxSeconds)
				switch {
				case f == skipped:
					t.Fatalf("%d exists", local)
				case f == once && u != at:
					t.Fatalf("%d is %d, want %d", local, u, at)
				case f == twice && u != at:
					if v, _ := z.utc(local, u); v != at {
						t.Fatalf("%d is %d or %d, want %d", local, u, v, at)
					}
				}
			}
		})
	}
}

func TestDaylightSaving(t *testing.T) {
	text := "t,v\n" +
		"2024-03-31 01:30,1\n" + // CET
		"2024-03-31 02:30,2\n" + // does not exist: 03:30 CEST
		"2024-03-31 03:45,3\n" +
		"2024-10-27 01:30,4\n" + // CEST
		"2024-10-27 02:00,5\n" + // twice: the first
		"2024-10-27 02:30,6\n" +
		"2024-10-27 02:00,7\n" + // twice: the second, since the clock went on
		"2024-10-27 02:30,8\n" +
		"2024-10-27 03:00,9\n"
	cfg := Config{Open: opens(text), Time: []string{"t"}, Zone: "Europe/Rome", Epoch: time.Unix(0, 0), Columns: []Column{{Column: "v"}}}
	var got []string
	if _, err := time.LoadLocation(cfg.Zone); err != nil {
		t.Skipf("no time zone database here: %v", err)
	}
	r := readAll(t, cfg, func(row Row) { got = append(got, time.Unix(0, int64(row.At)).UTC().Format("01-02 15:04")) })
	want := "03-31 00:30 03-31 01:30 03-31 01:45 10-26 23:30 10-27 00:00 10-27 00:30 10-27 01:00 10-27 01:30 10-27 02:00"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if c := r.Counters(); c.Gaps != 1 || c.Overlaps != 4 || c.Disordered+c.Repeated != 0 {
		t.Errorf("%+v", c)
	}
}

func TestDetectTime(t *testing.T) {
	for want, samples := range map[string][]string{
		"iso":            {"2015-02-02 14:19:00", "2015-02-02T14:19:59Z", "2015-02-03"},
		"dmy":            {"10/03/2004 18.00.00", "13/03/2004 18.00.00"},
		"mdy":            {"10/03/2004 18:00", "10/13/2004 18:00"},
		"epoch s":        {"1422886740", "1422886800.5"},
		"epoch ms":       {"1422886740000"},
		"epoch us":       {"1422886740000000"},
		"epoch ns":       {"1422886740000000000"},
		"%Y %m %d %H %M": {"2016 1 1 0 0", "2016 1 1 0 1"},
		"%Y %j %H%M":     {"2018 1 5", "2018 1 2400"},
	} {
		f, err := detectTime(samples)
		if err != nil || f.name != want {
			t.Errorf("%q: %q, %v; want %q", samples, f.name, err, want)
		}
	}
	for _, samples := range [][]string{{"10/03/2004", "11/03/2004"}, {"1", "2"}, {"noon"}, {"2015-02-02", "noon", "2015-02-03"}} {
		if f, err := detectTime(samples); err == nil {
			t.Errorf("%q was taken for %q", samples, f.name)
		}
	}
}

func FuzzTime(f *testing.F) {
	formats := []string{"iso", "dmy", "mdy", "epoch s", "epoch ms", "epoch us", "epoch ns", "%Y %j %H%M", "%d %b %y %I:%M:%S%p %z", "2006-01-02 15:04:05"}
	for i := range formats {
		f.Add(uint8(i), "2015-02-02 14:19:00", "%Y-%m-%d %H:%M:%S")
		f.Add(uint8(i), "10/03/2004 18.00.00", "02/01/2006 15.04.05")
	}
	f.Fuzz(func(t *testing.T, which uint8, text, pattern string) {
		tf, err := newTimeFormat(formats[int(which)%len(formats)])
		if err != nil {
			t.Fatal(err)
		}
		if m, ok := tf.parse([]byte(text)); ok && (!inReach(m) || m.nsec < 0 || m.nsec >= 1e9) {
			t.Fatalf("%s: %q is %+v", tf.name, text, m)
		}
		if want, err := time.Parse("2006-01-02 15:04:05", text); err == nil {
			m, ok := parseISO([]byte(text))
			if in := want.Unix() > -maxSeconds && want.Unix() < maxSeconds && want.Year() > 0; ok != in || ok && (m.sec != want.Unix() || m.nsec != int64(want.Nanosecond())) {
				t.Fatalf("%q is %+v %v, want %v", text, m, ok, want)
			}
		}
		if tf, err := newTimeFormat(pattern); err == nil {
			tf.parse([]byte(text)) // must not panic
		}
	})
}

// A leap second belongs to its own date, though it is the next day's midnight.
func TestLeapSecondLeavesTheDateAlone(t *testing.T) {
	f, err := newTimeFormat("iso")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		sec  int64
	}{
		{"2016-12-31 23:59:59", 1483228799}, {"2016-12-31 23:59:60", 1483228800}, {"2016-12-31 23:59:58", 1483228798}, {"2016-12-31 24:00:00", 1483228800}, {"2016-12-31T00:00:01", 1483142401},
	} {
		if m, ok := f.parse([]byte(c.text)); !ok || m.sec != c.sec {
			t.Errorf("%s: %v, %v; want %d", c.text, m, ok, c.sec)
		}
	}
}
