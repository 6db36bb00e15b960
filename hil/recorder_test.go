package hil

import (
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/wire"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/report"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

var _ twins.Sink = (*Recorder)(nil)

func record(t *testing.T, path string) *Recorder {
	t.Helper()
	var c devices.Channels
	if _, err := c.Add("zone", []devices.Attr{{Name: "a", Unit: "m"}, {Name: "b", Unit: "K"}}); err != nil {
		t.Fatal(err)
	}
	r, err := Record(path)
	if err != nil {
		t.Fatal(err)
	}
	r.Use(&c)
	return r
}

// read returns the taps and events of a recording and how it ended.
func read(t *testing.T, path string) (taps []devices.Reading, events []twins.Event, end wire.Record, err error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := wire.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for {
		var rec wire.Record
		if err = r.Next(&rec); err != nil {
			return taps, events, end, err
		}
		switch rec.Kind {
		case wire.KindTap:
			taps = append(taps, rec.Reading)
		case wire.KindEvent:
			events = append(events, report.FromWire(rec.Now, rec.Event))
		case wire.KindEnd:
			end = rec
			end.Data = append([]byte(nil), rec.Data...)
		}
	}
}

func TestRecorder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "inputs.rec")
	r := record(t, path)
	for i := range 1000 {
		r.Tap(sim.Time(i), devices.Reading{At: sim.Time(i), Channel: 1, Value: float64(i), Tag: devices.Tag{Seq: uint32(i)}})
	}
	r.Value(5, devices.Reading{})
	e := twins.Event{At: 1000, Kind: "rule", Twin: "zone", Name: "water", Detail: "why", Value: 2}
	r.Event(e)
	if err := errors.Join(r.End(2000, "0aff"), r.Close(), r.Close(), r.Err()); err != nil {
		t.Fatal(err)
	}
	taps, events, end, err := read(t, path)
	if err != io.EOF || len(taps) != 1000 || taps[999].Value != 999 || len(events) != 1 || events[0] != e {
		t.Errorf("%d taps, events %v, %v", len(taps), events, err)
	}
	if end.Now != 2000 || hex.EncodeToString(end.Data) != "0aff" {
		t.Errorf("end %+v", end)
	}
	if _, err := Record(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Record over a recording: %v, want that it exists", err)
	}
}

// A reader sees what was recorded about a second ago, without End or Close.
func TestRecorderFlushes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "inputs.rec")
	r := record(t, path)
	defer r.Close()
	r.Tap(1, devices.Reading{At: 1, Channel: 0, Value: 3})
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		taps, _, _, err := read(t, path)
		if _, cut := wire.IsTruncated(err); !cut {
			t.Fatalf("read: %v, want a recording without an end", err)
		}
		if len(taps) == 1 && taps[0].Value == 3 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("nothing was flushed in 10 s")
		}
	}
}

// A run that was stopped in order says so in the last record, and still counts
// as one that ends early.
func TestRecorderInterrupt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "inputs.rec")
	r := record(t, path)
	r.Tap(1, devices.Reading{At: 1, Channel: 0, Value: 3})
	if err := errors.Join(r.Interrupt(), r.Close()); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x, err := wire.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var rec wire.Record
	for err == nil {
		err = x.Next(&rec)
	}
	if cut, ok := wire.IsTruncated(err); !ok || cut.Damaged || rec.Kind != wire.KindMeta || rec.Name != scenarios.InterruptedKey || rec.Now != 1 {
		t.Errorf("last record %+v, then %v", rec, err)
	}
}

func TestRecorderErrors(t *testing.T) {
	r, err := Record(filepath.Join(t.TempDir(), "a.rec"))
	if err != nil {
		t.Fatal(err)
	}
	r.Tap(0, devices.Reading{})
	if r.Err() == nil || r.Close() == nil {
		t.Error("a reading before Use is no error")
	}
	if _, err := Record(filepath.Join(t.TempDir(), "no", "such", "folder")); err == nil {
		t.Error("a folder that isn't there is no error")
	}
	r = record(t, filepath.Join(t.TempDir(), "b.rec"))
	if r.End(0, "xyz") == nil {
		t.Error("a digest that isn't hexadecimal is no error")
	}
	if r.Err() != nil {
		t.Error("a bad digest spoils the recording")
	}
	told := make(chan error, 2)
	r.mu.Lock()
	r.Failed = func(err error) { told <- err }
	r.file.Close() // as when a disk goes away
	r.mu.Unlock()
	for i := range 100_000 {
		r.Tap(sim.Time(i), devices.Reading{Channel: 1, Value: float64(i) / 3})
	}
	if err := r.Close(); err == nil || len(told) != 1 {
		t.Errorf("a write that failed: %v, told %d times", err, len(told))
	}
}

