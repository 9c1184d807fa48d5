package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"prefectsecrets/internal/memory"
)

// call is one call of the host's.
type call struct {
	kind    uint16
	number  uint32
	names   []string
	name    string
	value   *Value
	refused error // why the value of a set is none
	payload []byte
	limited bool
	until   time.Time
}

func readCall(f *frame) (*call, error) {
	known, err := readFields(f.fields)
	if err != nil {
		return nil, err
	}
	c := &call{kind: f.kind, number: f.call, names: known.names, payload: f.payload}
	if known.has(tagDeadline) {
		c.limited, c.until = true, deadline(known.numbers[tagDeadline])
	}
	switch f.kind {
	case kindGet, kindSet, kindDelete:
		if c.name, err = known.name(); err != nil {
			return nil, err
		}
	case kindGetMany, kindList, kindRefresh:
	default:
		return nil, broken("a frame came out of its turn")
	}
	if f.kind == kindSet {
		c.value, err, c.refused = given(known, f.payload)
	}
	return c, err
}

// answer makes the call, and sends what comes of it.
func (t *talk) answer(ctx context.Context, c *call) {
	defer memory.Wipe(c.payload)
	if c.limited {
		limited, cancel := context.WithDeadline(ctx, c.until)
		defer cancel()
		ctx = limited
	}
	p := &t.provider
	var err error
	switch c.kind {
	case kindGet:
		var answer Answer
		answer.Err = t.guarded(func() (err error) { answer.Value, err = p.Get(ctx, c.name); return })
		defer answer.Value.wipe()
		t.give(c.number, nil, answer)
		return
	case kindDelete:
		if p.Delete == nil {
			err = cannot("delete a secret")
		} else {
			err = t.guarded(func() error { return p.Delete(ctx, c.name) })
		}
		t.done(c.number, nil, err)
		return
	case kindGetMany:
		err = t.getMany(ctx, c)
	case kindSet:
		switch {
		case p.Set == nil:
			err = cannot("set a secret")
		case c.refused != nil:
			err = c.refused
		default:
			err = t.guarded(func() error { return p.Set(ctx, c.name, c.value) })
		}
	case kindList:
		err = t.list(ctx, c)
	case kindRefresh:
		if p.Refresh == nil {
			err = cannot("refresh")
		} else {
			err = t.guarded(func() error { return p.Refresh(ctx) })
		}
	}
	t.done(c.number, nil, settled(err))
}

func (t *talk) getMany(ctx context.Context, c *call) error {
	if t.provider.GetMany == nil {
		return cannot("get several secrets at once")
	}
	if len(c.names) == 0 {
		return nil
	}
	// A callback may do with its names what it likes, also after it has returned.
	count := len(c.names)
	var answers []Answer
	err := t.guarded(func() (err error) { answers, err = t.provider.GetMany(ctx, c.names); return })
	// At the end: two names may have the same value.
	defer func() {
		for _, answer := range answers {
			answer.Value.wipe()
		}
	}()
	if err == nil && len(answers) != count {
		err = fault("it answered another number of names than it was asked for")
	}
	if err != nil {
		return err
	}
	for i, answer := range answers {
		index := uint32(i)
		t.give(c.number, &index, answer)
	}
	return nil
}

func (t *talk) list(ctx context.Context, c *call) error {
	if t.provider.List == nil {
		return cannot("list its names")
	}
	var names []string
	err := t.guarded(func() (err error) { names, err = t.provider.List(ctx); return })
	if err != nil {
		return err
	}
	if len(names) > mostNames {
		return fault("it listed more than 1,000,000 names")
	}
	for _, name := range names {
		if len(name) > largestName || !utf8.ValidString(name) || strings.Contains(name, "\x00") {
			return fault("it listed what is no name")
		}
	}
	frame := newFrame(kindNames, c.number)
	for _, name := range names {
		if len(frame)+len(name) > largestName {
			t.send(frame)
			frame = newFrame(kindNames, c.number)
		}
		frame.text(tagName, name)
	}
	t.send(frame)
	return nil
}

// give answers one name: for a get, or with the index of a get_many.
func (t *talk) give(number uint32, index *uint32, answer Answer) {
	value, err := answer.Value, answer.Err
	if err == nil && value == nil {
		err = fault("it answered with neither a value nor an error")
	}
	if err == nil && value.size() > largestPayload {
		err = Fail(Invalid, fmt.Sprintf("the value has %d bytes, more than the %d that a provider may give",
			value.size(), largestPayload), "store a smaller value")
	}
	if err != nil {
		t.done(number, index, err)
		return
	}
	found := newFrame(kindFound, number)
	if index != nil {
		found.number32(tagIndex, *index)
	}
	if !value.ExpiresAt.IsZero() {
		found.number64(tagExpiresAt, uint64(value.ExpiresAt.Unix()))
	}
	if value.Revision != "" {
		found.text(tagRevision, oneLine(value.Revision))
	}
	found.number32(tagForm, value.form())
	text, view := value.parts()
	found.number32(tagTextLen, uint32(len(text)))
	t.send(found, text, view)
}

// done ends a call, or one name of a get_many.
func (t *talk) done(number uint32, index *uint32, err error) {
	frame := newFrame(kindDone, number)
	if index != nil {
		frame.number32(tagIndex, *index)
	}
	switch {
	case err == nil:
		frame.number32(tagStatus, 0)
	case errors.Is(err, ErrAbsent):
		frame.number32(tagStatus, absent)
	default:
		failure := FailureOf(err)
		frame.number32(tagStatus, uint32(failure.Kind))
		frame.text(tagWhat, oneLine(failure.What))
		frame.text(tagNextStep, oneLine(failure.NextStep))
	}
	t.send(frame)
}

// settled is the outcome of a call that has nothing that could be absent.
func settled(err error) error {
	if errors.Is(err, ErrAbsent) {
		return fault("it answered \"absent\" to a call that has no such answer")
	}
	return err
}

func fault(what string) error {
	return Fail(Internal, what, "the provider breaks a rule of this library; report it to its author")
}
