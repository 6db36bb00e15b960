package wire

import (
	"bytes"
	"errors"
	"io"
	"math"
	"reflect"
	"testing"
	"testing/iotest"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

// clone keeps a record beyond the next call of Next.
func clone(r Record) Record {
	r.Block.Values = append([]float64(nil), r.Block.Values...)
	r.Data = append([]byte(nil), r.Data...)
	return r
}

// readAll reads a recording to its end and returns the error it ended with.
func readAll(data []byte) ([]Record, *Reader, error) {
	r, err := NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, nil, err
	}
	var out []Record
	for {
		var rec Record
		if err := r.Next(&rec); err != nil {
			return out, r, err
		}
		out = append(out, clone(rec))
	}
}

func same(a, b Record) bool { return reflect.DeepEqual(bitsOf(a), bitsOf(b)) }

// bitsOf makes NaN and -0 comparable.
func bitsOf(r Record) any {
	var values []uint64
	for _, v := range r.Block.Values {
		values = append(values, math.Float64bits(v))
	}
	e := r.Event
	return []any{
		r.Kind, r.Now, r.Reading.At, r.Reading.Channel, r.Reading.Seq, r.Reading.Quality,
		math.Float64bits(r.Reading.Value), r.Block.Channel, r.Block.Start, r.Block.Step, values,
		r.Name, r.Unit, string(r.Data), e.Kind, e.Subject, e.Verb, e.Object, math.Float64bits(e.Value), e.Span,
	}
}

// fataler is what *testing.T and *rapid.T have in common.
type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func check(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sample writes a recording with every kind of record and several frames, and
// returns it with the records and where each frame ends.
func sample(t testing.TB) (data []byte, want []Record, ends []int, counts []int) {
	var buf bytes.Buffer
	w, err := NewWriter(&buf)
	check(t, err)
	ends, counts = append(ends, buf.Len()), append(counts, 0)
	flush := func() {
		check(t, w.Flush())
		ends, counts = append(ends, buf.Len()), append(counts, len(want))
	}
	check(t, w.Meta(0, "seed", []byte("42")))
	want = append(want, Record{Kind: KindMeta, Name: "seed", Data: []byte("42")})
	for i, name := range []string{"zone-1.soil_moisture", "zone-2.soil_moisture", "wrist.ecg"} {
		check(t, w.Channel(devices.ChannelID(i+5), name, "m3/m3"))
		want = append(want, Record{Kind: KindChannel, Name: name, Unit: "m3/m3", Reading: devices.Reading{Channel: devices.ChannelID(i)}})
	}
	flush()
	for k := range 6 {
		now := sim.Time(k) * 10 * sim.Minute
		for i := range 2 {
			r := devices.Reading{At: now + sim.Time(k*i), Value: 0.31 - 0.01*float64(k), Channel: devices.ChannelID(i + 5), Tag: devices.Tag{Seq: uint32(k)}}
			if k == 3 {
				r.Value, r.Quality = 0, devices.Missing
			}
			check(t, w.Tap(now, r))
			r.Channel = devices.ChannelID(i)
			want = append(want, Record{Kind: KindTap, Now: now, Reading: r})
		}
		if k%2 == 0 {
			continue
		}
		b := devices.Block{Channel: 7, Start: now - sim.Second, Step: 4 * sim.Millisecond, Values: []float64{0.125, -0.25, 1.5, math.Pi}}
		check(t, w.Block(now, b))
		b.Channel = 2
		want = append(want, Record{Kind: KindBlock, Now: now, Block: b})
		e := Event{Kind: CommandGiven, Subject: "valve-1", Verb: "open", Object: "", Value: 1.5, Span: 45 * sim.Minute}
		check(t, w.Event(now, e))
		want = append(want, Record{Kind: KindEvent, Now: now, Event: e})
		flush()
	}
	check(t, w.End(sim.Hour, []byte{0xde, 0xad}))
	want = append(want, Record{Kind: KindEnd, Now: sim.Hour, Data: []byte{0xde, 0xad}})
	ends, counts = append(ends, buf.Len()), append(counts, len(want))
	return buf.Bytes(), want, ends, counts
}

// only keeps the fields that the kind says are set.
func only(r Record) Record {
	out := Record{Kind: r.Kind, Now: r.Now}
	switch r.Kind {
	case KindChannel:
		out.Now, out.Name, out.Unit, out.Reading = 0, r.Name, r.Unit, r.Reading
	case KindTap:
		out.Reading = r.Reading
	case KindBlock:
		out.Block = r.Block
	case KindMeta:
		out.Name, out.Data = r.Name, r.Data
	case KindEvent:
		out.Event = r.Event
	case KindEnd:
		out.Data = r.Data
	}
	return out
}

func compare(t fataler, got, want []Record) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
	for i := range got {
		if !same(only(got[i]), only(want[i])) {
			t.Fatalf("record %d:\n got %+v\nwant %+v", i, only(got[i]), only(want[i]))
		}
	}
}

