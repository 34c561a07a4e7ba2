// Package project is dashboards as code: a folder of YAML and SQL files becomes sources, datasets,
// actions, dashboards and users, and every problem names its file, line and field.
//
// It guarantees that a project is taken over as a whole or not at all: every file passes the same
// constructors as any other way in (threat A7), and the last good version stays up.
package project

import (
	"signet/dashboard"
	"signet/dataset"
	"signet/identity"
	"signet/source"
	"signet/writeback"
)

// Project is a loaded folder whose definitions are valid and fit together. Only Load makes one.
type Project struct {
	Name       string
	Title      string
	Version    string // a short digest of all files
	Sources    []source.Definition
	Datasets   []dataset.Definition
	Actions    []writeback.Definition
	Dashboards []dashboard.Definition
	Users      []identity.Declared

	dashboards *dashboard.Compiled
	origins    map[ref]origin
}

// head is project.yaml.
type head struct {
	Name  string `yaml:"name"`
	Title string `yaml:"title"`
}

// people is users.yaml. A password is never in a file.
type people struct {
	Users []identity.Declared `yaml:"users"`
}

// ref names one definition.
type ref struct{ kind, id string }

// The kinds of definitions, and of the schemas for editors.
const (
	kindProject   = "project"
	kindSource    = "source"
	kindDataset   = "dataset"
	kindAction    = "action"
	kindDashboard = "dashboard"
	kindUsers     = "users"
)
