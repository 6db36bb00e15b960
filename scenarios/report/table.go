package report

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// A table is one Parquet table in rolling parts: name.parquet, then
// name-0002.parquet and so on. Rows gather in a small batch; full row groups go
// to the file, so that memory does not grow with the run.
type table struct {
	name   string
	schema *parquet.Schema
	create func(name string) (io.WriteCloser, error)
	group  int64 // rows of a row group
	part   int64 // rows of a file

	file   io.WriteCloser
	w      *parquet.GenericWriter[any]
	parts  int
	rows   int64 // in the present part
	values []parquet.Value
	batch  []parquet.Row
	n      int // rows in batch
	err    error
}

const batchRows = 512

func (t *table) init() {
	width := len(t.schema.Columns())
	t.values = make([]parquet.Value, batchRows*width)
	t.batch = make([]parquet.Row, batchRows)
	for i := range t.batch {
		t.batch[i] = t.values[i*width : (i+1)*width : (i+1)*width]
	}
}

// row returns the next row to be filled in; next must follow.
func (t *table) row() parquet.Row { return t.batch[t.n] }

func (t *table) next() {
	if t.n++; t.n == len(t.batch) {
		t.flush()
	}
}

func (t *table) flush() {
	rows := t.batch[:t.n]
	t.n = 0
	if t.err != nil {
		return
	}
	if t.w == nil {
		if t.err = t.open(); t.err != nil {
			return
		}
	}
	if _, err := t.w.WriteRows(rows); err != nil {
		t.err = fmt.Errorf("report: writing %s: %w", t.path(), err)
		return
	}
	if t.rows += int64(len(rows)); t.rows >= t.part {
		t.err = t.shut()
	}
}

func (t *table) path() string {
	if t.parts <= 1 {
		return t.name + ".parquet"
	}
	return fmt.Sprintf("%s-%04d.parquet", t.name, t.parts)
}

func (t *table) open() (err error) {
	t.parts++
	if t.file, err = t.create(t.path()); err != nil {
		return fmt.Errorf("report: creating %s: %w", t.path(), err)
	}
	t.rows = 0
	t.w = parquet.NewGenericWriter[any](t.file, t.schema,
		parquet.MaxRowsPerRowGroup(t.group),
		parquet.PageBufferSize(64<<10),
		parquet.WriteBufferSize(256<<10),
		parquet.Compression(&parquet.Zstd),
		createdBy("twinsim version 1"),
	)
	return nil
}

// createdBy is what a file says of its maker; parquet.CreatedBy would add an
// empty "(build )".
type createdBy string

// ConfigureWriter makes it an option of a writer.
func (c createdBy) ConfigureWriter(w *parquet.WriterConfig) { w.CreatedBy = string(c) }

// shut ends the present part.
func (t *table) shut() error {
	err := t.w.Close()
	if cerr := t.file.Close(); err == nil {
		err = cerr
	}
	t.w, t.file = nil, nil
	if err != nil {
		return fmt.Errorf("report: ending %s: %w", t.path(), err)
	}
	return nil
}

// close writes what is left. A table without a row still gets its file.
func (t *table) close() error {
	if t.n > 0 || t.parts == 0 {
		t.flush()
	}
	if t.w != nil {
		if err := t.shut(); t.err == nil {
			t.err = err
		}
	}
	return t.err
}
