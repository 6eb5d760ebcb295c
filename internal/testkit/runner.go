package testkit

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/pgwire/pgcatalog"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/topics"
)

// runner runs one script in one configuration.
type runner struct {
	cfg      Config
	script   *script
	dir      string
	cluster  *cluster
	db       *engine.Database
	session  *engine.Session // the script's
	watcher  *engine.Session // for what the runner itself asks
	settings []string        // statements that a new session begins with
	waiting  []*record       // append records that come together with what follows
	got      map[*record][]string
	collect  bool // results are collected, not compared
}

// Run runs a script and returns the first thing that is wrong. dir is an empty
// directory for the database.
func Run(ctx context.Context, path, dir string, cfg Config) error {
	s, err := readScript(path)
	if err != nil {
		return err
	}
	_, err = run(ctx, s, dir, cfg, false)
	return err
}

// Rewrite runs a script in the default configuration and puts the results that
// it gives into the file.
func Rewrite(ctx context.Context, path, dir string) error {
	s, err := readScript(path)
	if err != nil {
		return err
	}
	got, err := run(ctx, s, dir, Config{Name: "default"}, true)
	if e := s.rewrite(got); err == nil {
		err = e
	}
	return err
}

func run(ctx context.Context, s *script, dir string, cfg Config, collect bool) (map[*record][]string, error) {
	r := &runner{cfg: cfg, script: s, dir: dir, cluster: newCluster(), got: map[*record][]string{}, collect: collect}
	if err := r.open(); err != nil {
		return nil, err
	}
	defer func() { _ = r.close(false) }()
	for _, rec := range s.records {
		if !rec.runsIn(cfg.Name) {
			continue
		}
		if err := r.record(ctx, rec); err != nil {
			return r.got, fmt.Errorf("%s:%d: %w", s.path, rec.line, err)
		}
	}
	if err := r.finish(ctx); err != nil {
		return r.got, fmt.Errorf("%s, at the end: %w", s.path, err)
	}
	return r.got, nil
}

// clock is what now() says in every script.
var clock = time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)

// neverCommit is longer than any test.
const neverCommit = time.Hour

// catalogTables are the catalogs, for scripts that look at what DDL leaves there.
var catalogTables = pgcatalog.Tables()

func (r *runner) open() error {
	o := engine.Options{
		Dir: r.dir, Shards: max(1, r.cfg.Shards), MemoryLimit: r.cfg.MemoryLimit, RulesOff: r.cfg.RulesOff,
		CommitInterval: 50 * time.Millisecond, Retry: time.Millisecond, OpenLog: r.cluster.open, Version: "test",
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Now:    func() time.Time { return clock },
		System: catalogTables, SystemCall: pgcatalog.Call,
	}
	if r.cfg.Crash {
		o.CommitInterval = neverCommit
	}
	var err error
	if r.db, err = engine.Open(o); err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	if r.session, err = r.db.NewSession(engine.StartupInfo{}); err != nil {
		return err
	}
	if r.watcher, err = r.db.NewSession(engine.StartupInfo{}); err != nil {
		return err
	}
	for _, text := range r.settings {
		if _, err := execute(context.Background(), r.session, text); err != nil {
			return fmt.Errorf("setting again: %w", err)
		}
	}
	return nil
}

func (r *runner) close(crash bool) error {
	if r.db == nil {
		return nil
	}
	r.session.Close()
	r.watcher.Close()
	db := r.db
	r.db = nil
	if crash {
		db.Crash()
		return nil
	}
	return db.Close()
}

func (r *runner) reopen(crash bool) error {
	if err := r.close(crash); err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	return r.open()
}

