package cli

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/twinsim/twinsim/devices/wire"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/sim"
)

// runKey is the key under which a recording says which run it is of.
const runKey = "run"

// A runMeta is what a recording says of its run.
type runMeta struct {
	Scenario    string `json:"scenario"`
	SHA256      string `json:"sha256"` // of the scenario's text
	Seed        uint64 `json:"seed"`
	Replication int    `json:"replication"` // from 0
}

// A recording is one recording of a run folder that is being read.
type recording struct {
	*wire.Reader
	file   *os.File
	name   string
	last   sim.Time // of the last record that was read
	digest string   // of the end record
	meta   *runMeta // nil until it was read
	halted bool     // the last record says that the run was interrupted
}

func openRecording(path string) (*recording, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := wire.NewReader(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return &recording{Reader: r, file: f, name: path}, nil
}

// record reads the next record and keeps what it says of the run.
func (r *recording) record(rec *wire.Record) error {
	if err := r.Next(rec); err != nil {
		return err
	}
	r.halted = false
	switch rec.Kind {
	case wire.KindChannel:
		return nil // which has no time
	case wire.KindEnd:
		r.digest = hex.EncodeToString(rec.Data)
	case wire.KindMeta:
		switch rec.Name {
		case scenarios.InterruptedKey:
			r.halted = true
		case runKey:
			m := new(runMeta)
			if err := json.Unmarshal(rec.Data, m); err != nil {
				return fmt.Errorf("%s: what it says of its run: %w", r.name, err)
			}
			r.meta = m
		}
	}
	r.last = rec.Now
	return nil
}

// ended explains the end of a recording: a note if it ends early, an error if
// it can't be read.
func (r *recording) ended(err error) (note string, bad error) {
	if err == nil || err == io.EOF {
		return "", nil
	}
	t, cut := wire.IsTruncated(err)
	if !cut {
		return "", fmt.Errorf("%s: %w", r.name, err)
	}
	name := filepath.Join(filepath.Base(filepath.Dir(r.name)), filepath.Base(r.name))
	return name + " " + r.how(t) + "; compared up to there", nil
}

// how says how a recording ends early.
func (r *recording) how(t *wire.Truncated) string {
	at := scenarios.ShowDuration(r.last)
	switch {
	case t.Damaged:
		return fmt.Sprintf("is damaged at byte %d, after %s: %s", t.Offset, at, t.Reason)
	case r.halted:
		return "is of a run that was interrupted at " + at
	}
	return fmt.Sprintf("was cut off at byte %d, after %s: %s", t.Offset, at, t.Reason)
}

// readThrough reads a recording to its end and says how it is cut off, if it is.
func readThrough(path string) (*recording, *wire.Truncated, error) {
	r, err := openRecording(path)
	if errors.Is(err, wire.ErrNotRecording) {
		return &recording{name: path}, &wire.Truncated{Damaged: true, Reason: "it does not begin as a recording does"}, nil
	}
	if err != nil {
		if t, ok := wire.IsTruncated(err); ok {
			return &recording{name: path}, t, nil
		}
		return nil, nil, err
	}
	defer r.file.Close()
	var rec wire.Record
	for err == nil {
		err = r.record(&rec)
	}
	if t, ok := wire.IsTruncated(err); ok {
		return r, t, nil
	}
	if err != io.EOF {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil, nil
}
