package datetime

import (
	"strings"
)

// The time zone abbreviations that PostgreSQL accepts by default, by their offset
// in seconds east of UTC. An abbreviation means its offset at any date; daylight
// saving has abbreviations of its own.
var abbreviations = func() map[string]int {
	m := make(map[string]int)
	for offset, words := range map[int]string{
		-39600: "nut",
		-36000: "ckt hst taht",
		-34200: "mart",
		-32400: "akst gamt",
		-28800: "akdt pst",
		-25200: "mst pdt",
		-21600: "cst galt mdt",
		-18000: "act cdt cot easst east est pet",
		-14400: "amt ast bot edt gyt vet",
		-12600: "nft nst",
		-10800: "adt arst art bra brt clst clt fkst fkt gft pmst pyst pyt uyt wgt",
		-9000:  "ndt",
		-7200:  "brst fnt pmdt uyst wgst",
		-3600:  "azot egt fnst",
		0:      "azost egst gmt uct ut utc wet z zulu",
		3600:   "bst cet met mez wat wetdst",
		7200:   "bdst cest cetdst eet ist mest mesz metdst sast",
		10800:  "eat eest eetdst fet idt msk volt",
		12600:  "irt",
		14400:  "amst azst azt gest get msd mut ret sct",
		16200:  "aft",
		18000:  "mawt must mvt pkt tft tjt tmt uzt yekt",
		19800:  "lkt",
		20700:  "npt",
		21600:  "almt bdt btt iot kgst kgt omsst omst pkst uzst xjt yekst",
		23400:  "mmt",
		25200:  "almst cxt davt ict krast krat novst novt wast",
		28800:  "awst bnt bort cct hkt irkst irkt myt pht sgt ulat wadt",
		31500:  "acwst",
		32400:  "awsst jayt jst kst pwt ulast wdt yakst yakt",
		34200:  "acst cast",
		36000:  "aest chut ddut kdt ligt mpt pgt trut vlast vlat yapt",
		37800:  "acdt acsst cadt lhst sadt",
		39600:  "aedt aesst kost lhdt magst magt pont vut",
		43200:  "anast anat fjt gilt mht nzst nzt petst pett tvt wakt wft",
		45900:  "chast",
		46800:  "fjst nzdt tkt tot",
		49500:  "chadt",
		50400:  "lint",
	} {
		for _, w := range strings.Fields(words) {
			m[w] = offset
		}
	}
	return m
}()
