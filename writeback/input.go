package writeback

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"

	"signet/internal/fault"
	"signet/internal/value"
)

// input is a compiled Input.
type input struct {
	Input
	def, min, max value.Value // NULL when not given
	rule          cel.Program // nil without a rule
}

func compileInput(in Input) (input, error) {
	out := input{Input: in}
	for _, b := range []struct {
		to *value.Value
		x  any
	}{{&out.def, in.Default}, {&out.min, in.Min}, {&out.max, in.Max}} {
		v, err := value.Parse(in.Type, b.x)
		if err != nil {
			return out, err
		}
		*b.to = v
	}
	if in.Rule == "" {
		return out, nil
	}
	var err error
	out.rule, err = compileRule(in.Rule)
	return out, err
}

// ruleCost bounds a rule's work, so that no project file can hang a submission.
const ruleCost = 10_000

func compileRule(rule string) (cel.Program, error) {
	env, err := cel.NewEnv(
		cel.Variable("value", cel.DynType),
		cel.Variable("inputs", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("row", cel.MapType(cel.StringType, cel.DynType)),
	)
	if err != nil {
		return nil, err
	}
	ast, issues := env.Compile(rule)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	if ast.OutputType() != cel.BoolType && ast.OutputType() != cel.DynType {
		return nil, fmt.Errorf("the rule gives %s: want true or false", ast.OutputType())
	}
	return env.Program(ast, cel.CostLimit(ruleCost))
}

// parse types one entered value and checks all but the rule.
func (in *input) parse(x any) (value.Value, string) {
	if s, ok := x.(string); ok && strings.TrimSpace(s) == "" {
		x = nil
	}
	v, err := value.Parse(in.Type, x)
	if err != nil {
		return v, sentence(err.Error())
	}
	switch {
	case v.IsNull() && in.Required:
		return v, "Needs a value."
	case v.IsNull():
		return v, ""
	case !in.min.IsNull() && value.Compare(v, in.min) < 0, !in.max.IsNull() && value.Compare(v, in.max) > 0:
		return v, in.bounds()
	case in.Type == value.Text:
		return v, in.checkText(v.String())
	}
	return v, ""
}

func (in *input) checkText(s string) string {
	if n := utf8.RuneCountInString(s); n > in.MaxLength {
		return fmt.Sprintf("Has %d characters: at most %d are allowed.", n, in.MaxLength)
	}
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return "Holds bytes that are not text."
	}
	if len(in.Options) == 0 {
		return ""
	}
	for _, o := range in.Options {
		if s == o {
			return ""
		}
	}
	return "Is none of: " + strings.Join(in.Options, ", ") + "."
}

func (in *input) bounds() string {
	unit := ""
	if in.Format == "percent100" {
		unit = " %"
	}
	switch {
	case in.min.IsNull():
		return fmt.Sprintf("Must be at most %s%s.", in.max, unit)
	case in.max.IsNull():
		return fmt.Sprintf("Must be at least %s%s.", in.min, unit)
	}
	return fmt.Sprintf("Must be between %s and %s%s.", in.min, in.max, unit)
}

func sentence(s string) string {
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// parseInputs types what a person entered, in the action's order. Missing values take their default.
func (a *action) parseInputs(entered map[string]any, row func(string) value.Value) ([]value.Value, []fault.Field) {
	values := make([]value.Value, len(a.inputs))
	var bad []fault.Field
	for i := range a.inputs {
		in := &a.inputs[i]
		x, given := entered[in.Name]
		if !given {
			values[i] = in.def
			if in.def.IsNull() && in.Required {
				bad = append(bad, fault.Field{Field: in.Name, Message: "Needs a value."})
			}
			continue
		}
		v, problem := in.parse(x)
		if problem != "" {
			bad = append(bad, fault.Field{Field: in.Name, Message: problem})
		}
		values[i] = v
	}
	for name := range entered {
		if !a.hasInput(name) {
			bad = append(bad, fault.Field{Field: clip(name), Message: "Is not an input of this action."})
		}
	}
	if len(bad) == 0 {
		bad = a.checkRules(values, row)
	}
	return values, bad
}

func clip(s string) string {
	if len(s) > 64 {
		return strconv.Quote(s[:64])
	}
	return s
}

func (a *action) hasInput(name string) bool {
	for i := range a.inputs {
		if a.inputs[i].Name == name {
			return true
		}
	}
	return false
}

func (a *action) checkRules(values []value.Value, row func(string) value.Value) []fault.Field {
	if !a.ruled {
		return nil
	}
	inputs := make(map[string]any, len(values))
	for i := range a.inputs {
		inputs[a.inputs[i].Name] = native(values[i])
	}
	signed := make(map[string]any, len(a.Signed))
	for _, s := range a.Signed {
		signed[s.Field] = native(row(s.Field))
	}
	var bad []fault.Field
	for i := range a.inputs {
		in := &a.inputs[i]
		if in.rule == nil {
			continue
		}
		out, _, err := in.rule.Eval(map[string]any{"value": native(values[i]), "inputs": inputs, "row": signed})
		if err != nil || out.Value() != true { // a rule that cannot be evaluated refuses
			bad = append(bad, fault.Field{Field: in.Name, Message: in.Message})
		}
	}
	return bad
}

// native gives a value to a rule: numbers as doubles or integers, NULL as null, the rest as it reads.
func native(v value.Value) any {
	if v.IsNull() {
		return nil
	}
	switch v.Kind() {
	case value.Integer:
		return v.Int()
	case value.Boolean:
		return v.Bool()
	case value.Float:
		return v.Float()
	case value.Decimal:
		f, _ := strconv.ParseFloat(v.String(), 64)
		return f
	case value.Timestamp:
		return v.Time()
	}
	return v.String()
}
