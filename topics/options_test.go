package topics

import (
	"errors"
	"reflect"
	"testing"
)

func TestParseOptions(t *testing.T) {
	base := []Option{{"connector", "kafka"}, {"topic", "orders"}, {"properties.bootstrap.server", "localhost:9092"}}
	with := func(more ...Option) []Option { return append(append([]Option(nil), base...), more...) }
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

		{opts: nil, err: `option "connector" is missing`, hint: "Valid values are kafka."},
		{opts: []Option{{"connector", "pulsar"}}, err: `invalid value for option "connector": "pulsar"`, hint: "Valid values are kafka."},
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
