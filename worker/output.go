package worker

// Output is what was said while a task was worked on: by a command on its outputs, by a server in its answer. It is as it came:
// clean it before it reaches a terminal.
type Output struct {
	Head    []byte // the beginning, or all of it
	Tail    []byte // the end, where there was more between
	Dropped int64  // bytes between the two, which are not kept
}

// Empty reports whether nothing was said.
func (o Output) Empty() bool { return len(o.Head) == 0 && len(o.Tail) == 0 && o.Dropped == 0 }
