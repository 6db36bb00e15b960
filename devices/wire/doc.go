// Package wire turns bytes into readings and back, without touching a file or a
// port: it works over io.Reader and io.Writer.
//
// # The recording
//
// A recording is what came through the tap of a run. It is a log that is only
// ever appended to, and it survives a process killed in the middle of a write:
// everything up to the last whole frame can be read again.
//
//	file    = "twinrec1" version:u32 frame*
//	frame   = length:u32 crc:u32 payload       (little endian)
//	payload = record+
//
// The checksum is CRC-32C over length and payload, continued from the frame
// before (the first from the header), so that a frame which is damaged, lost,
// repeated or out of place ends the recording there instead of decoding to
// something else: values are stored as differences to earlier frames.
//
// A record begins with a tag byte. A tag with the highest bit set is a tap; its
// other bits say which fields differ from what both sides predict:
//
//	now      the same as in the record before
//	channel  the one that followed the channel before, the last time
//	at       as far behind now as last time on this channel
//	quality  as last time on this channel
//	seq      last on this channel plus the last step
//	value    the same bits; a decimal near the last one; float32; or 8 raw bytes
//
// Only what was not predicted follows the tag. A reading on its regular period
// takes 1 byte and its value.
//
// # Text
//
// A [JSONPath] picks one number out of a JSON message.
package wire
