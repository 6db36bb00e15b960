package replay

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// opens returns an opener of a text.
func opens(text string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
}

// tapped is a reading and when it came.
type tapped struct {
	now sim.Time
	r   devices.Reading
}

func start(t testing.TB, cfg Config, taps *[]tapped) (*sim.Sim, *Source) {
	t.Helper()
	src, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	run := sim.New(sim.Config{Seed: 1})
	if err := src.Start(run, func(r devices.Reading) { *taps = append(*taps, tapped{run.Now(), r}) }); err != nil {
		t.Fatal(err)
	}
	return run, src
}

func TestSourceInRun(t *testing.T) {
	text := "time,a,b\n" +
		"2026-05-01 00:00,1,10\n" +
		"2026-05-01 00:10,2,NA\n" +
		"2026-05-01 00:05,3,30\n" + // the clock goes back
		"2026-05-01 00:10,4,x\n" +
		"2026-05-01 00:20,5,50\n"
	cfg := Config{File: "soil.csv", Open: opens(text), Time: []string{"time"}, Start: sim.Hour,
		Columns: []Column{{Column: "a", Channel: 7}, {Column: "b", Channel: 8, Scale: 0.5, Offset: 1}}}
	var taps []tapped
	run, src := start(t, cfg, &taps)
	if err := run.Run(context.Background(), sim.Day); err != nil {
		t.Fatal(err)
	}
	m := sim.Minute
	h := sim.Hour
	want := []tapped{
		{h, devices.Reading{At: h, Value: 1, Channel: 7}},
		{h, devices.Reading{At: h, Value: 6, Channel: 8}},
		{h + 10*m, devices.Reading{At: h + 10*m, Value: 2, Channel: 7, Tag: devices.Tag{Seq: 1}}},
		{h + 10*m, devices.Reading{At: h + 10*m, Channel: 8, Tag: devices.Tag{Seq: 1, Quality: devices.Missing}}},
		{h + 10*m, devices.Reading{At: h + 5*m, Value: 3, Channel: 7, Tag: devices.Tag{Seq: 2, Quality: devices.Disordered}}},
		{h + 10*m, devices.Reading{At: h + 5*m, Value: 16, Channel: 8, Tag: devices.Tag{Seq: 2, Quality: devices.Disordered}}},
		{h + 10*m, devices.Reading{At: h + 10*m, Value: 4, Channel: 7, Tag: devices.Tag{Seq: 3, Quality: devices.Repeated}}},
		{h + 10*m, devices.Reading{At: h + 10*m, Channel: 8, Tag: devices.Tag{Seq: 3, Quality: devices.Repeated | devices.Missing | devices.Suspect}}},
		{h + 20*m, devices.Reading{At: h + 20*m, Value: 5, Channel: 7, Tag: devices.Tag{Seq: 4}}},
		{h + 20*m, devices.Reading{At: h + 20*m, Value: 26, Channel: 8, Tag: devices.Tag{Seq: 4}}},
	}
	if !slices.Equal(taps, want) {
		t.Errorf("got\n%v\nwant\n%v", taps, want)
	}
	if run.Handled() != 3 {
		t.Errorf("%d events, want one for each distinct time of arrival: 3", run.Handled())
	}
	if c := src.Counters(); c.Rows != 5 || c.Missing != 2 || c.Unreadable != 1 || c.Disordered != 1 || c.Repeated != 1 || !src.Done() {
		t.Errorf("%+v", c)
	}
	if p := src.Problems(); len(p) != 1 || p[0].Error() != `replay: soil.csv:5: column 3 "b": "x": want a finite number, or one of the words for a missing value` {
		t.Errorf("problems %v", p)
	}
}

