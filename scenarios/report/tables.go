package report

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/wire"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// A TablesConfig says where tables go and how large their parts are.
type TablesConfig struct {
	// Create makes a file of the given name; what it returns is closed when the
	// file is whole.
	Create func(name string) (io.WriteCloser, error)
	// Group is how many rows a row group has, and with it how many are held in
	// memory; 0 is 262144.
	Group int64
	// Part is after how many rows a new file begins; 0 is 16 million.
	Part int64
}

// Tables writes series.parquet and events.parquet. It is a [twins.Sink], and
// can also be filled from a recording. It does not allocate per reading.
type Tables struct {
	start   time.Time
	rep     int32
	name    func(devices.ChannelID) string
	names   []parquet.Value // by channel, the name once it was asked for
	quality map[devices.Quality]parquet.Value
	good    parquet.Value
	series  table
	events  table
}

// SeriesRow is a row of series.parquet.
type SeriesRow struct {
	Replication int32    `parquet:"replication"`
	Now         int64    `parquet:"now_ns,delta"`                         // arrival, in ns since the run's epoch
	At          int64    `parquet:"at_ns,delta"`                          // event time, in ns since the run's epoch
	Time        *int64   `parquet:"time,optional,timestamp(microsecond)"` // event time on the calendar
	Channel     string   `parquet:"channel,dict"`
	Value       *float64 `parquet:"value,optional"` // in the channel's unit; null when it is missing
	Quality     string   `parquet:"quality,dict"`
	Kind        string   `parquet:"kind,dict"` // "raw" as it came in, "derived" by a pipe
}

// EventRow is a row of events.parquet.
type EventRow struct {
	Replication int32   `parquet:"replication"`
	At          int64   `parquet:"at_ns,delta"` // in ns since the run's epoch
	Time        *int64  `parquet:"time,optional,timestamp(microsecond)"`
	Kind        string  `parquet:"kind,dict"`
	Twin        string  `parquet:"twin,dict"`
	Name        string  `parquet:"name,dict"`
	Detail      string  `parquet:"detail,dict"`
	Value       float64 `parquet:"value"` // in the unit that goes with kind and name
}

var (
	raw     = text("raw").Level(0, 0, 7)
	derived = text("derived").Level(0, 0, 7)
)

func text(s string) parquet.Value { return parquet.ByteArrayValue([]byte(s)) }

// NewTables returns tables for the runs that [Tables.Begin] announces.
func NewTables(c TablesConfig) *Tables {
	if c.Group <= 0 {
		c.Group = 1 << 18
	}
	if c.Part <= 0 {
		c.Part = 16_000_000
	}
	t := &Tables{quality: make(map[devices.Quality]parquet.Value)}
	t.series = table{name: "series", schema: parquet.SchemaOf(SeriesRow{}), create: c.Create, group: c.Group, part: c.Part}
	t.events = table{name: "events", schema: parquet.SchemaOf(EventRow{}), create: c.Create, group: c.Group, part: c.Part}
	t.good = t.flags(devices.Good)
	t.series.init()
	t.events.init()
	return t
}

// Begin announces a replication, the calendar time of its epoch (with the zero
// Time the column "time" is empty), and the names of its channels. It must come
// before the first reading.
func (t *Tables) Begin(replication uint32, start time.Time, name func(devices.ChannelID) string) {
	t.rep, t.start, t.name, t.names = int32(replication), start, name, t.names[:0]
}

// Tap writes a raw reading.
func (t *Tables) Tap(now sim.Time, r devices.Reading) { t.reading(now, r, raw) }

// Value writes a derived reading.
func (t *Tables) Value(now sim.Time, r devices.Reading) { t.reading(now, r, derived) }

func (t *Tables) reading(now sim.Time, r devices.Reading, kind parquet.Value) {
	row := t.series.row()
	row[0] = parquet.Int32Value(t.rep).Level(0, 0, 0)
	row[1] = parquet.Int64Value(int64(now)).Level(0, 0, 1)
	row[2] = parquet.Int64Value(int64(r.At)).Level(0, 0, 2)
	row[3] = t.calendar(r.At, 3)
	row[4] = t.channel(r.Channel)
	row[5] = parquet.DoubleValue(r.Value).Level(0, 1, 5)
	if r.Quality.Has(devices.Missing) && !r.Quality.Has(devices.Imputed) {
		row[5] = parquet.NullValue().Level(0, 0, 5)
	}
	row[6] = t.good
	if r.Quality != devices.Good {
		row[6] = t.flags(r.Quality)
	}
	row[7] = kind
	t.series.next()
}

// Event writes an event.
func (t *Tables) Event(e twins.Event) {
	row := t.events.row()
	row[0] = parquet.Int32Value(t.rep).Level(0, 0, 0)
	row[1] = parquet.Int64Value(int64(e.At)).Level(0, 0, 1)
	row[2] = t.calendar(e.At, 2)
	row[3] = text(e.Kind).Level(0, 0, 3)
	row[4] = text(e.Twin).Level(0, 0, 4)
	row[5] = text(e.Name).Level(0, 0, 5)
	row[6] = text(e.Detail).Level(0, 0, 6)
	row[7] = parquet.DoubleValue(e.Value).Level(0, 0, 7)
	t.events.next()
}

// calendar returns an optional timestamp in microseconds.
func (t *Tables) calendar(at sim.Time, column int) parquet.Value {
	if t.start.IsZero() {
		return parquet.NullValue().Level(0, 0, column)
	}
	us := t.start.UnixMicro() + int64(at/sim.Microsecond)
	return parquet.Int64Value(us).Level(0, 1, column)
}

func (t *Tables) channel(c devices.ChannelID) parquet.Value {
	for int(c) >= len(t.names) {
		t.names = append(t.names, parquet.Value{})
	}
	if t.names[c].IsNull() {
		t.names[c] = text(t.name(c)).Level(0, 0, 4)
	}
	return t.names[c]
}

func (t *Tables) flags(q devices.Quality) parquet.Value {
	v, ok := t.quality[q]
	if !ok {
		v = text(q.String()).Level(0, 0, 6)
		t.quality[q] = v
	}
	return v
}

// Err returns the first error of writing, if there was one.
func (t *Tables) Err() error { return errors.Join(t.series.err, t.events.err) }

// Close ends both tables.
func (t *Tables) Close() error { return errors.Join(t.series.close(), t.events.close()) }

// Recording writes the raw readings and the events of a recording, as one
// replication. A recording that was cut off is written as far as it goes, and
// the *wire.Truncated that says where is returned.
func (t *Tables) Recording(replication uint32, start time.Time, r *wire.Reader) error {
	t.Begin(replication, start, func(c devices.ChannelID) string { return r.Channels()[c].Name })
	var rec wire.Record
	for {
		switch err := r.Next(&rec); {
		case err == io.EOF:
			return t.Err()
		case err != nil:
			return fmt.Errorf("report: reading a recording: %w", err)
		}
		switch rec.Kind {
		case wire.KindTap:
			t.Tap(rec.Now, rec.Reading)
		case wire.KindBlock:
			t.Block(rec.Now, rec.Block)
		case wire.KindEvent:
			t.Event(FromWire(rec.Now, rec.Event))
		}
		if err := t.Err(); err != nil {
			return err
		}
	}
}

// Block writes each sample of a raw block as a reading.
func (t *Tables) Block(now sim.Time, b devices.Block) {
	for i, v := range b.Values {
		t.Tap(now, devices.Reading{At: b.Start + sim.Time(i)*b.Step, Channel: b.Channel, Value: v})
	}
}
