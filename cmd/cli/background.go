package cli

import (
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/scenarios/report"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// A background hands what a run does to the tables on a goroutine of its own,
// a batch at a time and in order, so that writing tables does not hold the run up.
type background struct {
	to   *report.Tables
	fail func(error) // called when the tables can't be written
	work chan *tray
	free chan *tray
	tray *tray
	done chan struct{}
}

// A tray is a batch. Readings and events go to different tables, so their order
// among each other does not matter.
type tray struct {
	readings []seen
	events   []twins.Event
}

type seen struct {
	now     sim.Time
	reading devices.Reading
	derived bool
}

const (
	traySize  = 4096
	trayCount = 8 // then the run waits
)

func newBackground(to *report.Tables, fail func(error)) *background {
	b := &background{
		to: to, fail: fail, work: make(chan *tray, trayCount), free: make(chan *tray, trayCount), done: make(chan struct{}),
	}
	for range trayCount {
		b.free <- &tray{readings: make([]seen, 0, traySize)}
	}
	b.tray = <-b.free
	go b.serve()
	return b
}

func (b *background) serve() {
	defer close(b.done)
	for t := range b.work {
		for i := range t.readings {
			if s := &t.readings[i]; s.derived {
				b.to.Value(s.now, s.reading)
			} else {
				b.to.Tap(s.now, s.reading)
			}
		}
		for _, e := range t.events {
			b.to.Event(e)
		}
		t.readings, t.events = t.readings[:0], t.events[:0]
		if err := b.to.Err(); err != nil {
			b.fail(err)
		}
		b.free <- t
	}
}

// Tap hands a reading on.
func (b *background) Tap(now sim.Time, r devices.Reading) { b.add(seen{now, r, false}) }

// Value hands a derived reading on.
func (b *background) Value(now sim.Time, r devices.Reading) { b.add(seen{now, r, true}) }

// Block hands the samples of a waveform on, as the tables have them.
func (b *background) Block(now sim.Time, x devices.Block) {
	for i, v := range x.Values {
		b.add(seen{now, devices.Reading{At: x.Start + sim.Time(i)*x.Step, Channel: x.Channel, Value: v}, false})
	}
}

func (b *background) add(s seen) {
	b.tray.readings = append(b.tray.readings, s)
	if len(b.tray.readings) == traySize {
		b.pass()
	}
}

// Event hands an event on.
func (b *background) Event(e twins.Event) {
	b.tray.events = append(b.tray.events, e)
	if len(b.tray.events) == traySize {
		b.pass()
	}
}

func (b *background) pass() {
	b.work <- b.tray
	b.tray = <-b.free
}

// close hands on what is left and waits until all of it has arrived.
func (b *background) close() {
	b.pass()
	close(b.work)
	<-b.done
}