func TestRoundTripSample(t *testing.T) {
	data, want, _, _ := sample(t)
	got, r, err := readAll(data)
	if err != io.EOF {
		t.Fatalf("a whole recording ends with %v, want io.EOF", err)
	}
	compare(t, got, want)
	if c := r.Channels(); len(c) != 3 || c[1].Name != "zone-2.soil_moisture" || c[1].Unit != "m3/m3" {
		t.Errorf("channels %v", c)
	}
	if r.Offset() != int64(len(data)) {
		t.Errorf("offset %d of %d", r.Offset(), len(data))
	}
}

// A process may be killed at any byte: all whole frames before are kept.
func TestTruncatedAtEveryByte(t *testing.T) {
	data, want, ends, counts := sample(t)
	for n := range len(data) {
		got, _, err := readAll(data[:n])
		cut, ok := IsTruncated(err)
		if !ok {
			t.Fatalf("cut to %d bytes: %v, want a Truncated", n, err)
		}
		whole := -1
		for i, end := range ends {
			if end <= n {
				whole = i
			}
		}
		if whole < 0 {
			if len(got) > 0 || cut.Offset != 0 || cut.Damaged {
				t.Fatalf("cut to %d bytes, within the header: %d records, %v", n, len(got), cut)
			}
			continue
		}
		compare(t, got, want[:counts[whole]])
		if cut.Offset != int64(ends[whole]) || cut.Records != int64(counts[whole]) || cut.Damaged {
			t.Fatalf("cut to %d bytes: %+v, want offset %d and %d records", n, cut, ends[whole], counts[whole])
		}
	}
}

// Any single changed bit, and any frame lost, repeated or swapped, ends the
// recording before it and never yields a wrong record.
func TestDamage(t *testing.T) {
	data, want, ends, counts := sample(t)
	for i := headerSize; i < len(data); i++ {
		for bit := range 8 {
			bad := bytes.Clone(data)
			bad[i] ^= 1 << bit
			got, _, err := readAll(bad)
			if _, ok := IsTruncated(err); !ok {
				t.Fatalf("bit %d of byte %d: %v", bit, i, err)
			}
			frame := 0
			for ends[frame+1] <= i {
				frame++
			}
			compare(t, got, want[:counts[frame]])
		}
	}
	frame := func(i int) []byte { return data[ends[i]:ends[i+1]] }
	for name, bad := range map[string][]byte{
		"lost":     append(bytes.Clone(data[:ends[1]]), data[ends[2]:]...),
		"repeated": append(bytes.Clone(data[:ends[2]]), data[ends[1]:]...),
		"swapped":  bytes.Join([][]byte{data[:ends[1]], frame(2), frame(1), data[ends[3]:]}, nil),
		"zeros":    append(bytes.Clone(data[:ends[1]]), make([]byte, 4096)...),
		"appended": append(bytes.Clone(data), frame(1)...),
	} {
		got, _, err := readAll(bad)
		cut, ok := IsTruncated(err)
		if !ok || !cut.Damaged || cut.Records != int64(len(got)) {
			t.Errorf("%s: %v", name, err)
		}
		compare(t, got, want[:len(got)])
	}
}

