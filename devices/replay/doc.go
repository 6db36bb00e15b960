// Package replay makes readings of recorded data sets: delimited text (CSV),
// JSON Lines, blank-separated and fixed-width text, plain or gzipped, one
// column a channel or one name and one value a row. It is pure: the bytes come
// from an [io/fs.FS] or a function that opens them, and never all at once, so
// that memory does not grow with the file.
//
// A [Source] feeds a run; a [Reader] is the same thing pulled row by row without
// one. Each row of a file is accounted for in [Counters]; what could not be read
// is kept, up to a limit, as a [Problem] with file, line and column.
package replay
