// Package report writes what a run leaves behind: its readings and events as
// Parquet tables, its figures and its manifest as JSON. It writes through
// whatever the caller hands it and reads no clock.
package report
