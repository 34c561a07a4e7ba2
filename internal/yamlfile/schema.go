package yamlfile

import (
	"encoding/json"
	"reflect"
	"strings"
)

// Schema returns the JSON schema of the files that Read decodes into a struct of type t, for
// editors. words holds the values of text types that are not an Enum.
func Schema(t reflect.Type, title string, words map[reflect.Type][]string) ([]byte, error) {
	s := &schema{words: words, defs: map[string]any{}}
	root := s.object(t)
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["title"] = title
	if len(s.defs) > 0 {
		root["definitions"] = s.defs
	}
	b, err := json.MarshalIndent(root, "", "  ")
	return append(b, '\n'), err
}

type schema struct {
	words map[reflect.Type][]string
	defs  map[string]any
}

func (s *schema) object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for i, name := range fieldNames(t) {
		if name == "" {
			continue
		}
		properties[name] = s.of(t.Field(i).Type)
		if !strings.Contains(t.Field(i).Tag.Get("yaml"), ",omitempty") {
			required = append(required, name)
		}
	}
	o := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		o["required"] = required
	}
	return o
}

func (s *schema) of(t reflect.Type) map[string]any {
	if words, ok := s.words[t]; ok {
		return map[string]any{"enum": words}
	}
	if e, ok := reflect.Zero(t).Interface().(Enum); ok {
		return map[string]any{"enum": e.Enum()}
	}
	if t == durationType {
		return map[string]any{"type": "string", "pattern": "^([0-9.]+(ns|us|ms|s|m|h))+$"}
	}
	if p, ok := reflect.Zero(t).Interface().(interface{ Pattern() string }); ok {
		return map[string]any{"type": "string", "pattern": p.Pattern()}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Struct:
		return s.reference(t)
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Interface:
		return map[string]any{"type": []string{"string", "number", "boolean"}}
	}
	return map[string]any{"type": "string"}
}

// reference puts a struct among the definitions, so that a type may hold itself.
func (s *schema) reference(t reflect.Type) map[string]any {
	name := strings.ToLower(t.Name())
	if _, ok := s.defs[name]; !ok {
		s.defs[name] = nil
		s.defs[name] = s.object(t)
	}
	return map[string]any{"$ref": "#/definitions/" + name}
}
