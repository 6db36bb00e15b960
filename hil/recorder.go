package hil

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/wire"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/report"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// A Recorder writes what comes in through the tap of a run, and what the run
// does, to a file, as a [twins.Sink]. About every second what has gathered is
// handed to the operating system, so a process that is killed loses at most
// that. After an error it writes no more; Err and Close return it.
type Recorder struct {
	// Failed, if not nil, is called once, with the first error, so that a run
	// need not go on when its disk is full. It must be set before the first
	// reading and must not call the recorder.
	Failed func(error)

	stop chan struct{}
	done chan struct{}

	mu       sync.Mutex // the run's goroutine and the one that flushes
	file     *os.File
	w        *wire.Writer
	channels *devices.Channels
	last     sim.Time // of the last record
	err      error
	ended    bool
}

const flushEvery = time.Second

// Record creates the file, which must not be there yet, and begins a recording
// in it.
func Record(path string) (*Recorder, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("hil: starting a recording: %w", err)
	}
	w, err := wire.NewWriter(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r := &Recorder{stop: make(chan struct{}), done: make(chan struct{}), file: f, w: w}
	go r.flushing()
	return r, nil
}

// flushing flushes until Close.
func (r *Recorder) flushing() {
	defer close(r.done)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-r.stop:
			return
		case <-tick.C:
			r.mu.Lock()
			if r.err == nil && !r.ended {
				r.fail(r.w.Flush())
			}
			r.mu.Unlock()
		}
	}
}

// Use tells the recorder the channels of the run, whose names and units go into
// the recording. It must be called before the first reading.
func (r *Recorder) Use(c *devices.Channels) { r.channels = c }

// Meta records a value under a key, such as the scenario's text.
func (r *Recorder) Meta(key string, value []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.writable() {
		r.fail(r.w.Meta(r.last, key, value))
	}
	return r.err
}

// Tap records a reading.
func (r *Recorder) Tap(now sim.Time, x devices.Reading) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.writable() {
		return
	}
	if !r.w.Has(x.Channel) {
		if r.fail(r.define(x.Channel)); r.err != nil {
			return
		}
	}
	r.last = now
	if err := r.w.Tap(now, x); err != nil {
		r.fail(err)
	}
}

// writable reports whether what comes can still be written. After Close it can't,
// which is an error: it would be lost.
func (r *Recorder) writable() bool {
	if r.file == nil {
		r.fail(errors.New("hil: something came to a recording after Close"))
	}
	return r.err == nil
}

// fail keeps the first error and tells of it.
func (r *Recorder) fail(err error) {
	if r.err != nil || err == nil {
		return
	}
	r.err = err
	if r.Failed != nil {
		r.Failed(err)
	}
}

// Block records a waveform.
func (r *Recorder) Block(now sim.Time, b devices.Block) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.writable() {
		return
	}
	if !r.w.Has(b.Channel) {
		if r.fail(r.define(b.Channel)); r.err != nil {
			return
		}
	}
	r.last = now
	r.fail(r.w.Block(now, b))
}

func (r *Recorder) define(c devices.ChannelID) error {
	if r.channels == nil {
		return errors.New("hil: the recorder got a reading before it was told the channels: call Use first")
	}
	return r.w.Channel(c, r.channels.Name(c), r.channels.Attr(c).Unit)
}

// Value does nothing: what pipes put out follows from what came in.
func (r *Recorder) Value(sim.Time, devices.Reading) {}

// Event records what happened.
func (r *Recorder) Event(e twins.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.writable() {
		return
	}
	r.last = e.At
	r.fail(r.w.Event(e.At, report.ToWire(e)))
}

// Err returns the first error.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// End records that the run ended in order at now, with its digest in
// hexadecimal. Without it the recording counts as cut off.
func (r *Recorder) End(now sim.Time, digest string) error {
	sum, err := hex.DecodeString(digest)
	if err != nil {
		return fmt.Errorf("hil: digest %q: want hexadecimal digits", digest)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.writable() {
		r.ended = true
		r.fail(r.w.End(now, sum))
	}
	return r.err
}

// Interrupt records that the run was stopped in order before its end. The
// recording still counts as one that ends early.
func (r *Recorder) Interrupt() error { return r.Meta(scenarios.InterruptedKey, nil) }

// Close flushes, puts the file on the disk and waits for the goroutine that
// flushes. It may be called more than once.
func (r *Recorder) Close() error {
	err := r.close()
	<-r.done // not under the lock, which that goroutine may be waiting for
	return err
}

func (r *Recorder) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return r.err
	}
	close(r.stop)
	if r.err == nil {
		r.fail(r.w.Flush())
	}
	err := errors.Join(r.file.Sync(), r.file.Close())
	r.file = nil
	if r.err == nil {
		r.fail(err)
	} else {
		r.err = errors.Join(r.err, err)
	}
	return r.err
}
