package pgwire

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Codes that stand where a startup packet has its protocol version.
const (
	codeCancel  = 1234<<16 | 5678
	codeSSL     = 1234<<16 | 5679
	codeGSS     = 1234<<16 | 5680
	version3    = 3
	minorNewest = 3 << 16 // 3.0: the newest version that we speak
)

// maxStartupPacket is PostgreSQL's own limit.
const maxStartupPacket = 10_000

// reported is the parameters that PostgreSQL 15 reports, in its order, with
// what is said of those that a session does not mention: clients close the
// connection, or crash, when one is missing.
var reported = []Parameter{
	{"application_name", ""},
	{"client_encoding", "UTF8"},
	{"DateStyle", "ISO, MDY"},
	{"default_transaction_read_only", "off"},
	{"in_hot_standby", "off"},
	{"integer_datetimes", "on"},
	{"IntervalStyle", "postgres"},
	{"is_superuser", "on"},
	{"server_encoding", "UTF8"},
	{"server_version", "15.0"},
	{"session_authorization", ""},
	{"standard_conforming_strings", "on"},
	{"TimeZone", "UTC"},
}

// startupPacket is the first packet that is not a request for encryption.
type startupPacket struct {
	code   uint32
	params []Parameter // as sent, in order
	cancel struct {
		pid    int32
		secret [4]byte
	}
}

// readStartup answers requests for encryption with a refusal and reads on, as
// libpq expects, until the client says what it wants.
func (c *conn) readStartup() (startupPacket, error) {
	var refused []uint32
	for {
		body, err := c.readStartupBody()
		if err != nil {
			return startupPacket{}, err
		}
		p := startupPacket{code: binary.BigEndian.Uint32(body)}
		switch {
		case (p.code == codeSSL || p.code == codeGSS) && !slices.Contains(refused, p.code):
			refused = append(refused, p.code)
			if _, err := c.nc.Write([]byte{'N'}); err != nil {
				return p, err
			}
		case p.code == codeCancel:
			if len(body) != 12 {
				return p, violation("invalid length of cancel request")
			}
			p.cancel.pid = int32(binary.BigEndian.Uint32(body[4:]))
			copy(p.cancel.secret[:], body[8:])
			return p, nil
		case p.code>>16 == version3:
			p.params, err = splitStartupParams(body[4:])
			return p, err
		default:
			return p, pgerr.New(pgerr.FeatureNotSupported, "unsupported frontend protocol %d.%d: server supports 3.0 to 3.0", p.code>>16, p.code&0xffff)
		}
	}
}

func (c *conn) readStartupBody() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(c.box, head[:]); err != nil {
		return nil, err
	}
	size := int64(binary.BigEndian.Uint32(head[:])) - 4
	if size < 4 || size > maxStartupPacket {
		return nil, violation("invalid length of startup packet")
	}
	return readBody(c.box, int(size))
}

func splitStartupParams(body []byte) ([]Parameter, error) {
	var out []Parameter
	for {
		name, rest, ok := bytes.Cut(body, []byte{0})
		if !ok {
			return nil, violation("invalid startup packet layout: expected terminator as last byte")
		}
		if len(name) == 0 {
			if len(rest) > 0 {
				return nil, violation("invalid startup packet layout: expected terminator as last byte")
			}
			return out, nil
		}
		value, rest, ok := bytes.Cut(rest, []byte{0})
		if !ok {
			return nil, violation("invalid startup packet layout: expected terminator as last byte")
		}
		out = append(out, Parameter{string(name), string(value)})
		body = rest
	}
}

// startupInfo sorts the parameters into what the protocol uses and what is the
// session's. unknown is the protocol options that we do not know.
func startupInfo(params []Parameter) (info StartupInfo, unknown []string, err error) {
	info.Params = map[string]string{}
	var direct []Parameter
	for _, p := range params {
		switch name := strings.ToLower(p.Name); {
		case name == "user":
			info.User = p.Value
		case name == "database":
			info.Database = p.Value
		case name == "options":
			set, err := parseOptions(p.Value)
			if err != nil {
				return info, nil, err
			}
			for _, o := range set {
				info.Params[o.Name] = o.Value
			}
		case name == "replication":
			if !slices.Contains([]string{"false", "off", "no", "0"}, strings.ToLower(p.Value)) {
				return info, nil, pgerr.New(pgerr.FeatureNotSupported, "replication connections are not supported")
			}
		case strings.HasPrefix(name, "_pq_."):
			unknown = append(unknown, p.Name)
		default:
			direct = append(direct, Parameter{name, p.Value})
		}
	}
	for _, p := range direct { // they win over options, as in PostgreSQL
		info.Params[p.Name] = p.Value
	}
	if info.User == "" {
		return info, nil, pgerr.New(pgerr.InvalidAuthorization, "no PostgreSQL user name specified in startup packet")
	}
	if info.Database == "" {
		info.Database = info.User
	}
	return info, unknown, nil
}