// A frame after the end record is refused even if its checksum is right.
func TestAfterEnd(t *testing.T) {
	data, want, ends, _ := sample(t)
	bad := rechecksum(append(bytes.Clone(data), data[ends[1]:ends[2]]...))
	got, _, err := readAll(bad)
	if cut, ok := IsTruncated(err); !ok || !cut.Damaged || cut.Offset != int64(len(data)) {
		t.Errorf("%v", err)
	}
	compare(t, got, want)
}

func TestHeader(t *testing.T) {
	if _, err := NewReader(bytes.NewReader([]byte("time,value\n1,2\n"))); !errors.Is(err, ErrNotRecording) {
		t.Errorf("a CSV file: %v", err)
	}
	_, err := NewReader(bytes.NewReader([]byte(magic + "\x63\x00\x00\x00")))
	var ve *VersionError
	if !errors.As(err, &ve) || ve.Got != 99 {
		t.Errorf("version 99: %v", err)
	}
	if _, err := NewReader(iotest.ErrReader(errors.New("disk gone"))); err == nil || errors.Is(err, ErrNotRecording) {
		t.Errorf("a reader that fails: %v", err)
	}
}

// A length that was damaged upwards must not make the reader allocate it.
func TestHugeLength(t *testing.T) {
	data, _, ends, _ := sample(t)
	bad := bytes.Clone(data)
	bad[ends[1]+3] = 0x03 // 48 MiB and more
	r, err := NewReader(bytes.NewReader(bad))
	check(t, err)
	var rec Record
	for err == nil {
		err = r.Next(&rec)
	}
	if cut, ok := IsTruncated(err); !ok || cut.Offset != int64(ends[1]) {
		t.Fatal(err)
	}
	if cap(r.values) > 1<<10 || cap(r.c.b) > 2<<20 {
		t.Errorf("holds %d bytes", cap(r.c.b))
	}
}

