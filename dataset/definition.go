package dataset

import (
	"fmt"
	"slices"
	"sort"

	"signet/internal/fault"
	"signet/internal/value"
	"signet/policy"
	"signet/source"
)

// Definition is a dataset as it is written in a project's file: typed fields over a table or a query.
type Definition struct {
	ID        string   `yaml:"dataset"`
	Title     string   `yaml:"title"`
	Source    string   `yaml:"source"`
	Table     string   `yaml:"table,omitempty"`
	SQL       string   `yaml:"sql,omitempty"` // a file beside this one
	SQLText   string   `yaml:"-"`             // its text, read by the loader
	Tables    []string `yaml:"tables,omitempty"`
	Key       []string `yaml:"key,omitempty"`
	Fields    []Field  `yaml:"fields"`
	RowPolicy []Rule   `yaml:"row_policy,omitempty"`
	RowLimit  int      `yaml:"row_limit,omitempty"` // rows that one query may return; more is an error
}

// Field is a typed column of the dataset, or one that a formula calculates.
type Field struct {
	Name    string     `yaml:"name"`
	Column  string     `yaml:"column,omitempty"`  // of the table or query; the name when empty
	Formula string     `yaml:"formula,omitempty"` // instead of a column
	Type    value.Kind `yaml:"type,omitempty"`    // what the formula gives when empty
	Label   string     `yaml:"label,omitempty"`
	Format  string     `yaml:"format,omitempty"` // number, percent, percent100, id, currency:USD
	Unit    string     `yaml:"unit,omitempty"`
	Hidden  bool       `yaml:"hidden,omitempty"`
	// Aggregate says that the formula gives one value for a group of rows: the field is only for
	// measures. Normalize finds it out.
	Aggregate bool `yaml:"-"`
}

// Rule lets some callers see some rows. A caller sees the rows of all rules that name them; when a
// dataset has rules and none names the caller, they see nothing.
type Rule struct {
	Roles  []policy.Role    `yaml:"roles,omitempty"`
	Groups []string         `yaml:"groups,omitempty"`
	Users  []string         `yaml:"users,omitempty"`
	Where  map[string][]any `yaml:"where,omitempty"` // field -> values; all fields must match
	All    bool             `yaml:"all,omitempty"`
}

const (
	defaultRowLimit = 10_000
	maxRowLimit     = 1_000_000
	maxFields       = 500
	maxRules        = 500
	maxRuleValues   = 1_000
)

// Normalize fills what may be left out.
func (d *Definition) Normalize() {
	if d.RowLimit == 0 {
		d.RowLimit = defaultRowLimit
	}
	if d.Table != "" && len(d.Tables) == 0 {
		d.Tables = []string{d.Table}
	}
	if text, err := singleStatement(d.SQLText); err == nil {
		d.SQLText = text
	}
	for i := range d.Fields {
		f := &d.Fields[i]
		if f.Column == "" && f.Formula == "" {
			f.Column = f.Name
		}
		if f.Label == "" {
			f.Label = f.Name
		}
	}
	d.formulas()
}

// Validate returns what is wrong with a normalized definition by itself, with the path of each field.
func (d *Definition) Validate() []fault.Field {
	v := &fault.Check{}
	v.Want(source.ValidID(d.ID), "dataset", "%q is not an id: want lower-case letters, digits and dashes, at most 64", d.ID)
	v.Want(d.Source != "", "source", "needs the id of a source")
	v.Want((d.Table == "") != (d.SQL == "" && d.SQLText == ""), "table", "give table or sql, one of them")
	v.Want(d.Table != "" || len(d.Tables) > 0, "tables", "name the tables that the query reads, so that a write to them refreshes the dashboards")
	if d.SQLText != "" {
		if _, err := singleStatement(d.SQLText); err != nil {
			v.Add("sql", "%v", err)
		}
	}
	v.Want(d.RowLimit > 0 && d.RowLimit <= maxRowLimit, "row_limit", "%d is out of range: want 1 to %d", d.RowLimit, maxRowLimit)
	v.Want(len(d.Fields) > 0 && len(d.Fields) <= maxFields, "fields", "needs 1 to %d fields", maxFields)
	names := map[string]bool{}
	for i, f := range d.Fields {
		path := fmt.Sprintf("fields[%d]", i)
		v.Want(source.ValidName(f.Name), path+".name", "%q is not a name: want letters, digits and underscores, at most 63", f.Name)
		v.Want(!names[f.Name], path+".name", "%q is used twice", f.Name)
		v.Want(f.Type.Valid() || f.Formula != "", path+".type", "needs a type")
		v.Want(f.Column == "" || f.Formula == "", path+".formula", "give column or formula, one of them")
		names[f.Name] = true
	}
	_, bad := d.formulas()
	v.Bad = append(v.Bad, bad...)
	for i, k := range d.Key {
		v.Want(names[k], fmt.Sprintf("key[%d]", i), "there is no field %q", k)
		v.Want(!d.calculates(k), fmt.Sprintf("key[%d]", i), "%q is calculated: a key is made of columns", k)
		v.Want(!slices.Contains(d.Key[:i], k), fmt.Sprintf("key[%d]", i), "%q is used twice", k)
	}
	d.validateRules(v)
	return v.Bad
}

// calculates reports whether a field has a formula.
func (d *Definition) calculates(name string) bool {
	return slices.ContainsFunc(d.Fields, func(f Field) bool { return f.Name == name && f.Formula != "" })
}

func (d *Definition) validateRules(v *fault.Check) {
	v.Want(len(d.RowPolicy) <= maxRules, "row_policy", "has more than %d rules", maxRules)
	for i, r := range d.RowPolicy {
		path := fmt.Sprintf("row_policy[%d]", i)
		v.Want(!r.grant().IsZero(), path, "names nobody: list roles, groups or users")
		v.Want(r.All != (len(r.Where) > 0), path, "give where or all, one of them")
		for j, role := range r.Roles {
			v.Want(role.Valid(), fmt.Sprintf("%s.roles[%d]", path, j), "%q is no role: want admin, author or reader", role)
		}
		for _, name := range sortedKeys(r.Where) {
			d.validateCondition(v, path+".where."+name, name, r.Where[name])
		}
	}
}

func (d *Definition) validateCondition(v *fault.Check, path, name string, values []any) {
	at := slices.IndexFunc(d.Fields, func(f Field) bool { return f.Name == name })
	if at < 0 {
		v.Add(path, "there is no field %q", name)
		return
	}
	if d.Fields[at].Aggregate {
		v.Add(path, "%q gives one value for many rows: a policy is about single rows", name)
		return
	}
	if !d.Fields[at].Type.Valid() {
		return // which is told at the field
	}
	v.Want(len(values) > 0 && len(values) <= maxRuleValues, path, "needs 1 to %d values", maxRuleValues)
	for _, x := range values {
		if _, err := value.Parse(d.Fields[at].Type, x); err != nil {
			v.Add(path, "%v", err)
		}
	}
}

func (r Rule) grant() policy.Grant {
	return policy.Grant{Roles: r.Roles, Groups: r.Groups, Users: r.Users}
}

func sortedKeys(m map[string][]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
