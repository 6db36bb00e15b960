package replay

import (
	"bytes"
	"compress/gzip"
	"io"
)

// pack gzips a text; writing to memory can't fail.
func pack(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.Bytes()
}

// opensBytes returns an opener of bytes that are not copied.
func opensBytes(b []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
}
