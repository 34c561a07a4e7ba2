package project

import (
	"fmt"
	"reflect"

	"signet/dashboard"
	"signet/dataset"
	"signet/internal/value"
	"signet/internal/yamlfile"
	"signet/policy"
	"signet/source"
	"signet/writeback"
)

// SchemaKinds lists the kinds of files that have a schema.
var SchemaKinds = []string{kindProject, kindSource, kindDataset, kindAction, kindDashboard, kindUsers}

// words are the values of text types that do not list them themselves.
var words = map[reflect.Type][]string{
	reflect.TypeFor[value.Kind]():  kinds(),
	reflect.TypeFor[policy.Role](): {string(policy.Admin), string(policy.Author), string(policy.Reader)},
}

func kinds() (names []string) {
	for k := value.Text; k.Valid(); k++ {
		names = append(names, k.String())
	}
	return names
}

// Schema returns the JSON schema of one kind of file, for editors.
func Schema(kind string) ([]byte, error) {
	types := map[string]reflect.Type{
		kindProject:   reflect.TypeFor[head](),
		kindSource:    reflect.TypeFor[source.Definition](),
		kindDataset:   reflect.TypeFor[dataset.Definition](),
		kindAction:    reflect.TypeFor[writeback.Definition](),
		kindDashboard: reflect.TypeFor[dashboard.Definition](),
		kindUsers:     reflect.TypeFor[people](),
	}
	t, ok := types[kind]
	if !ok {
		return nil, fmt.Errorf("there is no schema %q", kind)
	}
	return yamlfile.Schema(t, "Signet "+kind, words)
}
