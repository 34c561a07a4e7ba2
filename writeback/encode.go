package writeback

import (
	"strconv"
	"time"

	"signet/internal/value"
)

// encode gives the receipt's bytes: what encoding/json writes, to the letter, at a tenth of its
// cost. Each written row waits for its receipt inside the transaction.
func (r *Receipt) encode() []byte {
	b := make([]byte, 0, 4096)
	b = append(b, `{"version":`...)
	b = strconv.AppendInt(b, int64(r.Version), 10)
	b = appendMember(b, `,"id":`, r.ID)
	b = appendMember(b, `,"action":{"id":`, r.Action.ID)
	b = appendMember(b, `,"title":`, r.Action.Title)
	b = appendOptional(b, `,"version":`, r.Action.Version)
	b = appendMember(b, `},"dataset":`, r.Dataset)
	b = appendMember(b, `,"target":{"source":`, r.Target.Source)
	b = appendMember(b, `,"table":`, r.Target.Table)
	b = appendMember(b, `},"record":{"id":`, r.Record.ID)
	b = appendMember(b, `,"status":`, r.Record.Status)
	b = appendOptional(b, `,"previousStatus":`, r.Record.PreviousStatus)
	b = appendMember(b, `},"who":{"id":`, r.Who.ID)
	b = appendMember(b, `,"name":`, r.Who.Name)
	b = append(b, `},"at":"`...)
	b = r.At.AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","attempt":`...)
	b = strconv.AppendInt(b, r.Attempt, 10)
	b = appendFields(b, `,"signed":`, r.Signed)
	b = appendFields(b, `,"inputs":`, r.Inputs)
	b = appendFields(b, `,"computed":`, r.Computed)
	b = appendFields(b, `,"written":`, r.Written)
	if len(r.Before) > 0 {
		b = appendFields(b, `,"before":`, r.Before)
	}
	return append(b, '}')
}

func appendMember(b []byte, name, s string) []byte {
	return value.AppendJSONString(append(b, name...), s)
}

func appendOptional(b []byte, name, s string) []byte {
	if s == "" {
		return b
	}
	return appendMember(b, name, s)
}

func appendFields(b []byte, name string, fields []Field) []byte {
	b = append(b, name...)
	if fields == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, f := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendMember(b, `{"name":`, f.Name)
		b = appendMember(b, `,"label":`, f.Label)
		b = appendMember(b, `,"type":`, f.Type.String())
		b = appendOptional(b, `,"format":`, f.Format)
		b = f.Value.AppendJSON(append(b, `,"value":`...))
		b = append(b, '}')
	}
	return append(b, ']')
}
