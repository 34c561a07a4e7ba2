// Package yamlfile reads one strict YAML file into a Go value and remembers where each field
// stands, so that every problem can name its line.
//
// It guarantees that nothing in the file is ignored and nothing is expanded: unknown and repeated
// keys, second documents, anchors, aliases, merges and tags are errors, and size and depth are
// bounded before the parser sees them.
package yamlfile

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds of one file.
const (
	MaxBytes   = 128 << 10
	maxDepth   = 16   // of nesting; the parser's cost grows with its square
	maxEntries = 2000 // of one list or map
)

// Position is a place in a file, counted from 1.
type Position struct{ Line, Column int }

// Problem is one thing that is wrong with a file.
type Problem struct {
	Position
	Field   string // the path to the field, e.g. inputs[0].rule
	Message string
}

// File is where the fields of one file stand.
type File struct{ at map[string]Position }

// Position returns where a field stands, or where its nearest enclosing one does when the field is not there.
func (f *File) Position(field string) Position {
	for {
		if p, ok := f.at[field]; ok {
			return p
		}
		if field == "" {
			return Position{1, 1}
		}
		field = field[:max(0, strings.LastIndexAny(field, ".["))]
	}
}

// Read decodes a file into the struct that into points to. It returns all problems that it finds;
// with any, into is not to be used. The File is never nil.
func Read(b []byte, into any) (*File, []Problem) {
	d := &decoder{file: &File{at: map[string]Position{}}}
	body, problem := parse(b)
	if problem != nil {
		return d.file, []Problem{*problem}
	}
	d.root(body, into)
	return d.file, d.problems
}

func parse(b []byte) (body ast.Node, problem *Problem) {
	if len(b) > MaxBytes {
		return nil, &Problem{Position: Position{1, 1}, Message: fmt.Sprintf("is larger than %d KiB: split it", MaxBytes>>10)}
	}
	// The parser is third-party code on a person's input: a panic in it is a bad file, not a dead server.
	defer func() {
		if r := recover(); r != nil {
			body, problem = nil, &Problem{Position: Position{1, 1}, Message: "cannot be read as YAML"}
		}
	}()
	tokens := lexer.Tokenize(string(b))
	if problem := refuse(tokens); problem != nil {
		return nil, problem
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, syntaxProblem(err)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil, &Problem{Position: Position{1, 1}, Message: "is empty"}
	}
	if len(file.Docs) > 1 {
		return nil, &Problem{Position: position(file.Docs[1].GetToken()), Message: "holds a second document: put it into a file of its own"}
	}
	return file.Docs[0].Body, nil
}

// refuse looks at the tokens for what is not allowed, before the parser spends time on it.
func refuse(tokens token.Tokens) *Problem {
	flow, entries, line := 0, 0, 0
	for _, t := range tokens {
		message := ""
		if t.Position.Line != line {
			line, entries = t.Position.Line, 0
		}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType, token.DirectiveType, token.MappingKeyType:
			message = "holds an anchor, alias, merge, tag, directive or complex key: write the value out"
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType:
			entries++
		}
		if flow > maxDepth || entries > maxDepth {
			message = fmt.Sprintf("is nested deeper than %d levels", maxDepth)
		}
		if message != "" {
			return &Problem{Position: position(t), Message: message}
		}
	}
	return nil
}

func syntaxProblem(err error) *Problem {
	p := &Problem{Position: Position{1, 1}, Message: "is not YAML: " + firstLine(err.Error())}
	if e, ok := err.(interface {
		GetToken() *token.Token
		GetMessage() string
	}); ok {
		p.Position, p.Message = position(e.GetToken()), "is not YAML: "+firstLine(e.GetMessage())
	}
	return p
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return fmt.Sprintf("%.200s", s)
}

func position(t *token.Token) Position {
	if t == nil || t.Position == nil {
		return Position{1, 1}
	}
	return Position{max(1, t.Position.Line), max(1, t.Position.Column)}
}
