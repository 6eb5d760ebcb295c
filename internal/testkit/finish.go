package testkit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/topics"
)

// finish is what every script ends with: the views made again and asked ad hoc
// over the data that is there, and then everything taken back.
func (r *runner) finish(ctx context.Context) error {
	if err := r.flush(ctx); err != nil {
		return err
	}
	if r.session.TxStatus() != 'I' || r.cluster.isDown() {
		return nil
	}
	if err := r.again(ctx); err != nil {
		return err
	}
	return r.takeBack(ctx)
}

// again builds each view a second time, after the data, and runs its query by itself.
func (r *runner) again(ctx context.Context) error {
	views, err := r.names(ctx, "SELECT name, definition FROM tarn.views ORDER BY name")
	if err != nil {
		return err
	}
	for i, v := range views {
		if err := r.askAgain(ctx, v[0], v[1]); err != nil {
			return err
		}
		made := fmt.Sprintf("CREATE MATERIALIZED VIEW again_%d AS %s", i, v[1])
		if _, err := execute(ctx, r.session, made); err != nil {
			return fmt.Errorf("making view %s again: %w", v[0], explain(err))
		}
	}
	if err := r.settle(ctx); err != nil {
		return fmt.Errorf("views made over data: %w", err)
	}
	for i := range views {
		if _, err := execute(ctx, r.session, fmt.Sprintf("DROP MATERIALIZED VIEW again_%d", i)); err != nil {
			return explain(err)
		}
	}
	return nil
}

// askAgain compares a view with its query, run once. A query with failing rows
// fails as a whole, a session of another time zone may mean something else, and
// a query may take other rows than a view among those that its ORDER BY ties.
func (r *runner) askAgain(ctx context.Context, name, query string) error {
	if len(r.settings) > 0 {
		return nil
	}
	if _, err := execute(ctx, r.watcher, "BEGIN"); err != nil {
		return err
	}
	defer func() { _, _ = execute(ctx, r.watcher, "ROLLBACK") }()
	c := &checker{s: r.watcher}
	if err := c.readErrors(ctx); err != nil || c.errors[name] > 0 {
		return err
	}
	if ties, err := r.mayTie(ctx, name); ties || err != nil {
		return err
	}
	view, err := execute(ctx, r.watcher, "SELECT * FROM "+quote(name))
	if err != nil {
		return explain(err)
	}
	once, err := execute(ctx, r.watcher, query)
	if err != nil {
		return fmt.Errorf("running the query of view %s: %w", name, explain(err))
	}
	if diff := difference(typesOf(view), once.rows, view.rows); diff != "" {
		return fmt.Errorf("the query of view %s, run by itself, differs from the view:\n%s", name, diff)
	}
	return nil
}

// mayTie tells whether a view keeps only the first rows of an order.
func (r *runner) mayTie(ctx context.Context, name string) (bool, error) {
	views, err := r.watcher.Meanings(ctx)
	found := false
	for _, v := range views {
		if v.Name == name {
			planner.Walk(v.Query.Root, func(n planner.Node) bool {
				_, top := n.(*planner.TopK)
				found = found || top
				return !found
			})
		}
	}
	return found, err
}

// takeBack deletes every row that can be deleted, and looks for state that stays.
func (r *runner) takeBack(ctx context.Context) error {
	tables, err := r.names(ctx, "SELECT schema, name FROM tarn.relations WHERE kind = 'table'")
	if err != nil {
		return err
	}
	for _, t := range tables {
		if _, err := execute(ctx, r.session, "DELETE FROM "+quote(t[0])+"."+quote(t[1])); err != nil {
			return fmt.Errorf("deleting from %s: %w", t[1], explain(err))
		}
	}
	sources, err := r.names(ctx, "SELECT topic, format FROM tarn.sources")
	if err != nil {
		return err
	}
	plain := false
	for _, s := range sources {
		if plain = plain || s[1] == "PLAIN"; s[1] == "UPSERT" && r.cluster.topic(s[0]) != nil {
			if err := r.tombstones(ctx, s[0]); err != nil {
				return err
			}
		}
	}
	if err := r.settle(ctx); err != nil {
		return fmt.Errorf("with all rows deleted: %w", err)
	}
	if plain || r.script.keep {
		return nil
	}
	return r.noState(ctx)
}

// noState compares what the views keep with what the same views keep that are
// made over no rows: constants, and aggregates over nothing. What is not whole
// in memory is not counted but estimated, and nothing follows from it.
func (r *runner) noState(ctx context.Context) error {
	left, err := r.state(ctx, "AND resident")
	if err != nil {
		return err
	}
	views, err := r.names(ctx, "SELECT name, kind, definition FROM tarn.relations WHERE kind IN ('view', 'materialized view')")
	if err != nil {
		return err
	}
	for _, v := range slices.Backward(views) {
		if _, err := execute(ctx, r.session, "DROP "+v[1]+" "+quote(v[0])); err != nil {
			return explain(err)
		}
	}
	for _, v := range views {
		if _, err := execute(ctx, r.session, v[2]); err != nil {
			return fmt.Errorf("making view %s over no rows: %w", v[0], explain(err))
		}
	}
	fresh, err := r.state(ctx, "")
	if err != nil {
		return err
	}
	left = slices.DeleteFunc(left, func(l string) bool { return slices.Contains(fresh, l) })
	if len(left) > 0 {
		return fmt.Errorf("with all rows deleted, there is the state\n%s\nwhere views over no rows have\n%s", strings.Join(left, "\n"), strings.Join(fresh, "\n"))
	}
	return nil
}

// state lists the operators' arrangements that hold rows.
func (r *runner) state(ctx context.Context, which string) ([]string, error) {
	if err := r.db.Checkpoint(ctx); err != nil {
		return nil, err
	}
	list, err := r.names(ctx, `SELECT object, part || ': ' || rows || ' rows' FROM tarn.arrangements
		WHERE rows <> 0 AND part <> 'output' `+which)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, l := range list {
		out = append(out, strings.Join(l, ", "))
	}
	slices.Sort(out)
	return out, nil
}

// tombstones appends a null for every key of a topic.
func (r *runner) tombstones(ctx context.Context, topic string) error {
	log := r.cluster.topic(topic)
	bounds, err := log.Bounds(ctx)
	if err != nil {
		return err
	}
	for p, b := range bounds {
		if b.Start == b.End {
			continue
		}
		seen := map[string]bool{}
		for at := b.Start; at < b.End; {
			if at, err = log.Fetch(ctx, p, at, 1<<20, func(msgs []topics.Message) error {
				for _, m := range msgs {
					if m.Key != nil {
						seen[string(m.Key)] = true
					}
				}
				return nil
			}); err != nil {
				return err
			}
		}
		for k := range seen {
			log.Append(p, []byte(k), nil)
		}
	}
	return nil
}

// names reads texts with the script's session.
func (r *runner) names(ctx context.Context, query string) ([][]string, error) {
	res, err := execute(ctx, r.session, query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, explain(err))
	}
	var out [][]string
	for _, rw := range res.rows {
		var texts []string
		for _, d := range rw {
			texts = append(texts, string(d.B))
		}
		out = append(out, texts)
	}
	return out, nil
}
