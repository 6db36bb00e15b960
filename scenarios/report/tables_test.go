package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/wire"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

var _ twins.Sink = (*Tables)(nil)

// A folder is a directory in memory.
type folder map[string]*bytes.Buffer

type closer struct{ *bytes.Buffer }

func (closer) Close() error { return nil }

func (f folder) create(name string) (io.WriteCloser, error) {
	if f[name] != nil {
		return nil, errors.New("exists")
	}
	f[name] = &bytes.Buffer{}
	return closer{f[name]}, nil
}

func rows[T any](t *testing.T, b *bytes.Buffer) []T {
	t.Helper()
	if b == nil {
		t.Fatal("no such file")
	}
	got, err := parquet.Read[T](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func names(c devices.ChannelID) string { return fmt.Sprintf("twin-%d.attr", c) }

func TestTables(t *testing.T) {
	dir := folder{}
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	tb := NewTables(TablesConfig{Create: dir.create})
	tb.Begin(3, start, names)
	tb.Tap(2*sim.Second, devices.Reading{At: sim.Second, Channel: 1, Value: 0.25})
	tb.Tap(3*sim.Second, devices.Reading{At: sim.Second, Channel: 0, Tag: devices.Tag{Quality: devices.Missing | devices.Late}})
	tb.Value(3*sim.Second, devices.Reading{At: sim.Second, Channel: 7, Value: 0, Tag: devices.Tag{Quality: devices.Missing | devices.Imputed}})
	tb.Event(twins.Event{At: sim.Hour, Kind: "rule", Twin: "z", Name: "n", Detail: "d", Value: math.Pi})
	if err := tb.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(dir["series.parquet"].Bytes()), int64(dir["series.parquet"].Len()))
	if err != nil {
		t.Fatal(err)
	}
	if by := f.Metadata().CreatedBy; by != "twinsim version 1" {
		t.Errorf("created by %q", by)
	}
	got := rows[SeriesRow](t, dir["series.parquet"])
	if len(got) != 3 {
		t.Fatalf("%d rows, want 3", len(got))
	}
	r := got[0]
	if r.Replication != 3 || r.Now != 2e9 || r.At != 1e9 || *r.Time != start.UnixMicro()+1e6 ||
		r.Channel != "twin-1.attr" || *r.Value != 0.25 || r.Quality != "good" || r.Kind != "raw" {
		t.Errorf("first row %+v", r)
	}
	if r := got[1]; r.Value != nil || r.Quality != "missing+late" || r.Channel != "twin-0.attr" {
		t.Errorf("missing row %+v", r)
	}
	if r := got[2]; r.Value == nil || *r.Value != 0 || r.Kind != "derived" || r.Quality != "missing+imputed" {
		t.Errorf("derived row %+v", r)
	}
	ev := rows[EventRow](t, dir["events.parquet"])
	if len(ev) != 1 || *ev[0].Time != start.UnixMicro()+3600e6 || ev[0].Kind != "rule" || ev[0].Twin != "z" ||
		ev[0].Name != "n" || ev[0].Detail != "d" || ev[0].Value != math.Pi || ev[0].At != int64(sim.Hour) {
		t.Errorf("events %+v", ev)
	}
}

// Parts roll, lose nothing, and empty tables are files too.
func TestTablesRoll(t *testing.T) {
	dir := folder{}
	tb := NewTables(TablesConfig{Create: dir.create, Group: 700, Part: 2000})
	tb.Begin(0, time.Time{}, names)
	const n = 5000
	for i := range n {
		tb.Tap(sim.Time(i), devices.Reading{At: sim.Time(i), Channel: devices.ChannelID(i % 3), Value: float64(i)})
	}
	if err := tb.Close(); err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, name := range []string{"series.parquet", "series-0002.parquet", "series-0003.parquet"} {
		for _, r := range rows[SeriesRow](t, dir[name]) {
			if *r.Value != float64(at) || r.Channel != names(devices.ChannelID(at%3)) || r.Time != nil {
				t.Fatalf("%s: row %d is %+v", name, at, r)
			}
			at++
		}
	}
	if at != n || len(dir) != 4 {
		t.Errorf("%d rows in %d files, want %d in 4", at, len(dir), n)
	}
	if ev := rows[EventRow](t, dir["events.parquet"]); len(ev) != 0 {
		t.Errorf("events %v, want none", ev)
	}
}

type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errors.New("disk full")
	}
	return len(b), nil
}
func (f *full) Close() error { return nil }

