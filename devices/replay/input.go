package replay

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// An input is a window on the bytes of a file. The window is a fixed buffer; it
// grows, up to a limit, only for a row that does not fit.
type input struct {
	closer io.Closer
	src    io.Reader
	buf    []byte
	r, w   int   // buf[r:w] is not yet consumed
	base   int64 // offset in the (unpacked) file of buf[0]
	line   int64 // number of the line at r, from 1
	nl     byte  // the byte that ends a line
	gzip   bool
	eof    bool
	err    error // of the last read, other than io.EOF
	most   int   // limit of the buffer
}

// open begins at byte offset from, which is on the given line.
func (in *input) open(open func() (io.ReadCloser, error), from, line int64) error {
	in.close()
	rc, err := open()
	if err != nil {
		return err
	}
	if rc == nil {
		return errors.New("replay: Config.Open returned neither a reader nor an error")
	}
	if in.buf == nil {
		in.buf = make([]byte, min(bufferSize, in.most))
	}
	in.closer, in.src = rc, rc
	in.r, in.w, in.base, in.line, in.eof, in.err = 0, 0, 0, 1, false, nil
	in.fill()
	in.gzip = bytes.HasPrefix(in.buf[:in.w], []byte{0x1f, 0x8b})
	if in.gzip {
		z, err := gzip.NewReader(&rest{in.buf[:in.w:in.w], rc})
		if err != nil {
			return fmt.Errorf("replay: the file has gzip's magic bytes, but: %w", err)
		}
		in.buf = make([]byte, len(in.buf)) // the old one feeds the unpacker
		in.src, in.r, in.w, in.eof = z, 0, 0, false
		in.fill()
	}
	if bytes.HasPrefix(in.buf[:in.w], []byte("\xef\xbb\xbf")) {
		in.r = 3
	}
	if from > 0 {
		err = in.forward(from)
		in.line = line
	}
	return err
}

// rest reads what was peeked at and then the remainder. (io.MultiReader would
// do, were it not for its read after the end.)
type rest struct {
	head []byte
	tail io.Reader
}

func (r *rest) Read(p []byte) (int, error) {
	if len(r.head) > 0 {
		n := copy(p, r.head)
		r.head = r.head[n:]
		return n, nil
	}
	return r.tail.Read(p)
}

// forward passes over bytes up to the given offset, with a seek if the source
// knows how.
func (in *input) forward(to int64) error {
	if s, ok := in.src.(io.Seeker); ok && to > in.base+int64(in.w) {
		if _, err := s.Seek(to, io.SeekStart); err == nil {
			in.base, in.r, in.w, in.eof, in.err = to, 0, 0, false, nil
			return nil
		}
	}
	for in.base+int64(in.w) < to {
		in.r = in.w
		if !in.fill() {
			if in.err != nil {
				return in.err
			}
			return fmt.Errorf("replay: the saved position is byte %d, but the file ends at %d; is it the same file?", to, in.base+int64(in.w))
		}
	}
	in.r = int(to - in.base)
	return nil
}

// fill reads until the buffer is full or the file ends, and reports whether
// anything came. What was consumed is gone after it, and indices have moved by
// the old r.
func (in *input) fill() bool {
	if in.eof || in.err != nil {
		return false
	}
	if in.r > 0 {
		copy(in.buf, in.buf[in.r:in.w])
		in.base += int64(in.r)
		in.w -= in.r
		in.r = 0
	}
	if in.w == len(in.buf) {
		if len(in.buf) >= in.most {
			return false
		}
		grown := make([]byte, min(2*len(in.buf), in.most))
		copy(grown, in.buf)
		in.buf = grown
	}
	had := in.w
	for idle := 0; in.w < len(in.buf); {
		n, err := in.src.Read(in.buf[in.w:])
		in.w += n
		if err == io.EOF {
			in.eof = true
			break
		}
		if n == 0 {
			if idle++; idle == 100 && err == nil {
				err = io.ErrNoProgress
			}
		}
		if err != nil {
			in.err = err
			break
		}
	}
	return in.w > had
}

// full reports whether the window can't grow though the file goes on.
func (in *input) full() bool { return !in.eof && in.err == nil && in.w-in.r >= in.most }

// offset is where in the file the next row begins.
func (in *input) offset() int64 { return in.base + int64(in.r) }

// endOfLine returns the index of the next line end at or after i, and whether
// the line is complete; the last line of a file needs no end.
func (in *input) endOfLine() (end int, err error) {
	for {
		if k := bytes.IndexByte(in.buf[in.r:in.w], in.nl); k >= 0 {
			return in.r + k, nil
		}
		if in.fill() {
			continue
		}
		if in.err != nil {
			return 0, in.err
		}
		if in.full() {
			return 0, in.tooLong()
		}
		if in.r == in.w {
			return 0, io.EOF
		}
		return in.w, nil
	}
}

func (in *input) tooLong() error {
	return fmt.Errorf("row on line %d is longer than %d bytes; is this a text file? If so, raise MaxRecord", in.line, in.most)
}

// consume moves past a row that ends at end (its line end, if any, comes next)
// and spans the given number of line ends within.
func (in *input) consume(end int, inner int64) {
	in.line += 1 + inner
	in.r = min(end+1, in.w)
}

// findLineEnd sets nl: a carriage return if the first line ends with a lone one,
// as on old Macs, else a line feed.
func (in *input) findLineEnd() {
	in.nl = '\n'
	quoted := false
	for i, c := range in.buf[in.r:in.w] {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\n':
			return
		case c == '\r':
			if k := in.r + i + 1; k < in.w && in.buf[k] != '\n' {
				in.nl = '\r'
			}
			return
		}
	}
}

// close releases the file; the buffer stays for the next open.
func (in *input) close() error {
	if in.closer == nil {
		return nil
	}
	err := in.closer.Close()
	in.closer, in.src = nil, nil
	return err
}
