package wire

import (
	"bytes"
	"hash/crc32"
	"io"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

func crcOf(crc uint32, b []byte) uint32 { return crc32.Update(crc, castagnoli, b) }

// readings are ticks of 100 sensors. Kind 0 has full noise, 1 a resolution of
// 0.1, 2 an ADC's odd step in float32.
func readings(kind, n int) []devices.Reading {
	rnd := rand.New(rand.NewPCG(1, 2))
	out := make([]devices.Reading, n)
	for i := range out {
		v := 20 + rnd.NormFloat64()
		switch kind {
		case 1:
			v = math.Round(v*10) / 10
		case 2:
			v = float64(float32(math.Round(v*300) / 300))
		}
		at := sim.Time(i/100) * 10 * sim.Minute
		out[i] = devices.Reading{At: at, Value: v, Channel: devices.ChannelID(i % 100), Tag: devices.Tag{Seq: uint32(i / 100)}}
	}
	return out
}

func newBenchWriter(t testing.TB, w io.Writer) *Writer {
	wr, err := NewWriter(w)
	check(t, err)
	for i := range 100 {
		check(t, wr.Channel(devices.ChannelID(i), "zone.soil_moisture", "m3/m3"))
	}
	return wr
}

var kinds = []string{"noise", "tenths", "float32"}

func BenchmarkWriteTap(b *testing.B) {
	for kind, name := range kinds {
		b.Run(name, func(b *testing.B) {
			rs := readings(kind, 100_000)
			var n counter
			w := newBenchWriter(b, &n)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				r := rs[i%len(rs)]
				if err := w.Tap(r.At, r); err != nil {
					b.Fatal(err)
				}
			}
			check(b, w.Flush())
			b.ReportMetric(float64(n)/float64(b.N), "B/reading")
		})
	}
}

type counter int64

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }

func BenchmarkReadTap(b *testing.B) {
	for kind, name := range kinds {
		b.Run(name, func(b *testing.B) {
			data := recording(b, kind, 100_000)
			b.ReportAllocs()
			b.ResetTimer()
			var rec Record
			for n := 0; n < b.N; {
				r, err := NewReader(bytes.NewReader(data))
				check(b, err)
				for err = r.Next(&rec); err == nil; err = r.Next(&rec) {
					n++
				}
				if err != io.EOF {
					b.Fatal(err)
				}
			}
		})
	}
}

func recording(t testing.TB, kind, n int) []byte {
	var buf bytes.Buffer
	w := newBenchWriter(t, &buf)
	for _, r := range readings(kind, n) {
		check(t, w.Tap(r.At, r))
	}
	check(t, w.End(0, nil))
	return buf.Bytes()
}

// The path of a reading does not allocate and stays compact.
func TestTapCost(t *testing.T) {
	for kind, limit := range []float64{9.5, 3.5, 6.5} { // bytes per reading, with channels and frames
		n := 100_000
		data := recording(t, kind, n)
		if size := float64(len(data)) / float64(n); size > limit {
			t.Errorf("%s: %.2f bytes per reading, want at most %g", kinds[kind], size, limit)
		}
		rs := readings(kind, n)
		w := newBenchWriter(t, io.Discard)
		i := 0
		if a := testing.AllocsPerRun(20_000, func() { check(t, w.Tap(rs[i].At, rs[i])); i++ }); a > 0 {
			t.Errorf("%s: %v allocations per tap written", kinds[kind], a)
		}
		r, err := NewReader(bytes.NewReader(data))
		check(t, err)
		var rec Record
		for range 20_000 {
			check(t, r.Next(&rec))
		}
		if a := testing.AllocsPerRun(50_000, func() { check(t, r.Next(&rec)) }); a > 0 {
			t.Errorf("%s: %v allocations per tap read", kinds[kind], a)
		}
	}
}