func TestTablesReportErrors(t *testing.T) {
	for _, create := range []func(string) (io.WriteCloser, error){
		func(string) (io.WriteCloser, error) { return nil, errors.New("no permission") },
		func(string) (io.WriteCloser, error) { return &full{room: 100}, nil },
	} {
		tb := NewTables(TablesConfig{Create: create})
		tb.Begin(0, time.Time{}, names)
		for i := range 2000 {
			tb.Tap(sim.Time(i), devices.Reading{})
		}
		if err := tb.Close(); err == nil {
			t.Error("no error")
		}
	}
}

// What a recording holds comes out as it would have been written at once, also
// when the recording was cut off.
func TestTablesRecording(t *testing.T) {
	var rec bytes.Buffer
	w, err := wire.NewWriter(&rec)
	if err != nil {
		t.Fatal(err)
	}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(w.Channel(5, "a.x", "m"))
	ok(w.Channel(9, "b.y", "K"))
	ok(w.Tap(1, devices.Reading{At: 1, Channel: 9, Value: 4}))
	e := twins.Event{At: 2, Kind: "command", Twin: "valve", Name: "open", Detail: "water", Value: 3}
	ok(w.Event(2, ToWire(e)))
	ok(w.Block(30, devices.Block{Channel: 5, Start: 10, Step: 10, Values: []float64{7, 8, 9}}))
	ok(w.Flush())
	cut := rec.Len()
	ok(w.End(40, []byte("digest")))
	for _, n := range []int{rec.Len(), cut} {
		dir := folder{}
		tb := NewTables(TablesConfig{Create: dir.create})
		r, err := wire.NewReader(bytes.NewReader(rec.Bytes()[:n]))
		ok(err)
		err = tb.Recording(1, time.Time{}, r)
		if _, truncated := wire.IsTruncated(err); truncated != (n == cut) || err != nil && n != cut {
			t.Fatalf("with %d bytes: %v", n, err)
		}
		ok(tb.Close())
		got := rows[SeriesRow](t, dir["series.parquet"])
		if len(got) != 4 || got[0].Channel != "b.y" || *got[3].Value != 9 || got[3].At != 30 || got[1].Channel != "a.x" {
			t.Errorf("series %+v", got)
		}
		ev := rows[EventRow](t, dir["events.parquet"])
		if len(ev) != 1 || ev[0].Twin != "valve" || ev[0].Name != "open" || ev[0].Detail != "water" || ev[0].Value != 3 {
			t.Errorf("events %+v", ev)
		}
	}
}

func TestEventsRoundTrip(t *testing.T) {
	for _, kind := range []string{"rule", "command", "alarm", "alarm end", "fault", "fault end", "plant", "", "any other"} {
		e := twins.Event{At: 17, Kind: kind, Twin: "t", Name: "n", Detail: "d", Value: -1.5}
		if got := FromWire(17, ToWire(e)); got != e {
			t.Errorf("%+v came back as %+v", e, got)
		}
	}
}

func BenchmarkTablesTap(b *testing.B) {
	tb := NewTables(TablesConfig{Create: func(string) (io.WriteCloser, error) { return &full{room: math.MaxInt}, nil }})
	tb.Begin(0, time.Time{}, names)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		tb.Tap(sim.Time(i)*sim.Second, devices.Reading{At: sim.Time(i) * sim.Second, Channel: devices.ChannelID(i % 100), Value: float64(i%977) / 7})
	}
	if err := tb.Close(); err != nil {
		b.Fatal(err)
	}
}
