package topics

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

func TestParseOptions(t *testing.T) {
	base := []Option{{"connector", "kafka"}, {"topic", "orders"}, {"properties.bootstrap.server", "localhost:9092"}}
	with := func(more ...Option) []Option { return append(append([]Option(nil), base...), more...) }
	auction := func(more ...Option) []Option {
		return append([]Option{{"connector", "Nexmark"}, {"nexmark.table.type", "Bid"}}, more...)
	}
	cfg := func(brokers []string, s Start) Config {
		return Config{Connector: "kafka", Topic: "orders", Brokers: brokers, Start: s}
	}
	local := []string{"localhost:9092"}
	for _, tc := range []struct {
		opts []Option
		want Config
		err  string
		hint string
	}{
		{opts: base, want: cfg(local, Start{})},
		{opts: []Option{{"Connector", "Kafka"}, {"TOPIC", "orders"}, {"properties.bootstrap.servers", " a , b:1,[::1]:2, ::1 "}},
			want: cfg([]string{"a:9092", "b:1", "[::1]:2", "[::1]:9092"}, Start{})},
		{opts: with(Option{"scan.startup.mode", "latest"}), want: cfg(local, Start{Mode: Latest})},
		{opts: with(Option{"scan.startup.mode", "timestamp"}, Option{"scan.startup.timestamp.millis", "1700000000000"}),
			want: cfg(local, Start{Mode: AtTime, Millis: 1700000000000})},
		{opts: with(Option{"scan.startup.mode", "offset"}, Option{"scan.startup.offset", "42"}), want: cfg(local, Start{Mode: AtOffset, Offset: 42})},
		{opts: with(Option{"scan.startup.mode", "offset"}, Option{"scan.startup.offsets", "0:42, 3:7"}),
			want: cfg(local, Start{Mode: AtOffset, Offsets: map[int32]int64{0: 42, 3: 7}})},

		{opts: nil, err: `option "connector" is missing`, hint: "Valid values are kafka, nexmark."},
		{opts: []Option{{"connector", "pulsar"}}, err: `invalid value for option "connector": "pulsar"`, hint: "Valid values are kafka, nexmark."},
		{opts: base[:1], err: `option "topic" is missing`, hint: "Name the topic: WITH (connector = 'kafka', topic = 'orders', ...)."},
		{opts: base[:2], err: `option "properties.bootstrap.server" is missing`, hint: "Give one or more host:port, separated by commas."},
		{opts: []Option{base[0], {"topic", "a b"}, base[2]}, err: `invalid value for option "topic": "a b"`,
			hint: "A topic's name has at most 249 letters, digits, dots, underscores and hyphens."},
		{opts: []Option{base[0], base[1], {"properties.bootstrap.server", "http://x:1"}}, err: `invalid value for option "properties.bootstrap.server": "http://x:1"`,
			hint: "Give one or more host:port, separated by commas."},
		{opts: []Option{base[0], base[1], {"properties.bootstrap.server", "x:99999"}}, err: `invalid value for option "properties.bootstrap.server": "x:99999"`,
			hint: "Give one or more host:port, separated by commas."},
		{opts: with(Option{"properties.bootstrap.servers", "b"}), err: `options "properties.bootstrap.server" and "properties.bootstrap.servers" are the same option, give one`},
		{opts: with(Option{"topic", "b"}), err: `option "topic" specified more than once`},
		{opts: with(Option{"scan.startup.mod", "latest"}), err: `unrecognized option "scan.startup.mod"`, hint: `Perhaps you meant "scan.startup.mode".`},
		{opts: with(Option{"bootstrap.server", "x"}), err: `unrecognized option "bootstrap.server"`, hint: `Perhaps you meant "properties.bootstrap.server".`},
		{opts: with(Option{"colour", "red"}), err: `unrecognized option "colour"`,
			hint: "Valid options are connector, topic, properties.bootstrap.server, properties.bootstrap.servers, scan.startup.mode, scan.startup.timestamp.millis, scan.startup.offset, scan.startup.offsets."},
		{opts: with(Option{"properties.security.protocol", "SASL_SSL"}), err: `option "properties.security.protocol" is not supported`,
			hint: "Connections are plain TCP without authentication."},
		{opts: with(Option{"scan.startup.mode", "newest"}), err: `invalid value for option "scan.startup.mode": "newest"`,
			hint: "Valid values are earliest, latest, offset, timestamp."},
		{opts: with(Option{"scan.startup.timestamp.millis", "5"}), err: `option "scan.startup.timestamp.millis" needs scan.startup.mode = 'timestamp'`},
		{opts: with(Option{"scan.startup.mode", "timestamp"}), err: `option "scan.startup.timestamp.millis" is missing`,
			hint: "It is in milliseconds since 1970-01-01 00:00:00 UTC."},
		{opts: with(Option{"scan.startup.mode", "offset"}), err: `option "scan.startup.offset" is missing`,
			hint: "Give one offset for all partitions, or scan.startup.offsets = '0:42,1:17'."},
		{opts: with(Option{"scan.startup.mode", "offset"}, Option{"scan.startup.offset", "-1"}), err: `invalid value for option "scan.startup.offset": "-1"`,
			hint: "It is a whole number, zero or more."},
		{opts: with(Option{"scan.startup.mode", "offset"}, Option{"scan.startup.offsets", "0=1"}), err: `invalid value for option "scan.startup.offsets": "0=1"`,
			hint: "Write partition:offset pairs, for example '0:42,1:17'."},
		{opts: with(Option{"scan.startup.mode", "offset"}, Option{"scan.startup.offsets", "0:1,0:2"}), err: `invalid value for option "scan.startup.offsets": "0:1,0:2"`,
			hint: "Partition 0 is listed twice."},

		{opts: auction(), want: Config{Connector: "nexmark", Topic: "bid", Nexmark: Nexmark{Table: "bid", Gap: 100 * time.Microsecond, Splits: 1}}},
		{opts: auction(Option{"nexmark.event.num", "1000"}, Option{"nexmark.seed", "7"}, Option{"nexmark.split.num", "4"}, Option{"scan.startup.mode", "latest"}),
			want: Config{Connector: "nexmark", Topic: "bid", Start: Start{Mode: Latest},
				Nexmark: Nexmark{Table: "bid", Events: 1000, Base: nexmarkBase, Seed: 7, Splits: 4}}},
		{opts: auction(Option{"nexmark.event.num", "9"}, Option{"nexmark.min.event.gap.in.ns", "1000"}, Option{"nexmark.base.time", "5000"}),
			want: Config{Connector: "nexmark", Topic: "bid", Nexmark: Nexmark{Table: "bid", Events: 9, Gap: time.Microsecond, Base: 5000, Splits: 1}}},
		{opts: auction()[:1], err: `option "nexmark.table.type" is missing`, hint: "Valid values are person, auction, bid."},
		{opts: []Option{{"connector", "nexmark"}, {"nexmark.table.type", "bids"}}, err: `invalid value for option "nexmark.table.type": "bids"`,
			hint: "Valid values are person, auction, bid."},
		{opts: auction(Option{"topic", "x"}), err: `unrecognized option "topic"`,
			hint: "Valid options are connector, nexmark.table.type, nexmark.event.num, nexmark.min.event.gap.in.ns, nexmark.base.time, nexmark.seed, " +
				"nexmark.split.num, scan.startup.mode, scan.startup.timestamp.millis, scan.startup.offset, scan.startup.offsets."},
		{opts: auction(Option{"nexmark.events.num", "5"}), err: `unrecognized option "nexmark.events.num"`, hint: `Perhaps you meant "nexmark.event.num".`},
		{opts: auction(Option{"nexmark.min.event.gap.in.ns", "0"}), err: `option "nexmark.event.num" is missing`,
			hint: "Without a gap between them, events must have an end."},
		{opts: auction(Option{"nexmark.split.num", "65"}), err: `invalid value for option "nexmark.split.num": "65"`, hint: "It is a number from 1 to 64."},
		{opts: auction(Option{"nexmark.event.num", "ten"}), err: `invalid value for option "nexmark.event.num": "ten"`, hint: "It is a whole number, zero or more."},
	} {
		got, err := ParseOptions(tc.opts)
		if tc.err == "" {
			if err != nil || !reflect.DeepEqual(got, tc.want) {
				t.Errorf("%v: %+v, %v, want %+v", tc.opts, got, err, tc.want)
			}
			continue
		}
		var e *OptionError
		if !errors.As(err, &e) || e.Message != tc.err || e.Hint != tc.hint || len(e.Code) != 5 {
			t.Errorf("%v: %#v, want %s, hint %s", tc.opts, err, tc.err, tc.hint)
		}
	}
}

