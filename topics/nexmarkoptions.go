package topics

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Nexmark says which events the connector nexmark makes: the auction benchmark's,
// in three tables that are one stream.
type Nexmark struct {
	Table  string // person, auction or bid
	Events int64  // of all three tables together; 0 for no end
	// Gap is between two events; 0 where they are all there at once, which they
	// cannot be without an end.
	Gap    time.Duration
	Base   int64 // when event 0 happens, in milliseconds since 1970
	Seed   uint64
	Splits int32 // partitions of each table
}

const (
	optTable  = "nexmark.table.type"
	optEvents = "nexmark.event.num"
	optGap    = "nexmark.min.event.gap.in.ns"
	optBase   = "nexmark.base.time"
	optSeed   = "nexmark.seed"
	optSplits = "nexmark.split.num"

	defaultGap = 100 * time.Microsecond
	maxSplits  = 64
)

// nexmarkBase is event 0 of a stream that is there at once: 2015-07-15.
const nexmarkBase = 1_436_918_400_000

// Pinned gives the options that a source must keep besides those that the user
// wrote, since their defaults depend on when it was made: events that come one
// after the other begin now.
func (c *Config) Pinned(now time.Time) []Option {
	if c.Connector != ConnectorNexmark || c.Nexmark.Gap == 0 || c.Nexmark.Base != 0 {
		return nil
	}
	return []Option{{Name: optBase, Value: strconv.FormatInt(now.UnixMilli(), 10)}}
}

func nexmark(given map[string]string) (Nexmark, error) {
	n := Nexmark{Table: strings.ToLower(given[optTable])}
	const tables = "Valid values are person, auction, bid."
	switch n.Table {
	case "person", "auction", "bid":
	case "":
		return n, missing(optTable, tables)
	default:
		return n, invalid(optTable, given[optTable], tables)
	}
	gap, seed, splits := int64(0), int64(0), int64(1)
	for _, o := range []struct {
		name string
		into *int64
	}{{optEvents, &n.Events}, {optGap, &gap}, {optBase, &n.Base}, {optSeed, &seed}, {optSplits, &splits}} {
		if v, ok := given[o.name]; ok {
			if err := parseCount(o.name, v, o.into); err != nil {
				return n, err
			}
		}
	}
	n.Gap, n.Seed, n.Splits = time.Duration(gap), uint64(seed), int32(min(splits, maxSplits+1))
	_, paced := given[optGap]
	switch {
	case n.Splits < 1 || n.Splits > maxSplits:
		return n, invalid(optSplits, given[optSplits], fmt.Sprintf("It is a number from 1 to %d.", maxSplits))
	case n.Gap > time.Second:
		return n, invalid(optGap, given[optGap], "It is at most a second, 1000000000.")
	case n.Events == 0 && !paced:
		n.Gap = defaultGap
	case n.Events == 0 && n.Gap == 0:
		return n, missing(optEvents, "Without a gap between them, events must have an end.")
	}
	if n.Base == 0 && n.Gap == 0 {
		n.Base = nexmarkBase
	}
	return n, nil
}
