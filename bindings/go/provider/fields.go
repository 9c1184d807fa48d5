package provider

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// Tags of fields.
const (
	tagVersion      = 1
	tagID           = 2
	tagCapabilities = 3
	tagName         = 4
	tagDeadline     = 5
	tagIndex        = 6
	tagForm         = 7
	tagTextLen      = 8
	tagExpiresAt    = 9
	tagRevision     = 10
	tagStatus       = 11
	tagWhat         = 12
	tagNextStep     = 13
	tagLevel        = 14
	tagMessage      = 15
	tagStep         = 16
	tagSubject      = 17
	tags            = 18
)

// sizes has the bytes of each number; where it is 0 the content is text.
var sizes = [tags]int{
	tagVersion: 4, tagCapabilities: 8, tagDeadline: 8, tagIndex: 4, tagForm: 4, tagTextLen: 4,
	tagExpiresAt: 8, tagStatus: 4, tagLevel: 4,
}

// fields is what a plugin wants to know of the fields of a frame: the numbers, and the names.
type fields struct {
	names   []string
	numbers [tags]uint64
	present uint32
}

func (f *fields) has(tag int) bool { return f.present>>tag&1 == 1 }

// name is the one name of a frame that has one.
func (f *fields) name() (string, error) {
	if len(f.names) == 0 {
		return "", broken("a frame has no name")
	}
	return f.names[len(f.names)-1], nil
}

// readFields looks at every field. Those with a tag that is not known are skipped.
func readFields(bytes []byte) (*fields, error) {
	const head = 8
	f := new(fields)
	for len(bytes) > 0 {
		if len(bytes) < head {
			return nil, broken("a field ends past the fields")
		}
		tag := binary.LittleEndian.Uint16(bytes)
		size := binary.LittleEndian.Uint32(bytes[4:])
		bytes = bytes[head:]
		if uint64(size) > uint64(len(bytes)) {
			return nil, broken("a field ends past the fields")
		}
		content := bytes[:size]
		bytes = bytes[size:]
		if tag == 0 || tag >= tags {
			continue
		}
		if err := f.put(int(tag), content); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *fields) put(tag int, content []byte) error {
	if size := sizes[tag]; size != 0 {
		if len(content) != size {
			return broken("a number has another size than its field")
		}
		if size == 4 {
			f.numbers[tag] = uint64(binary.LittleEndian.Uint32(content))
		} else {
			f.numbers[tag] = binary.LittleEndian.Uint64(content)
		}
		f.present |= 1 << tag
		return nil
	}
	if !utf8.Valid(content) {
		return broken("a text is not UTF-8")
	}
	if tag != tagName {
		return nil
	}
	name := string(content)
	if strings.Contains(name, "\x00") {
		return broken("a name holds a NUL")
	}
	f.names = append(f.names, name)
	return nil
}
