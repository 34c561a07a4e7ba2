package postgres

import (
	"container/list"
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"signet/internal/value"
	"signet/source"
)

// maxPrepared bounds the prepared statements of one connection: the least recently used go first.
const maxPrepared = 256

// prepared is a statement that the server knows on one connection.
type prepared struct {
	key     string
	desc    *pgconn.StatementDescription
	columns []source.Column
	wires   []wireType
	formats []int16
	place   *list.Element
}

// statements are the prepared statements of one connection, which owns them.
type statements struct {
	byKey map[string]*prepared
	order *list.List // of *prepared, most recently used first
	count int        // ever prepared, for their names
}

// session is a connection on loan from a pool.
type session struct {
	loan  *pgxpool.Conn
	conn  *pgconn.PgConn
	known *statements
	types *types
	// sent says that a pipeline, or a part of it, may have reached the server.
	sent bool
}

const statementsKey = "signet-statements"

func newSession(loan *pgxpool.Conn, t *types) *session {
	conn := loan.Conn().PgConn()
	known, ok := conn.CustomData()[statementsKey].(*statements)
	if !ok {
		known = &statements{byKey: map[string]*prepared{}, order: list.New()}
		conn.CustomData()[statementsKey] = known
	}
	return &session{loan: loan, conn: conn, known: known, types: t}
}

// limits is how an exchange ends.
type limits struct {
	maxRows int    // more rows than this are an error; 0: no limit
	finally string // a statement that runs whether the batch fails or not
}

// exchange prepares what the connection does not know yet and then runs all statements in one
// round trip. The server stops at the first error, so a COMMIT behind a failed statement does
// not happen; results holds the statements that ended well before it.
func (s *session) exchange(ctx context.Context, lim limits, batch ...source.Statement) (results []source.Result, err error) {
	plans, err := s.prepare(ctx, batch)
	if err != nil {
		return nil, err
	}
	requests, err := encode(batch, plans)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pipe := s.conn.StartPipeline(ctx)
	defer func() { _ = pipe.Close() }()
	for i, r := range requests {
		pipe.SendQueryStatement(plans[i].desc, r.values, r.formats, plans[i].formats)
	}
	if lim.finally != "" {
		pipe.SendPipelineSync()
		pipe.SendQueryParams(lim.finally, nil, nil, nil, nil)
	}
	if err := pipe.Sync(); err != nil {
		s.sent = s.sent || !pgconn.SafeToRetry(err)
		return nil, err
	}
	s.sent = true
	results = make([]source.Result, 0, len(batch))
	for _, p := range plans {
		r, err := p.receive(pipe, lim.maxRows)
		if err != nil {
			cancel() // stops the server before the rest is read away
			return results, err
		}
		results = append(results, r)
	}
	return results, nil
}

// request is one statement's arguments on the wire.
type request struct {
	values  [][]byte
	formats []int16
}

// encode refuses, before anything is sent, what the server could not take or answer.
func encode(batch []source.Statement, plans []*prepared) ([]request, error) {
	var enc encoder
	requests := make([]request, len(batch))
	for i, st := range batch {
		err := plans[i].unreadable()
		if err == nil {
			requests[i].values, requests[i].formats, err = enc.args(st.Args, plans[i].desc.ParamOIDs)
		}
		if err != nil {
			return nil, err
		}
	}
	return requests, nil
}

// unreadable returns an error when the statement gives a column that has no kind.
func (p *prepared) unreadable() error {
	for _, c := range p.columns {
		if c.Kind == 0 {
			return fmt.Errorf("%w: column %q has the type %s, which cannot be read: cast it to text in SQL", source.ErrSchema, c.Name, c.Type)
		}
	}
	return nil
}

// receive collects one statement's answer; more than maxRows rows are an error, unless it is 0.
func (p *prepared) receive(pipe *pgconn.Pipeline, maxRows int) (source.Result, error) {
	got, err := pipe.GetResults()
	if err != nil {
		return source.Result{}, err
	}
	reader, ok := got.(*pgconn.ResultReader)
	if !ok {
		return source.Result{}, fmt.Errorf("the server's answer %T is out of order", got)
	}
	r := source.Result{Columns: p.columns}
	var slab []value.Value
	for reader.NextRow() {
		if maxRows > 0 && len(r.Rows) == maxRows {
			return r, fmt.Errorf("%w: the limit is %d", source.ErrRowLimit, maxRows)
		}
		if n := len(p.wires); len(slab) < n {
			slab = make([]value.Value, n*min(64, 1+len(r.Rows)))
		}
		row := slab[:len(p.wires):len(p.wires)]
		slab = slab[len(p.wires):]
		if err := p.decode(row, reader.Values()); err != nil {
			return r, err
		}
		r.Rows = append(r.Rows, row)
	}
	tag, err := reader.Close()
	if !tag.Select() {
		r.Affected = tag.RowsAffected()
	}
	return r, err
}

