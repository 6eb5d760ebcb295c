package bench

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"time"
)

// NexmarkOptions are the flags of `tarn bench nexmark`. What is not given has
// the default that Flags sets.
type NexmarkOptions struct {
	Shards int   // 0: one per core
	Memory int64 // bytes; 0: no limit

	mode, output, queries, dir, jsonFile, compare, against, profile, keys string

	events, groups    int64
	nameBytes         int
	seed              uint64
	repeat            int
	freshness         bool
	freshnessDuration time.Duration
	commitInterval    time.Duration
	partitions        int

	chosen    []string
	allEvents int64   // of the run of all views, whose state is near 1 kB an event
	skew      float64 // of Zipf's law; 0: all keys alike
}

// Flags defines the flags, but for those of shards and memory, which every
// command that opens a database has.
func (o *NexmarkOptions) Flags(f *flag.FlagSet) {
	f.StringVar(&o.mode, "mode", modeGenerator, "where events come from, `MODE`: generator, columns made before the clock starts; kafka, JSON in topics of a broker in a process of its own")
	f.StringVar(&o.output, "output", "", "what becomes of the rows of queries without state, `FORM`: checked, all their columns are read by an aggregate, which is the view; stored, they are the view (default checked from the generator, stored from kafka)")
	f.StringVar(&o.queries, "queries", "", "`NAMES` of queries, such as q0,q4; q0-stored is q0 with its rows stored, all every view at once, spill a state larger than memory (default every query, q0-stored, and then all)")
	f.Int64Var(&o.events, "events", 0, "`N` events a query (default 20000000 from the generator, of which all takes 4000000, and 5000000 from kafka)")
	f.Uint64Var(&o.seed, "seed", 1, "`N` that makes the data")
	f.IntVar(&o.repeat, "repeat", 1, "`N` runs of each query; the figures are those of the median")
	f.BoolVar(&o.freshness, "freshness", false, "measure also how soon a row is visible, at 50 % and at 80 % of the maximum rate")
	f.DurationVar(&o.freshnessDuration, "freshness-duration", 10*time.Second, "`TIME` for each of the two loads")
	f.DurationVar(&o.commitInterval, "commit-interval", time.Second, "`TIME` between commits")
	f.StringVar(&o.dir, "dir", "", "`DIR` in which directories for the databases are made, and removed (default that of temporary files)")
	f.StringVar(&o.jsonFile, "json", "", "`FILE` to write the results to; - is standard output")
	f.StringVar(&o.compare, "compare", "", "`FILE` of an earlier --json to print ratios with")
	f.StringVar(&o.against, "against", "", "`FILE` of another tarn to run in turn with this one, --repeat times, and to print ratios with")
	f.StringVar(&o.profile, "cpuprofile", "", "`FILE` for a CPU profile of what is counted; of several queries, FILE.q0 and so on")
	f.IntVar(&o.partitions, "partitions", 4, "`N` partitions of each topic, in mode kafka")
	f.StringVar(&o.keys, "keys", "zipf:1.0", "how the keys of spill are chosen, `LAW`: zipf:S, or uniform")
	f.Int64Var(&o.groups, "groups", 20_000_000, "`N` keys of spill")
	f.IntVar(&o.nameBytes, "name-bytes", 0, "`N` bytes at least of the text beside each key of spill: wide rows make a large state of fewer keys (default as many as its number needs)")
}

// The modes.
const (
	modeGenerator = "generator"
	modeKafka     = "kafka"
)

// eventsOf is how many events a run takes.
func (o *NexmarkOptions) eventsOf(name string) int64 {
	if name == all {
		return o.allEvents
	}
	return o.events
}

// check completes the options and finds what cannot be.
func (o *NexmarkOptions) check() (err error) {
	if o.mode != modeGenerator && o.mode != modeKafka {
		return fmt.Errorf("--mode: there is no mode %q; there are %s and %s", o.mode, modeGenerator, modeKafka)
	}
	if o.output == "" {
		o.output = checked
		if o.mode == modeKafka {
			o.output = stored
		}
	}
	if o.output != checked && o.output != stored {
		return fmt.Errorf("--output: there is no form %q; there are %s and %s", o.output, checked, stored)
	}
	if o.output == checked && o.mode == modeKafka {
		return errors.New("--output: what is read from kafka is stored; leave out --output")
	}
	if o.chosen, err = chooseQueries(o.queries, o.output); err != nil {
		return err
	}
	if o.skew, err = parseKeys(o.keys); err != nil {
		return err
	}
	o.allEvents = o.events
	if o.events == 0 {
		o.events, o.allEvents = 20_000_000, 4_000_000
		if o.mode == modeKafka {
			o.events, o.allEvents = 5_000_000, 5_000_000
		}
	}
	for _, n := range []struct {
		flag  string
		value int64
	}{{"--events", o.events}, {"--repeat", int64(o.repeat)}, {"--groups", o.groups}, {"--partitions", int64(o.partitions)}, {"--name-bytes", 1 + int64(o.nameBytes)}, {"--freshness-duration", int64(o.freshnessDuration)}, {"--commit-interval", int64(o.commitInterval)}} {
		if n.value < 1 {
			return fmt.Errorf("%s: must be more than zero", n.flag)
		}
	}
	if slices.Contains(o.chosen, spill) && o.mode == modeKafka {
		return errors.New("--queries: spill has a generator of its own; leave out --mode")
	}
	if o.compare != "" && o.against != "" {
		return errors.New("--compare and --against: choose one")
	}
	return nil
}

// Output is where a bench writes: results to Out, progress to Progress.
type Output struct {
	Out, Progress io.Writer
	Terminal      bool // Progress is a terminal: its last line can be rewritten
}