func TestSourceLeavesOutWhatIsBeforeTheRun(t *testing.T) {
	cfg := Config{Open: opens("1,10\n2,20\n3,30\n"), Time: []string{"1"}, Step: sim.Hour, Start: -2 * sim.Hour, Columns: []Column{{Column: "2"}}}
	var taps []tapped
	run, src := start(t, cfg, &taps)
	if err := run.Run(context.Background(), sim.Day); err != nil {
		t.Fatal(err)
	}
	if len(taps) != 2 || taps[0].now != 0 || taps[0].r.Value != 20 || src.Counters().Before != 1 {
		t.Errorf("%v, %+v", taps, src.Counters())
	}
}

// table makes a file with disorder, gaps and bad cells.
func table(rows int) string {
	var b strings.Builder
	b.WriteString("t,a,b\n")
	for i := range rows {
		at := 60 * i
		switch {
		case i%17 == 3:
			at -= 180
		case i%29 == 5:
			at = 60 * (i - 1)
		}
		fmt.Fprintf(&b, "%d,%d.5,", 1_700_000_000+at, i)
		switch {
		case i%11 == 0:
			b.WriteString("oops\n")
		case i%7 == 0:
			b.WriteString("\n\n")
		default:
			fmt.Fprintf(&b, "\"%d\"\n", i*i)
		}
	}
	return b.String()
}

// seekable is a file that can seek, as those of os can.
type seekable struct{ *strings.Reader }

func (seekable) Close() error { return nil }

func TestSaveInTheMiddle(t *testing.T) {
	text := table(5000)
	for name, open := range map[string]func() (io.ReadCloser, error){
		"plain": opens(text), "gzip": opensBytes(pack(text)),
		"seeking": func() (io.ReadCloser, error) { return seekable{strings.NewReader("\xef\xbb\xbf" + text)}, nil },
	} {
		cfg := Config{Name: "x", Open: open, Time: []string{"t"}, Columns: []Column{{Column: "a"}, {Column: "b", Channel: 1}}}
		var whole []tapped
		run, src := start(t, cfg, &whole)
		if err := run.Run(context.Background(), 10*sim.Day); err != nil {
			t.Fatal(err)
		}
		for _, until := range []sim.Time{0, sim.Hour, 30*sim.Hour + 1, 5 * sim.Day} {
			var taps []tapped
			first, _ := start(t, cfg, &taps)
			if err := first.Run(context.Background(), until); err != nil {
				t.Fatal(err)
			}
			saved, err := first.Save()
			if err != nil {
				t.Fatal(err)
			}
			// The first run goes on: its reader must not disturb the saved state.
			if err := first.Run(context.Background(), until+sim.Hour); err != nil {
				t.Fatal(err)
			}
			taps = slices.DeleteFunc(taps, func(x tapped) bool { return x.now > until })
			second, again := start(t, cfg, &taps)
			if err := second.Load(saved); err != nil {
				t.Fatal(err)
			}
			if err := second.Run(context.Background(), 10*sim.Day); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(taps, whole) {
				t.Errorf("%s: saved at %v: %d readings, want the %d of the run in one piece", name, until, len(taps), len(whole))
			}
			if again.Counters() != src.Counters() {
				t.Errorf("%s: saved at %v: counters\n%+v, want\n%+v", name, until, again.Counters(), src.Counters())
			}
			// Back to the saved state in a run that has already read on.
			taps = slices.DeleteFunc(taps, func(x tapped) bool { return x.now > until })
			if err := second.Load(saved); err != nil {
				t.Fatal(err)
			}
			if err := second.Run(context.Background(), 10*sim.Day); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(taps, whole) {
				t.Errorf("%s: loaded twice at %v: readings differ", name, until)
			}
		}
	}
}

func BenchmarkSource(b *testing.B) {
	text := table(50_000)
	cfg := Config{Open: opens(text), Time: []string{"t"}, Columns: []Column{{Column: "a"}, {Column: "b", Channel: 1}}}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		src, err := New(cfg)
		if err != nil {
			b.Fatal(err)
		}
		run := sim.New(sim.Config{})
		if err := src.Start(run, func(devices.Reading) { n++ }); err != nil {
			b.Fatal(err)
		}
		if err := run.Run(context.Background(), 100*sim.Day); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/reading")
}
