package topics

import (
	"fmt"
	"net"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Option is one name and value of WITH (...), as the user wrote them. Names
// are compared without case.
type Option struct {
	Name, Value string
}

// Config names a log and where to begin in it.
type Config struct {
	Connector string
	Topic     string   // the topic's name; of the connector nexmark, the table's
	Brokers   []string // host:port, at least one; none with nexmark
	Start     Start
	Nexmark   Nexmark // with nexmark
}

// The connectors.
const (
	ConnectorKafka   = "kafka"
	ConnectorNexmark = "nexmark"
)

// SQLSTATEs of option errors: PostgreSQL's invalid_parameter_value,
// syntax_error and feature_not_supported.
const (
	codeInvalidParameter = "22023"
	codeSyntaxError      = "42601"
	codeNotSupported     = "0A000"
)

const (
	optConnector   = "connector"
	optTopic       = "topic"
	optServer      = "properties.bootstrap.server"
	optServers     = "properties.bootstrap.servers"
	optMode        = "scan.startup.mode"
	optMillis      = "scan.startup.timestamp.millis"
	optOffset      = "scan.startup.offset"
	optOffsets     = "scan.startup.offsets"
	defaultBroker  = "9092"
	modesList      = "Valid values are earliest, latest, offset, timestamp."
	offsetsExample = "Write partition:offset pairs, for example '0:42,1:17'."
)

// connectors are the options that each of them knows.
var connectors = map[string][]string{
	ConnectorKafka:   {optConnector, optTopic, optServer, optServers, optMode, optMillis, optOffset, optOffsets},
	ConnectorNexmark: {optConnector, optTable, optEvents, optGap, optBase, optSeed, optSplits, optMode, optMillis, optOffset, optOffsets},
}

const connectorsHint = "Valid values are kafka, nexmark."

// notYet are prefixes of options that others' scripts carry and that change how
// the cluster is reached: to ignore one would be to connect in another way than
// the user asked for.
var notYet = []string{"properties.security.", "properties.sasl.", "properties.ssl.", "aws.", "privatelink."}

// ParseOptions reads WITH (...) of a source. Errors are *OptionError. An option
// that it does not know is an error, never ignored.
func ParseOptions(opts []Option) (Config, error) {
	var cfg Config
	var err error
	if cfg.Connector, err = connector(opts); err != nil {
		return Config{}, err
	}
	given, err := optionMap(opts, connectors[cfg.Connector])
	if err != nil {
		return Config{}, err
	}
	if cfg.Connector == ConnectorNexmark {
		if cfg.Nexmark, err = nexmark(given); err != nil {
			return Config{}, err
		}
		cfg.Topic = cfg.Nexmark.Table
		cfg.Start, err = start(given)
		return cfg, err
	}
	if cfg.Topic = given[optTopic]; cfg.Topic == "" {
		return Config{}, missing(optTopic, "Name the topic: WITH (connector = 'kafka', topic = 'orders', ...).")
	}
	if err := checkTopic(cfg.Topic); err != nil {
		return Config{}, err
	}
	if cfg.Brokers, err = brokers(given); err != nil {
		return Config{}, err
	}
	cfg.Start, err = start(given)
	return cfg, err
}

func optionMap(opts []Option, valid []string) (map[string]string, error) {
	given := make(map[string]string, len(opts))
	for _, o := range opts {
		name := strings.ToLower(strings.TrimSpace(o.Name))
		if !slices.Contains(valid, name) {
			return nil, unknown(name, valid)
		}
		if _, twice := given[name]; twice {
			return nil, &OptionError{Code: codeSyntaxError, Option: name,
				Message: fmt.Sprintf("option %q specified more than once", name)}
		}
		given[name] = strings.TrimSpace(o.Value)
	}
	return given, nil
}

func unknown(name string, valid []string) error {
	for _, p := range notYet {
		if strings.HasPrefix(name, p) {
			return &OptionError{Code: codeNotSupported, Option: name,
				Message: fmt.Sprintf("option %q is not supported", name),
				Hint:    "Connections are plain TCP without authentication."}
		}
	}
	hint := "Valid options are " + strings.Join(valid, ", ") + "."
	if near := nearest(name, valid); near != "" {
		hint = fmt.Sprintf("Perhaps you meant %q.", near)
	}
	return &OptionError{Code: codeInvalidParameter, Option: name,
		Message: fmt.Sprintf("unrecognized option %q", name), Hint: hint}
}

func missing(name, hint string) error {
	return &OptionError{Code: codeInvalidParameter, Option: name,
		Message: fmt.Sprintf("option %q is missing", name), Hint: hint}
}

func invalid(name, value, hint string) error {
	return &OptionError{Code: codeInvalidParameter, Option: name,
		Message: fmt.Sprintf("invalid value for option %q: %q", name, value), Hint: hint}
}

// connector finds the option that decides which others there may be.
func connector(opts []Option) (string, error) {
	for _, o := range opts {
		if !strings.EqualFold(strings.TrimSpace(o.Name), optConnector) {
			continue
		}
		name := strings.ToLower(strings.TrimSpace(o.Value))
		if connectors[name] == nil {
			return "", invalid(optConnector, o.Value, connectorsHint)
		}
		return name, nil
	}
	return "", missing(optConnector, connectorsHint)
}

// checkTopic holds a name to Kafka's own rule, so that a typing error is told
// at CREATE SOURCE and not by a broker later.
func checkTopic(name string) error {
	ok := len(name) <= 249 && name != "." && name != ".."
	for _, r := range name {
		ok = ok && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-')
	}
	if !ok {
		return invalid(optTopic, name, "A topic's name has at most 249 letters, digits, dots, underscores and hyphens.")
	}
	return nil
}

func brokers(given map[string]string) ([]string, error) {
	name, list := optServer, given[optServer]
	if other, ok := given[optServers]; ok {
		if list != "" {
			return nil, &OptionError{Code: codeSyntaxError, Option: optServers,
				Message: fmt.Sprintf("options %q and %q are the same option, give one", optServer, optServers)}
		}
		name, list = optServers, other
	}
	if list == "" {
		return nil, missing(optServer, "Give one or more host:port, separated by commas.")
	}
	var out []string
	for _, addr := range strings.Split(list, ",") {
		addr = strings.TrimSpace(addr)
		if addr == "" {
			continue
		}
		full, ok := hostPort(addr)
		if !ok {
			return nil, invalid(name, addr, "Give one or more host:port, separated by commas.")
		}
		out = append(out, full)
	}
	if len(out) == 0 {
		return nil, invalid(name, list, "Give one or more host:port, separated by commas.")
	}
	return out, nil
}

func hostPort(addr string) (string, bool) {
	if strings.Contains(addr, "/") {
		return "", false
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		host, port = strings.Trim(addr, "[]"), defaultBroker
		if strings.Contains(host, ":") && net.ParseIP(host) == nil {
			return "", false
		}
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || host == "" {
		return "", false
	}
	return net.JoinHostPort(host, port), true
}

func start(given map[string]string) (Start, error) {
	var s Start
	mode, ok := given[optMode]
	if ok {
		found := false
		for m, name := range startModes {
			if strings.EqualFold(mode, name) {
				s.Mode, found = StartMode(m), true
			}
		}
		if !found {
			return s, invalid(optMode, mode, modesList)
		}
	}
	// A detail without its mode is taken as an error: the user expects it to have effect.
	details := []struct {
		name string
		mode StartMode
		set  func(string) error
	}{
		{optMillis, AtTime, func(v string) error { return parseCount(optMillis, v, &s.Millis) }},
		{optOffset, AtOffset, func(v string) error { return parseCount(optOffset, v, &s.Offset) }},
		{optOffsets, AtOffset, func(v string) error { return parseOffsets(v, &s) }},
	}
	seen := false
	for _, d := range details {
		v, given := given[d.name]
		if !given {
			continue
		}
		if s.Mode != d.mode {
			return s, &OptionError{Code: codeInvalidParameter, Option: d.name,
				Message: fmt.Sprintf("option %q needs %s = '%s'", d.name, optMode, d.mode)}
		}
		if err := d.set(v); err != nil {
			return s, err
		}
		seen = true
	}
	switch {
	case s.Mode == AtTime && !seen:
		return s, missing(optMillis, "It is in milliseconds since 1970-01-01 00:00:00 UTC.")
	case s.Mode == AtOffset && !seen:
		return s, missing(optOffset, "Give one offset for all partitions, or scan.startup.offsets = '0:42,1:17'.")
	}
	return s, nil
}

func parseCount(name, v string, into *int64) error {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 {
		return invalid(name, v, "It is a whole number, zero or more.")
	}
	*into = n
	return nil
}

func parseOffsets(v string, s *Start) error {
	s.Offsets = map[int32]int64{}
	for _, pair := range strings.Split(v, ",") {
		part, off, ok := strings.Cut(strings.TrimSpace(pair), ":")
		p, err1 := strconv.ParseInt(strings.TrimSpace(part), 10, 32)
		o, err2 := strconv.ParseInt(strings.TrimSpace(off), 10, 64)
		if !ok || err1 != nil || err2 != nil || p < 0 || o < 0 {
			return invalid(optOffsets, v, offsetsExample)
		}
		if _, twice := s.Offsets[int32(p)]; twice {
			return invalid(optOffsets, v, fmt.Sprintf("Partition %d is listed twice.", p))
		}
		s.Offsets[int32(p)] = o
	}
	return nil
}

// nearest finds the known option that a mistyped name most likely means.
func nearest(name string, valid []string) string {
	type candidate struct {
		name string
		dist int
	}
	var all []candidate
	for _, k := range valid {
		all = append(all, candidate{k, distance(name, k)})
		if i := strings.LastIndex(k, "properties."); i == 0 {
			all = append(all, candidate{k, distance(name, k[len("properties."):])})
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].dist < all[j].dist })
	if all[0].dist <= max(2, len(name)/4) {
		return all[0].name
	}
	return ""
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diag
			if a[i-1] != b[j-1] {
				cost++
			}
			diag, row[j] = row[j], min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