// Whatever writes to a disk that is gone tells of it, once, and after Close
// nothing runs any more.
func TestRecorderTellsOfEveryError(t *testing.T) {
	for name, write := range map[string]func(*Recorder){
		"meta":  func(r *Recorder) { _ = r.Meta("k", make([]byte, 1<<20)) },
		"block": func(r *Recorder) { r.Block(0, devices.Block{Channel: 1, Values: make([]float64, 1<<18)}) },
		"end":   func(r *Recorder) { _ = r.End(0, "0a") },
		"close": func(r *Recorder) { _ = r.Close() },
	} {
		r := record(t, filepath.Join(t.TempDir(), "a.rec"))
		told := 0
		r.mu.Lock()
		r.Failed = func(error) { told++ }
		r.file.Close()
		r.mu.Unlock()
		write(r)
		r.mu.Lock()
		if told != 1 || r.err == nil {
			t.Errorf("%s: told %d times, %v", name, told, r.err)
		}
		r.mu.Unlock()
		if r.Close() == nil || told != 1 {
			t.Errorf("%s: after Close told %d times", name, told)
		}
		select {
		case <-r.done:
		default:
			t.Errorf("%s: Close did not wait", name)
		}
	}
}

// A full is a disk without room behind the header.
type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errDiskFull
	}
	return len(b), nil
}

var errDiskFull = errors.New("no space left")

// What is still in memory when Close is called, and finds no room, is lost: Close
// says so, though the file itself can be put on the disk and closed.
func TestCloseTellsOfTheFlush(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "a.rec"))
	if err != nil {
		t.Fatal(err)
	}
	disk := &full{room: 1 << 20}
	w, err := wire.NewWriter(disk)
	if err != nil {
		t.Fatal(err)
	}
	var c devices.Channels
	if _, err := c.Add("zone", []devices.Attr{{Name: "a"}}); err != nil {
		t.Fatal(err)
	}
	told := 0
	r := &Recorder{Failed: func(error) { told++ }, stop: make(chan struct{}), done: make(chan struct{}), file: f, w: w, channels: &c}
	close(r.done) // nothing flushes in the background
	r.Tap(1, devices.Reading{At: 1, Value: 3})
	if err := r.Err(); err != nil {
		t.Fatalf("a reading goes to memory first: %v", err)
	}
	disk.room = 0
	if err := r.Close(); !errors.Is(err, errDiskFull) || told != 1 {
		t.Errorf("Close: %v, told %d times; want %v, once", err, told, errDiskFull)
	}
	if err := r.Close(); !errors.Is(err, errDiskFull) {
		t.Errorf("the second Close: %v", err)
	}
}

// What comes after Close is not written, and that is told.
func TestRecorderAfterClose(t *testing.T) {
	for name, write := range map[string]func(*Recorder){
		"tap":   func(r *Recorder) { r.Tap(1, devices.Reading{At: 1, Channel: 1}) },
		"event": func(r *Recorder) { r.Event(twins.Event{At: 1, Kind: "rule"}) },
		"block": func(r *Recorder) { r.Block(1, devices.Block{Channel: 1, Values: []float64{1}}) },
		"meta":  func(r *Recorder) { _ = r.Meta("k", nil) },
		"end":   func(r *Recorder) { _ = r.End(1, "0a") },
	} {
		r := record(t, filepath.Join(t.TempDir(), "a.rec"))
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if write(r); r.Err() == nil || r.Close() == nil {
			t.Errorf("%s after Close is no error", name)
		}
	}
}

func BenchmarkRecorderTap(b *testing.B) {
	r, err := Record(filepath.Join(b.TempDir(), "inputs.rec"))
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	var c devices.Channels
	if _, err := c.Add("zone", make([]devices.Attr, 100)); err != nil {
		b.Fatal(err)
	}
	r.Use(&c)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.Tap(sim.Time(i), devices.Reading{At: sim.Time(i), Channel: devices.ChannelID(i % 100), Value: float64(i) / 7, Tag: devices.Tag{Seq: uint32(i / 100)}})
	}
	if err := r.Err(); err != nil {
		b.Fatal(err)
	}
}