func (p *prepared) decode(row []value.Value, cells [][]byte) error {
	if len(cells) != len(row) {
		return fmt.Errorf("the server sent %d columns for %d", len(cells), len(row))
	}
	for i, cell := range cells {
		if cell == nil {
			row[i] = value.Null(p.wires[i].kind)
			continue
		}
		v, err := p.wires[i].read(cell)
		if err != nil {
			return fmt.Errorf("column %q: %w", p.columns[i].Name, err)
		}
		row[i] = v
	}
	return nil
}

// prepare returns the batch's plans; unknown ones are prepared in one round trip.
func (s *session) prepare(ctx context.Context, batch []source.Statement) ([]*prepared, error) {
	plans := make([]*prepared, len(batch))
	var missing []*prepared
	var declared [][]uint32
	for i, st := range batch {
		oids, err := paramOIDs(st.Args)
		if err != nil {
			return nil, err
		}
		key := planKey(st.SQL, oids)
		p := s.known.byKey[key]
		if p == nil {
			s.known.count++
			p = &prepared{key: key, desc: &pgconn.StatementDescription{Name: "signet_" + strconv.Itoa(s.known.count), SQL: st.SQL}}
			missing, declared = append(missing, p), append(declared, oids)
			s.known.add(p) // a statement that is in the batch twice is prepared once
		} else {
			s.known.order.MoveToFront(p.place)
		}
		plans[i] = p
	}
	if len(missing) == 0 {
		return plans, nil
	}
	if err := s.describe(ctx, missing, declared); err != nil {
		for _, p := range missing {
			s.known.remove(p)
		}
		return nil, err
	}
	return plans, s.evict(ctx, len(batch))
}

// describe prepares statements on the server and fills in what it says about them.
func (s *session) describe(ctx context.Context, missing []*prepared, declared [][]uint32) error {
	pipe := s.conn.StartPipeline(ctx)
	for i, p := range missing {
		pipe.SendPrepare(p.desc.Name, p.desc.SQL, declared[i])
	}
	err := pipe.Sync()
	for i := 0; err == nil && i < len(missing); i++ {
		var got any
		if got, err = pipe.GetResults(); err == nil {
			d, ok := got.(*pgconn.StatementDescription)
			if !ok {
				err = fmt.Errorf("the server's answer %T is out of order", got)
				break
			}
			missing[i].desc.ParamOIDs, missing[i].desc.Fields = d.ParamOIDs, d.Fields
		}
	}
	if closing := pipe.Close(); err == nil {
		err = closing
	}
	for i := 0; err == nil && i < len(missing); i++ {
		p := missing[i]
		if p.wires, err = s.types.resolve(ctx, s, p.desc.Fields); err == nil {
			p.columns = columnsOf(p.desc.Fields, p.wires)
			p.formats = make([]int16, len(p.wires))
			for j, w := range p.wires {
				p.formats[j] = w.format
			}
		}
	}
	return err
}

// evict frees the least recently used statements above the bound.
func (s *session) evict(ctx context.Context, inUse int) error {
	if s.known.order.Len() <= maxPrepared {
		return nil
	}
	pipe := s.conn.StartPipeline(ctx)
	for s.known.order.Len() > max(maxPrepared/2, inUse) {
		p := s.known.order.Back().Value.(*prepared)
		s.known.remove(p)
		pipe.SendDeallocate(p.desc.Name)
	}
	if err := pipe.Sync(); err != nil {
		return err
	}
	return pipe.Close()
}

// forget drops all prepared statements, here and on the server.
func (s *session) forget(ctx context.Context) error {
	s.known.byKey = map[string]*prepared{}
	s.known.order.Init()
	_, err := s.conn.Exec(ctx, "DEALLOCATE ALL").ReadAll()
	return err
}

func (k *statements) add(p *prepared) {
	k.byKey[p.key] = p
	p.place = k.order.PushFront(p)
}

func (k *statements) remove(p *prepared) {
	if k.byKey[p.key] == p {
		delete(k.byKey, p.key)
		k.order.Remove(p.place)
	}
}

// planKey tells apart the same SQL with arguments of different kinds.
func planKey(sql string, oids []uint32) string {
	b := make([]byte, 0, len(sql)+6*len(oids)+1)
	for _, oid := range oids {
		b = strconv.AppendUint(b, uint64(oid), 10)
		b = append(b, ' ')
	}
	return string(append(append(b, 0), sql...))
}