func (r *runner) record(ctx context.Context, rec *record) error {
	if rec.words[0] == "append" && r.cfg.Together {
		r.waiting = append(r.waiting, rec)
		return nil
	}
	if rec.words[0] != "await" || len(rec.words) > 1 {
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	switch rec.words[0] {
	case "statement":
		return r.statement(ctx, rec)
	case "query":
		return r.query(ctx, rec)
	case "append":
		return r.append(ctx, rec)
	case "await":
		if len(rec.words) == 3 {
			return r.awaitProblem(ctx, rec.words[2])
		}
		if len(r.waiting) > 0 {
			return nil
		}
		return r.settle(ctx)
	case "restart", "crash":
		if err := r.reopen(rec.words[0] == "crash"); err != nil {
			return err
		}
		return r.settle(ctx)
	}
	return r.control(rec)
}

// control is the records about topics that bring no messages.
func (r *runner) control(rec *record) error {
	switch rec.words[0] {
	case "topic", "partitions":
		n, err := strconv.Atoi(rec.words[2])
		if err != nil {
			return err
		}
		if rec.words[0] == "topic" {
			r.cluster.create(rec.words[1], n)
		} else {
			r.cluster.topic(rec.words[1]).AddPartitions(n)
		}
	case "broker":
		r.cluster.setDown(rec.words[1] == "down")
	}
	return nil
}

// flush gives the topics what waits for company.
func (r *runner) flush(ctx context.Context) error {
	recs := r.waiting
	r.waiting = nil
	for _, rec := range recs {
		if err := r.produce(rec, rec.body); err != nil {
			return err
		}
	}
	if len(recs) > 0 {
		return r.stepDone(ctx)
	}
	return nil
}

func (r *runner) append(ctx context.Context, rec *record) error {
	if !r.cfg.OneByOne {
		if err := r.produce(rec, rec.body); err != nil {
			return err
		}
		return r.stepDone(ctx)
	}
	for _, line := range rec.body {
		if err := r.produce(rec, []string{line}); err != nil {
			return err
		}
		if err := r.stepDone(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) produce(rec *record, lines []string) error {
	part, err := strconv.ParseInt(rec.words[2], 10, 32)
	if err != nil {
		return err
	}
	log := r.cluster.topic(rec.words[1])
	if log == nil {
		return fmt.Errorf("there is no topic %s", rec.words[1])
	}
	msgs := make([]topics.Message, len(lines))
	for i, line := range lines {
		if msgs[i], err = message(int32(part), line); err != nil {
			return err
		}
	}
	for _, m := range msgs {
		log.AppendMessage(m)
	}
	return nil
}

// stepDone follows everything that may have changed something: the views are
// checked, and the database is closed and opened where the configuration says so.
func (r *runner) stepDone(ctx context.Context) error {
	if err := r.settle(ctx); err != nil {
		return err
	}
	if (r.cfg.Restart || r.cfg.Crash) && r.session.TxStatus() == 'I' {
		if err := r.reopen(r.cfg.Crash); err != nil {
			return err
		}
		return r.settle(ctx)
	}
	return nil
}

// settle waits until everything that the topics hold is in, and checks the views.
func (r *runner) settle(ctx context.Context) error {
	if err := r.await(ctx); err != nil {
		return err
	}
	if r.cluster.isDown() {
		return nil // sources that are not stored cannot be read
	}
	return CheckViews(ctx, r.watcher, r.script.loose)
}

func (r *runner) statement(ctx context.Context, rec *record) error {
	keep := keepsSetting(r.session, rec.sql())
	got, err := execute(ctx, r.session, rec.sql())
	if rec.words[1] == "error" {
		if e := expectError(rec, err); e != nil {
			return e
		}
		return r.stepDone(ctx)
	}
	if err != nil {
		return explain(err)
	}
	if tag := strings.Join(rec.words[2:], " "); tag != "" && tag != got.tag {
		return fmt.Errorf("the command tag is %q, not %q", got.tag, tag)
	}
	if keep {
		r.settings = append(r.settings, rec.sql())
	}
	return r.stepDone(ctx)
}

// explain shows all of an error that a user can see.
func explain(err error) error {
	e, ok := pgerr.As(err)
	if !ok {
		return err
	}
	return fmt.Errorf("%s: %s", e.Code, errorText(e))
}

func errorText(e *pgerr.Error) string {
	text := e.Message
	if e.Detail != "" {
		text += "\nDETAIL: " + e.Detail
	}
	if e.Hint != "" {
		text += "\nHINT: " + e.Hint
	}
	return text
}

func expectError(rec *record, err error) error {
	code, pattern := rec.words[2], strings.Join(rec.words[3:], " ")
	if err == nil {
		return fmt.Errorf("no error, where %s was expected", code)
	}
	e, ok := pgerr.As(err)
	if !ok {
		return fmt.Errorf("an error without SQLSTATE: %w", err)
	}
	if e.Code != code {
		return fmt.Errorf("SQLSTATE %s, where %s was expected: %s", e.Code, code, errorText(e))
	}
	re, err := regexp.Compile("(?s)" + pattern)
	if err != nil {
		return err
	}
	if !re.MatchString(errorText(e)) {
		return fmt.Errorf("the message does not match %q: %s", pattern, errorText(e))
	}
	return nil
}

func (r *runner) query(ctx context.Context, rec *record) error {
	if err := r.await(ctx); err != nil {
		return err
	}
	res, err := execute(ctx, r.session, rec.sql())
	if err != nil {
		return explain(err)
	}
	got, err := res.text(r.session, len(rec.words) > 1 && rec.words[1] == "rowsort")
	if err != nil {
		return err
	}
	if r.collect {
		r.got[rec] = got
		return nil
	}
	if want := strings.Join(rec.want, "\n"); want != strings.Join(got, "\n") {
		return fmt.Errorf("the result is\n%s\nand should be\n%s", strings.Join(got, "\n"), want)
	}
	return nil
}
