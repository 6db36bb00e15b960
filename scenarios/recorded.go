package scenarios

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/wire"
	"github.com/twinsim/twinsim/sim"
)

// A recorded source feeds the taps of a recording into a run, at the instants
// at which they came and in the same order.
type recorded struct {
	world  *world
	file   io.Closer
	reader *wire.Reader
	rec    wire.Record
	mapped []devices.ChannelID // by the recording's channels
	id     sim.ActorID
	emit   devices.Emit
	ended  func(*sim.Sim) error // called once the last record has been handed on
	taken  int                  // records read since the file was opened
	state  recordedState
}

// recordedState is saved with the run.
type recordedState struct {
	Taken int    // records read, the one that waits included
	Done  bool   // the recording has ended
	Cut   string // how it ended early, if it did
}

// InterruptedKey is the key of the last record, a value, in the recording of a run
// that was interrupted and stopped in order.
const InterruptedKey = "interrupted"

// cutShort says how a recording ends early; halted is that its last record says
// that the run was interrupted.
func cutShort(t *wire.Truncated, halted bool) string {
	switch {
	case t.Damaged:
		return fmt.Sprintf("the recording is damaged at byte %d, and read up to there: %s", t.Offset, t.Reason)
	case halted:
		return "the recording ends where its run was interrupted"
	}
	return "the recording ends early, as that of a run that was killed"
}

func (r *Run) startRecording() error {
	w := r.world
	x := &recorded{world: w, emit: w.hub.Ingest}
	r.taps = x
	var err error
	if x.id, err = w.sim.Add("recording", x); err != nil {
		return err
	}
	if err := w.sim.Keep("recording", &x.state); err != nil {
		return err
	}
	return x.open()
}

func (x *recorded) open() error {
	f, err := x.world.opts.Recording()
	if err != nil {
		return err
	}
	x.file, x.taken, x.mapped = f, 0, nil
	x.reader, err = wire.NewReader(f)
	return err
}

func (x *recorded) close() error {
	if x.file == nil {
		return nil
	}
	f := x.file
	x.file = nil
	return f.Close()
}

func (x *recorded) done() bool { return x.state.Done }

// Start schedules the first tap.
func (x *recorded) Start(s *sim.Sim) error { return x.next(s) }

// next reads up to the next tap, or the end, and schedules it.
func (x *recorded) next(s *sim.Sim) error {
	ok, err := x.read()
	if err != nil {
		return err
	}
	if !ok {
		return x.finish(s)
	}
	_, err = s.Schedule(sim.Event{At: max(x.rec.Now, s.Now()), Rank: sim.RankInput, To: x.id})
	return err
}

// read reads up to the next tap, or the record that the run had ended; false is
// the end of a recording without one.
func (x *recorded) read() (bool, error) {
	for halted := false; ; {
		err := x.reader.Next(&x.rec)
		if t, cut := wire.IsTruncated(err); cut {
			x.state.Cut = cutShort(t, halted)
			return false, nil
		}
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		x.taken++
		x.state.Taken = x.taken
		halted = x.rec.Kind == wire.KindMeta && x.rec.Name == InterruptedKey
		switch x.rec.Kind {
		case wire.KindChannel:
			if err := x.channel(); err != nil {
				return false, err
			}
		case wire.KindTap, wire.KindBlock, wire.KindEnd:
			return true, nil
		}
	}
}

func (x *recorded) channel() error {
	c, ok := x.world.channels.Lookup(x.rec.Name)
	if !ok {
		return fmt.Errorf("the recording has readings of %s, which the scenario has not; replay it with the scenario it was recorded with", x.rec.Name)
	}
	if unit := x.world.channels.Attr(c).Unit; unit != x.rec.Unit {
		return fmt.Errorf("the recording has %s in %q, the scenario in %q; replay it with the scenario it was recorded with", x.rec.Name, x.rec.Unit, unit)
	}
	x.mapped = append(x.mapped, c)
	return nil
}

// Handle emits all taps of this instant.
func (x *recorded) Handle(s *sim.Sim, _ sim.Event) error {
	if x.taken != x.state.Taken { // after a Load: find the place again
		if err := x.seek(); err != nil {
			return err
		}
	}
	for x.rec.Now <= s.Now() {
		if x.rec.Kind == wire.KindEnd {
			return x.finish(s)
		}
		if err := x.hand(); err != nil {
			return err
		}
		if ok, err := x.read(); err != nil {
			return err
		} else if !ok {
			return x.finish(s)
		}
	}
	_, err := s.Schedule(sim.Event{At: x.rec.Now, Rank: sim.RankInput, To: x.id})
	return err
}

// hand hands the record over under the channel's number in this run.
func (x *recorded) hand() error {
	if x.rec.Kind == wire.KindBlock {
		b := x.rec.Block
		b.Channel = x.mapped[b.Channel]
		return x.world.hub.IngestBlock(b)
	}
	r := x.rec.Reading
	r.Channel = x.mapped[r.Channel]
	x.emit(r)
	return nil
}

func (x *recorded) finish(s *sim.Sim) error {
	x.state.Done = true
	if x.ended == nil {
		return nil
	}
	return x.ended(s)
}

func (x *recorded) seek() error {
	want := x.state.Taken
	if err := x.close(); err != nil {
		return err
	}
	if err := x.open(); err != nil {
		return err
	}
	for x.taken < want {
		if ok, err := x.read(); err != nil {
			return err
		} else if !ok {
			return errors.New("the recording is shorter than when the state was saved; is it another?")
		}
	}
	return nil
}

func sorted(names []string) []string {
	slices.Sort(names)
	return names
}