func TestWriterRefuses(t *testing.T) {
	w, err := NewWriter(io.Discard)
	check(t, err)
	check(t, w.Channel(3, "a.b", ""))
	for name, err := range map[string]error{
		"undefined tap":   w.Tap(0, devices.Reading{Channel: 2}),
		"no channel":      w.Tap(0, devices.Reading{Channel: devices.NoChannel}),
		"undefined block": w.Block(0, devices.Block{Channel: 9}),
		"twice":           w.Channel(3, "a.b", ""),
		"negative":        w.Channel(-1, "a.c", ""),
		"event":           w.Event(0, Event{Subject: "x"}),
		"long key":        w.Meta(0, string(make([]byte, maxName+1)), nil),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	check(t, w.End(0, nil))
	if w.Tap(0, devices.Reading{Channel: 3}) == nil {
		t.Error("a tap after the end: no error")
	}
}

// limited takes n bytes and then fails.
type limited struct{ n int }

func (l *limited) Write(b []byte) (int, error) {
	if len(b) > l.n {
		return l.n, errors.New("disk full")
	}
	l.n -= len(b)
	return len(b), nil
}

func TestWriteErrorsStay(t *testing.T) {
	w, err := NewWriter(&limited{n: 20})
	check(t, err)
	check(t, w.Channel(0, "a.b", ""))
	if w.Flush() == nil {
		t.Fatal("disk full: no error")
	}
	if w.Tap(0, devices.Reading{}) == nil || w.Flush() == nil || w.End(0, nil) == nil {
		t.Error("the error was forgotten")
	}
}

func drawValue(t *rapid.T, last float64) float64 {
	switch rapid.IntRange(0, 6).Draw(t, "form") {
	case 0:
		return last
	case 1:
		return float64(rapid.IntRange(-1000, 1000).Draw(t, "m")) / 10
	case 2:
		return float64(rapid.IntRange(-1<<20, 1<<20).Draw(t, "m")) * 0.0625
	case 3:
		return float64(rapid.Float32().Draw(t, "float32"))
	case 4:
		return math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
	case 5:
		return rapid.SampledFrom([]float64{0, math.Copysign(0, -1), math.Inf(1), math.NaN(), math.MaxFloat64, 1 << 52, -(1 << 51)}).Draw(t, "special")
	}
	return rapid.Float64().Draw(t, "float64")
}

// drawBlock makes a block of decimals, of float32s or of anything.
func drawBlock(t *rapid.T, last float64) devices.Block {
	b := devices.Block{Start: sim.Time(rapid.Int64().Draw(t, "start")), Step: sim.Time(rapid.Int64().Draw(t, "step"))}
	form := rapid.IntRange(0, 2).Draw(t, "form")
	for range rapid.IntRange(0, 9).Draw(t, "n") {
		v := drawValue(t, last)
		switch form {
		case 0:
			v = float64(rapid.IntRange(-999, 999).Draw(t, "v")) / 100
		case 1:
			v = float64(float32(v))
		}
		b.Values = append(b.Values, v)
	}
	return b
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var buf bytes.Buffer
		w, err := NewWriter(&buf)
		check(t, err)
		n := rapid.IntRange(1, 4).Draw(t, "channels")
		var want []Record
		for i := range n {
			name := rapid.String().Draw(t, "name")
			check(t, w.Channel(devices.ChannelID(2*i), name, "K"))
			want = append(want, Record{Kind: KindChannel, Name: name, Unit: "K", Reading: devices.Reading{Channel: devices.ChannelID(i)}})
		}
		last := 0.0
		for range rapid.IntRange(0, 60).Draw(t, "records") {
			i := rapid.IntRange(0, n-1).Draw(t, "channel")
			now := sim.Time(rapid.SampledFrom([]int64{0, 1, 6e11, math.MaxInt64, math.MinInt64}).Draw(t, "now"))
			if rapid.Bool().Draw(t, "steady") {
				now = w.now + w.step
			}
			rec := Record{Now: now}
			switch rapid.SampledFrom([]string{"tap", "tap", "tap", "block", "meta", "event", "flush"}).Draw(t, "kind") {
			case "tap":
				last = drawValue(t, last)
				r := devices.Reading{
					At: now - sim.Time(rapid.Int64().Draw(t, "lag")>>rapid.IntRange(0, 63).Draw(t, "shift")), Value: last,
					Channel: devices.ChannelID(2 * i), Tag: devices.Tag{Seq: rapid.Uint32().Draw(t, "seq"), Quality: devices.Quality(rapid.Uint16().Draw(t, "quality"))},
				}
				check(t, w.Tap(now, r))
				rec.Kind, rec.Reading = KindTap, r
				rec.Reading.Channel = devices.ChannelID(i)
			case "block":
				b := drawBlock(t, last)
				rec.Kind, rec.Block = KindBlock, b
				b.Channel, rec.Block.Channel = devices.ChannelID(2*i), devices.ChannelID(i)
				check(t, w.Block(now, b))
			case "meta":
				rec.Kind, rec.Name, rec.Data = KindMeta, rapid.String().Draw(t, "key"), rapid.SliceOf(rapid.Byte()).Draw(t, "value")
				check(t, w.Meta(now, rec.Name, rec.Data))
			case "event":
				text := rapid.SampledFrom([]string{"", "water when dry", "valve-1", "open", string(make([]byte, 300))})
				rec.Kind = KindEvent
				rec.Event = Event{EventKind(rapid.IntRange(1, 255).Draw(t, "ek")), text.Draw(t, "subject"), text.Draw(t, "verb"), text.Draw(t, "object"), drawValue(t, last), now}
				check(t, w.Event(now, rec.Event))
			case "flush":
				check(t, w.Flush())
				continue
			}
			want = append(want, rec)
		}
		check(t, w.End(w.now, []byte("digest")))
		want = append(want, Record{Kind: KindEnd, Now: w.now, Data: []byte("digest")})
		got, _, err := readAll(buf.Bytes())
		if err != io.EOF {
			t.Fatal(err)
		}
		compare(t, got, want)
	})
}

