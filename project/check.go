package project

import (
	"context"
	"errors"

	"signet/dataset"
	"signet/internal/fault"
	"signet/source"
	"signet/writeback"
)

// checked is a project that fits its databases.
type checked struct {
	datasets []*dataset.Dataset
	actions  *writeback.Prepared
}

// check compares the project with the catalogues of its databases.
func (p *Project) check(ctx context.Context, engine *writeback.Engine, sources func(id string) (source.Source, bool)) (checked, Problems) {
	var out checked
	var problems Problems
	byID := map[string]*dataset.Dataset{}
	for _, def := range p.Datasets {
		o := p.origins[ref{kindDataset, def.ID}]
		d, bad := dataset.New(def)
		if len(bad) == 0 {
			byID[def.ID] = d
			out.datasets = append(out.datasets, d)
			if src, ok := sources(def.Source); ok {
				bad = d.Check(ctx, src)
			}
		}
		for _, b := range bad {
			problems = append(problems, o.problem(b))
		}
	}
	if len(problems) > 0 {
		return out, problems // an action on a wrong dataset would tell the same again
	}
	prepared, bad := engine.Prepare(ctx, p.Actions, writeback.Catalogue{
		Dataset: func(id string) (*dataset.Dataset, bool) { d, ok := byID[id]; return d, ok },
		Source:  sources,
	})
	for _, b := range bad {
		problems = append(problems, p.origins[ref{kindAction, b.Action}].problem(b.Field))
	}
	out.actions = prepared
	return out, problems
}

// Check opens the project's sources and compares it with their catalogues, without serving it.
func Check(ctx context.Context, p *Project, sources *Sources, engine *writeback.Engine) error {
	st, failed := sources.stage(ctx, p.Sources)
	defer st.discard()
	problems := p.unopened(failed)
	if len(problems) == 0 {
		_, problems = p.check(ctx, engine, st.get)
	}
	if len(problems) == 0 {
		return nil
	}
	return problems.sorted().fault()
}

// plainSecret is what an author may read of a secret that could not be read. The server's log has the rest.
func plainSecret(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Detail
	}
	return err.Error()
}

// unopened turns errors of sources, by id, into problems of their files.
func (p *Project) unopened(failed map[string]error) Problems {
	var problems Problems
	for id, err := range failed {
		bad := p.origins[ref{kindSource, id}].problemf("", "cannot be opened: %v", err)
		if secret, ok := errors.AsType[*source.SecretError](err); ok {
			bad = p.origins[ref{kindSource, id}].problemf(secret.Field, "%s", plainSecret(secret.Err))
		}
		bad.passing = errors.Is(err, source.ErrUnavailable)
		problems = append(problems, bad)
	}
	return problems
}
