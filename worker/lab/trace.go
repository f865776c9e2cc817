package lab

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxTime is the longest that a task of a trace may take, and the last that one may come.
const maxTime = 24 * time.Hour

// mostTrace is how large the file of a trace may be, in bytes: some hundred for each of MaxTasks.
const mostTrace = 64 << 20

// readTrace reads "FILE[,SPEED]".
func readTrace(s string) ([]Task, error) {
	file, speed := s, 1.0
	if i := strings.LastIndexByte(s, ','); i >= 0 {
		x, err := strconv.ParseFloat(strings.TrimSpace(s[i+1:]), 64)
		if err != nil || !(x >= 0.001 && x <= 1000) { // the negation catches NaN
			return nil, fmt.Errorf("the speed of a trace, after the comma, is a number from 0.001 to 1000, not %q", s[i+1:])
		}
		file, speed = s[:i], x
	}
	f, err := openTrace(file)
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, fmt.Errorf("the trace %q cannot be opened: %w", file, err)
	}
	defer f.Close()
	tasks, err := parseTrace(f)
	if err != nil {
		return nil, fmt.Errorf("the trace %q cannot be used: %w", file, err)
	}
	for i := range tasks {
		tasks[i].At = time.Duration(float64(tasks[i].At) / speed)
		tasks[i].Work = max(1, time.Duration(float64(tasks[i].Work)/speed))
	}
	return tasks, nil
}

// openTrace opens a file that has an end: what is no file may be read for ever, or not at all.
func openTrace(file string) (*os.File, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a file")
	case info.Size() > mostTrace:
		return nil, fmt.Errorf("it is larger than %d MiB", mostTrace>>20)
	}
	return os.Open(file)
}

// parseTrace reads rows of arrival and duration; further columns are left alone, and so is a first row of words. An arrival is a
// number of seconds, a duration such as 1.5s, or a time in RFC 3339; a duration is one of the first two. The first arrival is the
// start.
func parseTrace(r io.Reader) ([]Task, error) {
	rows := csv.NewReader(r)
	rows.FieldsPerRecord = -1
	rows.TrimLeadingSpace = true
	rows.Comment = '#'
	var arrivals []time.Duration // since the epoch, where they are times
	var tasks []Task
	for first := true; ; first = false {
		row, err := rows.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		line, _ := rows.FieldPos(0)
		if len(row) < 2 {
			return nil, fmt.Errorf("line %d has one column; arrival and duration are wanted", line)
		}
		at, atErr := instant(row[0])
		work, workErr := seconds(row[1])
		switch {
		case first && atErr != nil && workErr != nil:
			continue
		case atErr != nil:
			return nil, fmt.Errorf("line %d: the arrival %q is not a number of seconds, a duration or a time in RFC 3339", line, row[0])
		case workErr != nil || work < 0 || work > maxTime:
			return nil, fmt.Errorf("line %d: the duration %q is not a number of seconds or a duration from 0 to 24h", line, row[1])
		case len(tasks) == MaxTasks:
			return nil, fmt.Errorf("it has more than %d tasks", MaxTasks)
		}
		arrivals, tasks = append(arrivals, at), append(tasks, Task{Work: work})
	}
	if len(tasks) == 0 {
		return nil, errors.New("it has no tasks")
	}
	start := slices.Min(arrivals)
	for i := range tasks {
		if tasks[i].At = arrivals[i] - start; tasks[i].At > maxTime {
			return nil, errors.New("more than 24h lie between its first and its last arrival")
		}
	}
	slices.SortStableFunc(tasks, func(a, b Task) int { return cmp.Compare(a.At, b.At) })
	return tasks, nil
}

// instant reads an arrival.
func instant(s string) (time.Duration, error) {
	if t, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(s)); err == nil {
		return time.Duration(t.UnixNano()), nil
	}
	return seconds(s)
}

// seconds reads a number of seconds, or a duration with its unit.
func seconds(s string) (time.Duration, error) {
	s = strings.TrimSpace(s)
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return time.ParseDuration(s)
	}
	if !(x >= -9e9 && x <= 9e9) {
		return 0, errors.New("out of range")
	}
	return time.Duration(x * float64(time.Second)), nil
}
