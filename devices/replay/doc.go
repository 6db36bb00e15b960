// Package replay makes readings of recorded data sets: delimited text (CSV),
// JSON Lines, blank-separated and fixed-width text, plain or gzipped, one
// column a channel or one name and one value a row. It is pure: the bytes come
// from an [io/fs.FS] or a function that opens them, and never all at once, so
// that memory does not grow with the file.
//
// A [Source] feeds a run; a [Reader] is the same thing pulled row by row without
// one. Each row of a file is accounted for in [Counters]; what could not be read
// is kept, up to a limit, as a [Problem] with file, line and column.
//
// # Rules
//
// A header with exactly one name fewer than the first row has cells leaves the
// first cell, the id of the row, without a name; otherwise names count from the
// left. A row that is too short has missing values; cells beyond the columns
// that are asked for are ignored.
//
// A cell is missing if it is empty, one of NA, N/A, NaN, null, none, nil, ?, -,
// -- and the dot, in any case of letters, or declared so in the config. A cell
// that is anything but a finite number is missing and suspect, and a problem.
// A row whose stamp can't be read is malformed: it gives no readings.
//
// A quote that never closes costs the line it stands on, not the rest of the
// file. Of the keys of a JSON object that fit one path, literally ("a.b") or
// nested, the last counts.
//
// Stamps without a zone are in Config.Zone. Where day-first and month-first read
// the first rows equally well but differently, the file is refused until the
// config says which.
package replay
