package wire_test

import (
	"bytes"
	"fmt"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/wire"
	"github.com/twinsim/twinsim/sim"
)

// A recording whose process is killed is readable up to its last whole frame.
func Example() {
	var file bytes.Buffer
	w, err := wire.NewWriter(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = w.Channel(7, "zone-1.soil_moisture", "m3/m3")
	for k := range 3 {
		now := sim.Time(k) * sim.Minute
		if err == nil {
			err = w.Tap(now, devices.Reading{At: now, Channel: 7, Value: 0.25, Tag: devices.Tag{Seq: uint32(k)}})
		}
		if err == nil {
			err = w.Flush() // a frame for each reading, for the sake of the example
		}
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	killed := file.Bytes()[:file.Len()-1]

	r, err := wire.NewReader(bytes.NewReader(killed))
	var rec wire.Record
	for err == nil {
		if err = r.Next(&rec); err == nil && rec.Kind == wire.KindTap {
			fmt.Println(rec.Now, r.Channels()[rec.Reading.Channel].Name, rec.Reading.Value)
		}
	}
	if cut, ok := wire.IsTruncated(err); ok {
		fmt.Println(cut.Records, "records,", cut.Offset, "bytes:", cut.Reason)
	}
	// Output:
	// 0s zone-1.soil_moisture 0.25
	// 1m0s zone-1.soil_moisture 0.25
	// 3 records, 68 bytes: want a frame of 2 bytes, there are 1
}
