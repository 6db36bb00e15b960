package scenarios_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/wire"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/library"
	"github.com/twinsim/twinsim/scenarios/report"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// fataler is a test or a rapid property.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// options returns options with all kinds, and files in memory.
func options(files map[string]string, sinks ...twins.Sink) scenarios.Options {
	return scenarios.Options{
		Kinds: library.Kinds(), Sinks: sinks,
		Open: func(name string) (io.ReadCloser, error) {
			text, ok := files[name]
			if !ok {
				return nil, fmt.Errorf("no file %s", name)
			}
			return io.NopCloser(strings.NewReader(text)), nil
		},
	}
}

func build(t fataler, text string, o scenarios.Options) *scenarios.Run {
	t.Helper()
	spec, err := scenarios.Decode("test.toml", []byte(text))
	if err != nil {
		t.Fatalf("%v", err)
	}
	run, err := scenarios.Build(spec, o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return run
}

func finish(t fataler, run *scenarios.Run) scenarios.Result {
	t.Helper()
	if err := run.Execute(context.Background()); err != nil {
		t.Fatalf("%v", err)
	}
	if err := run.Close(); err != nil {
		t.Fatalf("%v", err)
	}
	return run.Result()
}

// A trace is a sink that writes down everything, by channel and in order.
type trace struct {
	run     *scenarios.Run // after Build
	series  map[string][]string
	events  []string
	details []string // of the events
}

func newTrace() *trace { return &trace{series: make(map[string][]string)} }

func (tr *trace) add(kind string, now sim.Time, r devices.Reading) {
	name := kind + " " + tr.run.Channels().Name(r.Channel)
	tr.series[name] = append(tr.series[name], fmt.Sprintf("%d %d %x %v", now, r.At, math.Float64bits(r.Value), r.Quality))
}

func (tr *trace) Tap(now sim.Time, r devices.Reading)   { tr.add("tap", now, r) }
func (tr *trace) Value(now sim.Time, r devices.Reading) { tr.add("value", now, r) }

func (tr *trace) Event(e twins.Event) {
	line := fmt.Sprintf("%v %s %s", e.At, e.Kind, e.Name)
	if e.Twin != "" {
		line += " @" + e.Twin
	}
	tr.events, tr.details = append(tr.events, line), append(tr.details, e.Detail)
}

// traced builds a run with a trace.
func traced(t fataler, text string, files map[string]string) (*scenarios.Run, *trace) {
	t.Helper()
	tr := newTrace()
	run := build(t, text, options(files, tr))
	tr.run = run
	return run, tr
}

// A recording is a sink that writes a recording into memory, as hil.Recorder
// writes one to disk.
type recording struct {
	buf      bytes.Buffer
	w        *wire.Writer
	channels *devices.Channels
	err      error
}

func newRecording(t fataler) *recording {
	t.Helper()
	r := &recording{}
	var err error
	if r.w, err = wire.NewWriter(&r.buf); err != nil {
		t.Fatalf("%v", err)
	}
	return r
}

func (r *recording) note(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *recording) Tap(now sim.Time, x devices.Reading) {
	if !r.w.Has(x.Channel) {
		r.note(r.w.Channel(x.Channel, r.channels.Name(x.Channel), r.channels.Attr(x.Channel).Unit))
	}
	r.note(r.w.Tap(now, x))
}

func (r *recording) Value(sim.Time, devices.Reading) {}

func (r *recording) Event(e twins.Event) { r.note(r.w.Event(e.At, report.ToWire(e))) }

// record runs a scenario to its end and returns its result and its recording.
func record(t fataler, text string, files map[string]string) (scenarios.Result, []byte) {
	t.Helper()
	rec := newRecording(t)
	run := build(t, text, options(files, rec))
	rec.channels = run.Channels()
	res := finish(t, run)
	rec.note(rec.w.End(run.Sim().Now(), []byte(res.Digest)[:32]))
	if rec.err != nil {
		t.Fatalf("recording: %v", rec.err)
	}
	return res, rec.buf.Bytes()
}

func opener(data []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
}

// replayed runs a scenario on a recording.
func replayed(t fataler, text string, files map[string]string, data []byte, sinks ...twins.Sink) scenarios.Result {
	t.Helper()
	o := options(files, sinks...)
	o.Recording = opener(data)
	return finish(t, build(t, text, o))
}

// kpisOf prints the KPIs of a result with every bit.
func kpisOf(r scenarios.Result) string {
	var b strings.Builder
	for _, k := range r.KPIs {
		fmt.Fprintf(&b, "%s=%x ", k.Name, math.Float64bits(k.Value))
	}
	fmt.Fprintf(&b, "alarms=%d readings=%d quality=%v cleaned=%v rules=%v late=%d", r.Alarms, r.Readings, r.Quality, r.Cleaned, r.Rules, r.Late)
	return b.String()
}

func diffLines(t *testing.T, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		g, w := "(nothing)", "(nothing)"
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Fatalf("line %d: got %q, want %q\nall: %q", i, g, w, got)
		}
	}
}
