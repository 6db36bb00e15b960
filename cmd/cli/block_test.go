package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/hil"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/library"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

const waves = `
spec = 1
name = "waves"

[[twin]]
id = "heart"
type = "record"
channels = { ecg = "mV", rate = "bpm" }

[source.default]
"heart.rate" = { replay = "data", time = "t", step = "1 s" }
`

// recordWaves records readings and waveforms, one of which has been changed.
func recordWaves(t *testing.T, change func(*devices.Block)) string {
	t.Helper()
	var c devices.Channels
	if _, err := c.Add("heart", []devices.Attr{{Name: "ecg", Unit: "mV"}, {Name: "rate", Unit: "bpm"}}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "inputs.rec")
	rec, err := hil.Record(path)
	if err != nil {
		t.Fatal(err)
	}
	rec.Use(&c)
	for k := range sim.Time(4) {
		b := devices.Block{Channel: 0, Start: k * sim.Second, Step: 100 * sim.Millisecond, Values: []float64{1, 2, 3, 4}}
		if k == 2 && change != nil {
			change(&b)
		}
		rec.Block(b.End(), b)
		rec.Tap(b.End(), devices.Reading{At: b.End(), Channel: 1, Value: 60})
	}
	if err := rec.End(4*sim.Second, ""); err != nil {
		t.Fatal(err)
	}
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// Waveforms are compared sample by sample; a change that leaves the sum as it was
// is found, with its place.
func TestDiffComparesWaveforms(t *testing.T) {
	before := recordWaves(t, nil)
	out, _ := twinsim(t, done, "diff", before, recordWaves(t, nil))
	wants(t, out, "the same: 8 readings and events")
	for name, c := range map[string]struct {
		change func(*devices.Block)
		want   []string
	}{
		"two samples exchanged": {func(b *devices.Block) { b.Values[1], b.Values[2] = 3, 2 },
			[]string{"after 4 readings", "heart.ecg: 4 samples from 2 s, 100 ms apart; sample 2, of 2.1 s, is 2", "; sample 2, of 2.1 s, is 3"}},
		"step":   {func(b *devices.Block) { b.Start, b.Step = 2*sim.Second+150*sim.Millisecond, 50*sim.Millisecond }, []string{"50 ms apart"}},
		"longer": {func(b *devices.Block) { b.Values, b.Start = []float64{1, 2, 3, 4, 0}, 1900*sim.Millisecond }, []string{"5 samples from 1.9 s", "sample 5, of 2.3 s, is 0"}},
	} {
		out, _ := twinsim(t, rejected, "diff", before, recordWaves(t, c.change))
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", name, want, out)
			}
		}
	}
}

// What verify uses to compare a run with its recording sees waveforms, too, and so
// do the tables.
func TestWaveformsOfARun(t *testing.T) {
	spec, err := scenarios.Decode("waves.toml", []byte(waves))
	if err != nil {
		t.Fatal(err)
	}
	path := recordWaves(t, nil)
	for name, against := range map[string]string{"same": path, "other": recordWaves(t, func(b *devices.Block) { b.Values[1], b.Values[2] = 3, 2 })} {
		rec, err := openRecording(against)
		if err != nil {
			t.Fatal(err)
		}
		defer rec.file.Close()
		f := &folder{dir: t.TempDir()}
		f.begin()
		w, tables := &witness{rec: rec}, newBackground(f.tables, func(err error) { t.Error(err) })
		run, err := scenarios.Build(spec, scenarios.Options{Kinds: library.Kinds(), Sinks: []twins.Sink{w, tables}, Data: "x",
			Recording: func() (io.ReadCloser, error) { return os.Open(path) }})
		if err != nil {
			t.Fatal(err)
		}
		w.names = run.Channels()
		f.tables.Begin(0, run.Start(), run.Channels().Name)
		if err := run.Execute(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.end()
		tables.close()
		if err := f.tables.Close(); err != nil {
			t.Fatal(err)
		}
		if same := w.diff == nil; same != (name == "same") || same && w.index != 8 {
			t.Errorf("%s: after %d: %+v", name, w.index, w.diff)
		}
		if rows := series(t, f.dir); len(rows) != 20 {
			t.Errorf("%d rows in %s, want 16 samples and 4 readings", len(rows), "series.parquet")
		}
		if n := run.Result().Blocks; n != 4 {
			t.Errorf("the result has %d waveforms", n)
		}
	}
}
