package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestCommittedTables generates the tables again and compares them with the files.
func TestCommittedTables(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 10 s or more; skipped with -short")
	}
	for _, f := range files() {
		got, err := f.source()
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("..", "..", f.name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the generator writes: run go generate in sim/detmath", f.name)
		}
	}
}
