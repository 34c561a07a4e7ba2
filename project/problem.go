package project

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"signet/internal/fault"
	"signet/internal/yamlfile"
)

// Problem is one thing that is wrong with a project, and where.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Field   string `json:"field"`
	Message string `json:"message"`

	passing bool // it may end without a change of the files: a database is away
}

// String is the form that compilers use, which editors and terminals make a link of.
func (p Problem) String() string {
	field := p.Field
	if field != "" {
		field += ": "
	}
	return fmt.Sprintf("%s:%d:%d: %s%s", p.File, p.Line, p.Column, field, p.Message)
}

// Problems is what is wrong with a project, in the order of its files.
type Problems []Problem

// Error lists all problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].String()
	}
	return strings.Join(lines, "\n")
}

// mayPass reports whether the same files may be taken over later.
func mayPass(err error) bool {
	p, ok := errors.AsType[Problems](err)
	return err != nil && (!ok || slices.ContainsFunc(p, func(p Problem) bool { return p.passing }))
}

func (p Problems) sorted() Problems {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column)
	})
	return slices.Compact(p)
}

// origin is where a definition was written; it turns a field's path into a place in its file.
type origin struct {
	file string
	at   *yamlfile.File
}

func (o origin) problem(bad fault.Field) Problem {
	at := o.at.Position(bad.Field)
	return Problem{File: o.file, Line: at.Line, Column: at.Column, Field: bad.Field, Message: bad.Message}
}

func (o origin) problemf(field, format string, args ...any) Problem {
	return o.problem(fault.Field{Field: field, Message: fmt.Sprintf(format, args...)})
}

// wholeFile is a problem of a file that could not be read at all.
func wholeFile(file, format string, args ...any) Problem {
	return Problem{File: file, Line: 1, Column: 1, Message: fmt.Sprintf(format, args...)}
}
