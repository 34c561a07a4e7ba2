package aws_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signet/aws"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.TrimSuffix(want, []byte("\n")), got) {
		t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
	}
}

type shape struct {
	Text  string            `json:"Text" xml:"Text"`
	Count *int              `json:"Count,omitempty" xml:"Count"`
	Blob  []byte            `json:"Blob,omitempty" xml:"-"`
	At    aws.Time          `json:"At,omitzero" xml:"-"`
	Stamp aws.Stamp         `json:"-" xml:"Stamp"`
	Map   map[string]string `json:"Map,omitempty" xml:"-"`

	List aws.Members[string] `json:"-" xml:"List"`
}

func TestGolden(t *testing.T) {
	n := 3
	at := time.Date(2026, 1, 31, 10, 0, 0, 250e6, time.UTC)
	full := shape{"a <b> & \"c\"", &n, []byte{0, 255}, aws.Time{Time: at}, aws.Stamp{Time: at}, map[string]string{"k": "v"}, aws.Members[string]{Member: []string{"x", "y"}}}
	for name, s := range map[string]shape{"full": full, "empty": {}} {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".json", b)
		x, err := aws.WriteXML("Do", &s)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".xml", x)
		if err := xml.Unmarshal(x, new(struct{})); err != nil {
			t.Errorf("%s.xml: %v", name, err)
		}
	}
	done, err := aws.WriteXML[struct{}]("Do", nil)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "done.xml", done)
	e := &aws.Error{Code: "Some<thing>", Message: "it is \"so\" & not <otherwise>", Status: 500}
	golden(t, "error.xml", aws.WriteError(aws.Query, e))
	golden(t, "error.json", aws.WriteError(aws.JSON11, e))
}

func TestDecodeJSON(t *testing.T) {
	for body, want := range map[string]string{
		``:                                   "",
		`{}`:                                 "",
		`{"Text":"x","Unknown":{"a":[1,2]}}`: "",
		`{"Text":null,"Count":null,"Blob":null,"At":null}`: "",
		`{"At":1769853600.25,"Blob":"AP8="}`:               "",
		`{"Text":1}`:                                       "SerializationException",
		`{"Count":"1"}`:                                    "SerializationException",
		`{"Count":1.5}`:                                    "SerializationException",
		`{"Blob":"***"}`:                                   "SerializationException",
		`{"At":"2026-01-31"}`:                              "SerializationException",
		`{"Text":"a","Text":"b"}`:                          "SerializationException",
		`{"Text":"a","text":"b"}`:                          "SerializationException",
		`{"Map":{"a":"1","A":"2"}}`:                        "",
		`{"Map":{"a":"1","a":"2"}}`:                        "SerializationException",
		`[]`:                                               "SerializationException",
		`"x"`:                                              "SerializationException",
		`{} {}`:                                            "SerializationException",
		`{`:                                                "SerializationException",
		"{\"Text\":\"\xff\"}":                              "SerializationException",
		strings.Repeat(`{"a":`, 100):                       "SerializationException",
		strings.Repeat(`{"a":[`, 40):                       "SerializationException",
	} {
		var s shape
		err := aws.DecodeJSON([]byte(body), &s)
		e, _ := errors.AsType[*aws.Error](err)
		if want == "" && err != nil || want != "" && (e == nil || e.Code != want) {
			t.Errorf("%.60s: %v, want %q", body, err, want)
		}
	}
	var s shape
	if err := aws.DecodeJSON([]byte(`{"At":1769853600.25,"Blob":"AP8="}`), &s); err != nil || s.At.UnixMilli() != 1769853600250 || !bytes.Equal(s.Blob, []byte{0, 255}) {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestForms(t *testing.T) {
	form, err := aws.ParseForm("A=1&L.member.1=x&L.member.2=y&L.member.4=z&T.member.1.Key=k&T.member.1.Value=v%26&B=true&N=x")
	if err != nil {
		t.Fatal(err)
	}
	in := aws.NewInput(form)
	if got := in.List("L"); strings.Join(got, ",") != "x,y" {
		t.Errorf("%v", got)
	}
	if got := in.Tags("T"); got["k"] != "v&" || len(got) != 1 {
		t.Errorf("%v", got)
	}
	if in.Int("A", 0, 5) != 1 || !in.Bool("B") || in.Err() != nil {
		t.Errorf("%v", in.Err())
	}
	in.Int("N", 0, 5)
	in.Need("UserName")
	if err := in.Err(); err == nil || !strings.Contains(err.Error(), "The value of N") {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"A=1&A=2", "%zz", strings.Repeat("a=1&", 3000)} {
		if _, err := aws.ParseForm(bad); err == nil {
			t.Errorf("%.20s passes", bad)
		}
	}
}

func FuzzDecodeJSON(f *testing.F) {
	f.Add([]byte(`{"Text":"x","Count":1,"At":1.5,"Blob":"AA==","Map":{"a":"b"}}`))
	f.Add([]byte(`{"a":[{}],"b":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var s shape
		if aws.DecodeJSON(body, &s) != nil {
			return
		}
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var again shape
		if err := aws.DecodeJSON(b, &again); err != nil {
			t.Fatalf("%s does not decode: %v", b, err)
		}
	})
}

func FuzzForm(f *testing.F) {
	f.Add("Action=CreateUser&Tags.member.1.Key=a&Tags.member.1.Value=b")
	f.Fuzz(func(t *testing.T, text string) {
		form, err := aws.ParseForm(text)
		if err != nil {
			return
		}
		in := aws.NewInput(form)
		in.Tags("Tags")
		in.List("L")
		in.Int("N", 0, 10)
		in.Choice("Status", "a", "b")
		if again, err := aws.ParseForm(form.Encode()); err != nil || len(again) != len(form) {
			t.Fatalf("%q: %v", text, err)
		}
		_ = url.Values(form)
	})
}

// vessel is an input and an output with a secret.
type vessel struct{ Secret []byte }

func (v *vessel) Wipe() { clear(v.Secret) }

// What came in is overwritten once the operation is done, also when it fails; what goes out once it is written.
func TestSecretsAreWiped(t *testing.T) {
	var in, out *vessel
	op := aws.JSON(func(_ context.Context, _ *aws.Call, v *vessel) (*vessel, error) {
		in, out = v, &vessel{bytes.Clone(v.Secret)}
		if len(v.Secret) == 1 {
			return nil, errors.New("failed")
		}
		return out, nil
	})
	b, err := aws.Do(t.Context(), op, []byte(`{"Secret":"c2VjcmV0"}`))
	if err != nil || string(b) != `{"Secret":"c2VjcmV0"}` {
		t.Errorf("%s, %v", b, err)
	}
	if zero := make([]byte, 6); !bytes.Equal(in.Secret, zero) || !bytes.Equal(out.Secret, zero) {
		t.Errorf("%q, %q", in.Secret, out.Secret)
	}
	if _, err := aws.Do(t.Context(), op, []byte(`{"Secret":"cw=="}`)); err == nil || in.Secret[0] != 0 {
		t.Errorf("%q, %v", in.Secret, err)
	}
}
