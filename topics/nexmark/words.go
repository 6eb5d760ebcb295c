package nexmark

import (
	"bytes"
	"strings"
)

const urlPrefix = "https://www.nexmark.com/"

func list(words string) [][]byte { return bytes.Split([]byte(words), []byte(",")) }

var (
	firstNames  = list("Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter")
	lastNames   = list("Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris")
	cities      = list("Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne")
	states      = list("AZ,CA,ID,OR,WA,WY")
	itemWords   = list("antique,brass,clock,copper,desk,drawer,enamel,folding,garden,glass,hand,iron,jewel,kettle,lamp,linen,map,mirror,oak,painted,pocket,print,radio,rug,silver,small,teak,tile,vase,watch,wooden,yellow")
	hotChannels = list("Google,Facebook,Baidu,Apple")
	hotURLs     = urls(hotChannels)
)

func urls(channels [][]byte) [][]byte {
	var out [][]byte
	for _, c := range channels {
		out = append(out, []byte(urlPrefix+strings.ToLower(string(c))+"/items/item.htm?query=1"))
	}
	return out
}