// TestPinned: what comes one after the other begins when the source was made, and
// that is written down with it.
func TestPinned(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_123)
	for _, tc := range []struct {
		cfg  Config
		want []Option
	}{
		{Config{Connector: "kafka"}, nil},
		{Config{Connector: "nexmark", Nexmark: Nexmark{Events: 5, Base: nexmarkBase}}, nil},
		{Config{Connector: "nexmark", Nexmark: Nexmark{Gap: time.Microsecond, Base: 7}}, nil},
		{Config{Connector: "nexmark", Nexmark: Nexmark{Gap: time.Microsecond}}, []Option{{"nexmark.base.time", "1700000000123"}}},
	} {
		if got := tc.cfg.Pinned(now); !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%+v: %v, want %v", tc.cfg, got, tc.want)
		}
	}
}

func TestErrorText(t *testing.T) {
	cause := errors.New("connection refused")
	for _, tc := range []struct {
		err  *Error
		want string
	}{
		{&Error{Kind: ErrNoBroker, Partition: NoPartition, Broker: "a:1, b:2", Err: cause}, "no broker answers at a:1, b:2: connection refused"},
		{&Error{Kind: ErrNoBroker, Partition: NoPartition, Broker: "a:1, b:2", Err: errors.Join(cause, cause)},
			"no broker answers at a:1, b:2: connection refused; connection refused"},
		{&Error{Kind: ErrNoTopic, Topic: "t", Partition: NoPartition}, `topic "t" does not exist`},
		{&Error{Kind: ErrNoTopic, Topic: "t", Partition: 3}, `topic "t" has no partition 3`},
		{&Error{Kind: ErrOffsetOutOfRange, Topic: "t", Partition: 3, Offset: 5, Range: Range{7, 9}}, `offset 5 of topic "t" partition 3 is out of range: the log holds 7 to 9`},
		{&Error{Kind: ErrTransient, Topic: "t", Partition: 3, Broker: "a:1", Err: cause}, `transient failure: topic "t" partition 3 at a:1: connection refused`},
		{&Error{Kind: ErrUnreadable, Topic: "t", Partition: NoPartition}, `log cannot be read: topic "t"`},
	} {
		if tc.err.Error() != tc.want {
			t.Errorf("got %s, want %s", tc.err, tc.want)
		}
		if !errors.Is(tc.err, tc.err.Kind) || tc.err.Err != nil && !errors.Is(tc.err, cause) {
			t.Errorf("%s: errors.Is finds neither kind nor cause", tc.err)
		}
	}
}
