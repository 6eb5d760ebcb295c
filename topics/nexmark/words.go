package nexmark

import (
	"bytes"
	"math/bits"
	"strconv"
	"sync"
)

func list(words string) [][]byte { return bytes.Split([]byte(words), []byte(",")) }

var (
	firstNames = list("Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter")
	lastNames  = list("Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris")
	cities     = list("Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne")
	states     = list("AZ,CA,ID,OR,WA,WY")
	itemWords  = list("antique,brass,clock,copper,desk,drawer,enamel,folding,garden,glass,hand,iron,jewel,kettle,lamp,linen,map,mirror,oak,painted,pocket,print,radio,rug,silver,small,teak,tile,vase,watch,wooden,yellow")
	hotNames   = list("Google,Facebook,Baidu,Apple")
)

// channel is a way by which bids come, which has one URL.
type channel struct{ name, url []byte }

// channelSeed makes the URLs, the same for every seed of events.
const channelSeed = 0xbb67ae8584caa73b

// allChannels are the hot ones, and then the others by their number. Nine of ten
// of those have their id in the URL.
var allChannels = sync.OnceValue(func() []channel {
	out := make([]channel, 0, len(hotNames)+channels)
	for i, name := range hotNames {
		r := seeded(channelSeed, int64(-1-i))
		out = append(out, channel{name, appendURL(nil, &r)})
	}
	for i := range channels {
		r := seeded(channelSeed, int64(i))
		url := appendURL(nil, &r)
		if r.below(10) > 0 {
			id := int64(int32(bits.Reverse32(uint32(i))))
			url = strconv.AppendInt(append(url, "&channel_id="...), max(id, -id), 10)
		}
		out = append(out, channel{strconv.AppendInt([]byte("channel-"), int64(i), 10), url})
	}
	return out
})

func appendURL(b []byte, r *rng) []byte {
	b = append(b, "https://www.nexmark.com/"...)
	for range 3 {
		b = append(r.text(b, 5, '_'), '/')
	}
	return append(b, "item.htm?query=1"...)
}
