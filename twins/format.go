package twins

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/twinsim/twinsim/sim"
)

// Marshal returns a state that saves itself, in a format of a version: the
// version, a checksum, and v, which is plain data, by [sim.Marshal].
func Marshal(version byte, v any) ([]byte, error) {
	data, err := sim.Marshal(v)
	if err != nil {
		return nil, err
	}
	out := binary.LittleEndian.AppendUint32([]byte{version}, crc32.ChecksumIEEE(data))
	return append(out, data...), nil
}

// Unmarshal reads into *v, which is the zero value, what [Marshal] returned. An
// error says what is wrong with the data; *v must not be used then.
func Unmarshal(data []byte, version byte, v any) error {
	switch {
	case len(data) < 5:
		return fmt.Errorf("the saved state is damaged: it has %d bytes", len(data))
	case data[0] != version:
		return fmt.Errorf("the state was saved by format %d, this program reads %d; run the scenario again with this version", data[0], version)
	case crc32.ChecksumIEEE(data[5:]) != binary.LittleEndian.Uint32(data[1:]):
		return fmt.Errorf("the saved state is damaged: its checksum is another; take another copy of the file")
	}
	if err := sim.Unmarshal(data[5:], v); err != nil {
		return fmt.Errorf("the saved state is damaged: %w", err)
	}
	return nil
}

// Match finds the twins of a run, or whatever else has names, in a snapshot that
// may be of another build: from[i] is the place in the snapshot of the present
// name i, -1 of one that is new. Gone counts the names of the snapshot that are
// no longer there. A name that the snapshot has twice is an error.
func Match(saved, present []string) (from []int, gone int, err error) {
	place := make(map[string]int, len(saved))
	for i, name := range saved {
		if _, dup := place[name]; dup {
			return nil, 0, fmt.Errorf("the saved state is damaged: it has %q twice", name)
		}
		place[name] = i
	}
	gone = len(saved)
	from = make([]int, len(present))
	for i, name := range present {
		k, ok := place[name]
		if !ok {
			from[i] = -1
			continue
		}
		from[i] = k
		gone--
	}
	return from, gone, nil
}
