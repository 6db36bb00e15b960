package replay

import (
	"io"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// A Source feeds a file into a run: one event for each distinct time of
// arrival, with [sim.RankInput], on one actor.
type Source struct {
	// Ended, if not nil, is called once the last row has been handed on.
	Ended func(*sim.Sim) error
	name  string
	r     *Reader
}

var _ devices.Source = (*Source)(nil)

// New looks at the beginning of the file and finds the columns.
func New(cfg Config) (*Source, error) {
	r, err := NewReader(cfg)
	if err != nil {
		return nil, err
	}
	name := cfg.Name
	if name == "" {
		name = cfg.label()
	}
	return &Source{name: "replay/" + name, r: r}, nil
}

// Describe returns what was found out about the file.
func (s *Source) Describe() Description { return s.r.Describe() }

// Counters returns the account of the rows read so far, the one read ahead
// included.
func (s *Source) Counters() Counters { return s.r.Counters() }

// Problems returns the first few cells and rows that could not be read.
func (s *Source) Problems() []Problem { return s.r.Problems() }

// Done reports whether the file has been read and handed on to its end.
func (s *Source) Done() bool { return s.r.st.Done && !s.r.st.Waiting }

// Close releases the file. A run that goes on opens it again.
func (s *Source) Close() error { return s.r.Close() }

// Start adds the source's actor, "replay/" and the name of the config, and
// keeps its state under that name. Rows from before the run's time are counted
// as Before and left out.
func (s *Source) Start(run *sim.Sim, emit devices.Emit) error {
	a := &player{source: s, r: s.r, emit: emit}
	id, err := run.Add(s.name, a)
	if err != nil {
		return err
	}
	a.id = id
	return run.Keep(s.name, s.r.st)
}

// A player is the actor: it has read the row that its pending event is for.
type player struct {
	source *Source
	r      *Reader
	id     sim.ActorID
	emit   devices.Emit
}

// Start reads the first row.
func (p *player) Start(run *sim.Sim) error {
	p.r.st.From = run.Now()
	return p.ahead(run)
}

// Handle emits all rows that arrive now and reads the first that does not.
func (p *player) Handle(run *sim.Sim, _ sim.Event) error {
	st := p.r.st
	for st.Waiting && st.Pending.Arrival <= run.Now() {
		st.Waiting = false
		for i := range st.Pending.Readings {
			p.emit(st.Pending.Readings[i])
		}
		if err := p.read(); err != nil {
			return err
		}
	}
	return p.schedule(run)
}

func (p *player) ahead(run *sim.Sim) error {
	if err := p.read(); err != nil {
		return err
	}
	return p.schedule(run)
}

// read fetches the next row into Pending, or closes the file at its end.
func (p *player) read() error {
	switch err := p.r.Next(&p.r.st.Pending); err {
	case nil:
		p.r.st.Waiting = true
		return nil
	case io.EOF:
		return p.r.Close()
	default:
		return err
	}
}

func (p *player) schedule(run *sim.Sim) error {
	if !p.r.st.Waiting {
		if p.source.Ended == nil {
			return nil
		}
		return p.source.Ended(run)
	}
	_, err := run.Schedule(sim.Event{At: p.r.st.Pending.Arrival, Rank: sim.RankInput, To: p.id})
	return err
}