// rechecksum makes every frame of data pass its checksum, so that the fuzzer
// reaches the records.
func rechecksum(data []byte) []byte {
	out := bytes.Clone(data)
	if len(out) < headerSize {
		return out
	}
	crc := crcOf(0, out[:headerSize])
	for i := headerSize; i+frameHead <= len(out); {
		n := int(uint32(out[i]) | uint32(out[i+1])<<8 | uint32(out[i+2])<<16 | uint32(out[i+3])<<24)
		if n == 0 || n > len(out)-i-frameHead {
			break
		}
		crc = crcOf(crc, out[i:i+4])
		crc = crcOf(crc, out[i+frameHead:i+frameHead+n])
		out[i+4], out[i+5], out[i+6], out[i+7] = byte(crc), byte(crc>>8), byte(crc>>16), byte(crc>>24)
		i += frameHead + n
	}
	return out
}

func FuzzReader(f *testing.F) {
	data, _, ends, _ := sample(f)
	f.Add(data)
	f.Add(data[:ends[2]+3])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range [][]byte{data, rechecksum(data)} {
			got, r, err := readAll(d)
			if err == nil {
				t.Fatal("no end")
			}
			if r == nil {
				continue
			}
			if r.Offset() > int64(len(d)) {
				t.Fatalf("offset %d of %d bytes", r.Offset(), len(d))
			}
			if cut, ok := IsTruncated(err); ok && cut.Records != int64(len(got)) {
				t.Fatalf("%v, but %d records were returned", cut, len(got))
			}
			// It doesn't matter in which pieces the bytes come.
			r2, err2 := NewReader(iotest.OneByteReader(bytes.NewReader(d)))
			if err2 != nil {
				t.Fatal(err2)
			}
			for i := range got {
				var rec Record
				if err := r2.Next(&rec); err != nil || !same(only(rec), only(got[i])) {
					t.Fatalf("record %d in pieces: %v", i, err)
				}
			}
		}
	})
}

// However fast a run is, a recording that is cut off or damaged loses at most
// the frame in which that happens, of what comes before.
func TestFramesAreSmall(t *testing.T) {
	var buf bytes.Buffer
	w, err := NewWriter(&buf)
	check(t, err)
	check(t, w.Channel(0, "a.b", "K"))
	const n = 20_000
	for i := range n {
		check(t, w.Tap(sim.Time(i), devices.Reading{At: sim.Time(i), Value: float64(i) / 7, Tag: devices.Tag{Seq: uint32(i)}}))
	}
	check(t, w.End(n, nil))
	size := buf.Len()
	for _, at := range []int{size / 3, size / 2, size - 1} {
		_, _, err := readAll(buf.Bytes()[:at])
		if cut, ok := IsTruncated(err); !ok || cut.Damaged || int64(at)-cut.Offset > frameHead+frameFull+64 {
			t.Errorf("cut at %d of %d: %v", at, size, err)
		}
		bad := bytes.Clone(buf.Bytes())
		bad[at] ^= 1
		_, _, err = readAll(bad)
		if cut, ok := IsTruncated(err); !ok || !cut.Damaged || int64(at)-cut.Offset > frameHead+frameFull+64 {
			t.Errorf("damaged at %d of %d: %v", at, size, err)
		}
	}
}
