package replay

import (
	"fmt"

	"github.com/twinsim/twinsim/devices"
)

// A Batch is room for the readings of many rows, column by column: what stages
// take that take batches.
type Batch struct {
	readings []devices.Reading // one column after another
	rows     int               // for each
	n        int               // rows that were read
	row      Row               // of the general way
}

// NewBatch returns room for that many rows, at least 1, of the file.
func (r *Reader) NewBatch(rows int) *Batch {
	rows = max(rows, 1)
	return &Batch{readings: make([]devices.Reading, rows*len(r.groups[0].columns)), rows: rows}
}

// Column returns the readings of a column, counted from 0 as in Config.Columns,
// in the order of the rows: column k has its reading of a row where any other
// column has its own. NextBatch overwrites them.
func (b *Batch) Column(k int) []devices.Reading {
	return b.readings[k*b.rows : k*b.rows+b.n]
}

// NextBatch reads as many rows as there is room for, as that many calls of Next
// do, but faster. It returns how many it has read: fewer only with an error,
// [io.EOF] at the end of the file. It does not allocate. In a file whose rows have
// different columns, by their key, there is no such thing as a column of a batch.
func (r *Reader) NextBatch(b *Batch) (n int, err error) {
	b.n = 0
	columns := len(r.groups[0].columns)
	switch {
	case len(r.groups) > 1:
		return 0, r.fail("rows have different columns, by their key %q; read them with Next", r.cfg.Key)
	case len(b.readings) != b.rows*columns || b.rows == 0:
		return 0, fmt.Errorf("replay: %s: the batch is not for the %d columns of this file; make it with NewBatch", r.cfg.label(), columns)
	}
	for b.n < b.rows {
		if k := r.plainRows(b.readings[b.n:], b.rows, b.rows-b.n); k > 0 {
			b.n += k
			continue
		}
		if err := r.next(&b.row); err != nil {
			return b.n, err
		}
		for k, x := range b.row.Readings {
			b.readings[k*b.rows+b.n] = x
		}
		b.n++
	}
	return b.n, nil
}