// parseOptions reads the command line that clients send as "options":
// "-c name=value", "-cname=value" and "--name=value", blanks escaped by a backslash.
func parseOptions(s string) ([]Parameter, error) {
	var out []Parameter
	words := splitOptions(s)
	for i := 0; i < len(words); i++ {
		w := words[i]
		var setting string
		switch {
		case w == "-c" && i+1 < len(words):
			i++
			setting = words[i]
		case strings.HasPrefix(w, "--"):
			setting = w[2:]
		case strings.HasPrefix(w, "-c") && len(w) > 2:
			setting = w[2:]
		default:
			return nil, pgerr.New(pgerr.SyntaxError, "invalid command-line argument for server process: %s", w)
		}
		name, value, ok := strings.Cut(setting, "=")
		if !ok || name == "" {
			return nil, pgerr.New(pgerr.SyntaxError, "-c %s requires a value", setting)
		}
		out = append(out, Parameter{strings.ToLower(strings.ReplaceAll(name, "-", "_")), value})
	}
	return out, nil
}

func splitOptions(s string) []string {
	var words []string
	var word []byte
	inside := false
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b == '\\' && i+1 < len(s):
			i++
			word, inside = append(word, s[i]), true
		case b == ' ' || b == '\t' || b == '\n' || b == '\r' || b == '\f' || b == '\v':
			if inside {
				words = append(words, string(word))
			}
			word, inside = word[:0], false
		default:
			word, inside = append(word, b), true
		}
	}
	if inside {
		words = append(words, string(word))
	}
	return words
}

// start brings the connection to its first ReadyForQuery. open is false when
// the client wanted no session, or is gone; an error is for the client.
func (c *conn) start() (open bool, err error) {
	packet, err := c.readStartup()
	if err != nil {
		return false, err
	}
	if packet.code == codeCancel {
		c.server.cancelByKey(packet.cancel.pid, packet.cancel.secret)
		return false, nil
	}
	info, unknown, err := startupInfo(packet.params)
	if err != nil {
		return false, err
	}
	if packet.code&0xffff > 0 || len(unknown) > 0 {
		if err := c.out.send(&pgproto3.NegotiateProtocolVersion{NewestMinorProtocol: minorNewest, UnrecognizedOptions: unknown}); err != nil {
			return false, err
		}
	}
	if _, err := rand.Read(c.secret[:]); err != nil {
		return false, err
	}
	if !c.server.admit(c) {
		return false, pgerr.New(pgerr.TooManyConnections, "sorry, too many clients already")
	}
	if err := c.opts.Auth.Authenticate(c.ctx, c, info.User, info.Database); err != nil {
		return false, err
	}
	info.RemoteAddr, info.PID, info.Names, info.Server = c.nc.RemoteAddr().String(), c.pid, c, c.server
	session, err := c.server.backend.NewSession(c.ctx, info)
	if err != nil {
		return false, err
	}
	c.setSession(session)
	return true, c.greet()
}

// greet sends what follows a successful authentication.
func (c *conn) greet() error {
	if err := c.out.send(&pgproto3.AuthenticationOk{}); err != nil {
		return err
	}
	status := c.session.ParameterStatus()
	for _, p := range reported {
		value, ok := status[p.Name]
		if !ok {
			value = p.Value
		}
		delete(status, p.Name)
		if err := c.reportParameter(Parameter{p.Name, value}); err != nil {
			return err
		}
	}
	more := make([]string, 0, len(status))
	for name := range status {
		more = append(more, name)
	}
	slices.Sort(more)
	for _, name := range more {
		if err := c.reportParameter(Parameter{name, status[name]}); err != nil {
			return err
		}
	}
	if err := c.out.send(&pgproto3.BackendKeyData{ProcessID: uint32(c.pid), SecretKey: c.secret[:]}); err != nil {
		return err
	}
	return c.ready()
}
