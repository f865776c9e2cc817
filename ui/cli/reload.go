package cli

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"carousel/worker"
)

// reload reads the config again and applies what can be applied while the pool works, or before there is one: nil. What cannot be is named in a warning, and
// stays as it is until the next start. A config that cannot be used changes nothing.
func (w *workRun) reload(pool *worker.Pool) {
	v := w.service
	if v.begun.Load() { // otherwise READY=1 is still to come
		v.tell("RELOADING=1", monotonicLine())
		defer v.tell("READY=1")
	}
	v.meter.Reloaded(w.reloadInto(pool), time.Now())
}

// reloadInto reports whether the config could be used.
func (w *workRun) reloadInto(pool *worker.Pool) bool {
	next, err := w.readSettings()
	var handler worker.Handler
	if err == nil {
		wanted := next.Handler
		wanted.Kind = w.Handler.Kind
		handler, err = worker.NewHandler(wanted)
	}
	if err == nil && w.book.file != nil && next.Log.File != "" {
		err = w.book.file.reopen(next.Log.File) // whoever rotates the log has moved it away
	}
	if err != nil {
		for _, text := range sentences(err) {
			w.log.Error("the config is not reloaded, and nothing is changed", "error", text)
		}
		return false
	}
	for _, text := range next.warnings {
		w.log.Warn(text)
	}
	var applied []string
	for _, key := range changedKeys("", reflect.ValueOf(w.Config), reflect.ValueOf(next.Config)) {
		switch {
		case strings.HasPrefix(key, "console."), key == "context": // what is not for this command; its own context's keys are told as the broker's
		case w.takesOver(key, next.Config):
			applied = append(applied, key)
		default:
			w.log.Warn(key + " changed: needs a restart")
		}
	}
	w.apply(applied, next.Config, handler, pool)
	w.log.Info("config reloaded", "applied", strings.Join(applied, ", "))
	return true
}

// takesOver reports whether a key can be changed while the pool works.
func (w *workRun) takesOver(key string, next Config) bool {
	table, _, _ := strings.Cut(key, ".")
	switch {
	case key == "handler.kind": // the guard of other people's tasks hangs on it
		return false
	case table == "handler", table == "failure":
		return true
	case key == "log.file":
		return w.book.file != nil && next.Log.File != ""
	case key == "workers.count": // of more than there was room for at the start
		return next.Workers.Count <= w.Workers.Max
	case strings.HasPrefix(key, "workers.autoscale."): // the same
		return !next.Workers.Autoscale.On || next.Workers.Autoscale.Max <= w.Workers.Max
	case key == "workers.allow_consume": // what was allowed once may have been settled already
		return next.Workers.Allows(w.Queue.Name) || !w.Workers.Allows(w.Queue.Name)
	}
	return slices.Contains([]string{"workers.prefetch", "workers.drain_timeout", "log.level"}, key)
}

// apply takes these keys over.
func (w *workRun) apply(keys []string, next Config, handler worker.Handler, pool *worker.Pool) {
	manner, autoscale := false, false
	for _, key := range keys {
		var err error
		switch key {
		case "workers.count":
			w.Workers.Count = next.Workers.Count
			if pool != nil {
				err = pool.Resize(next.Workers.Count)
			}
		case "workers.prefetch":
			w.Workers.Prefetch = next.Workers.Prefetch
			if pool != nil {
				err = pool.SetPrefetch(next.Workers.Prefetch)
			}
		case "workers.drain_timeout":
			w.Workers.DrainTimeout = next.Workers.DrainTimeout
		case "workers.allow_consume":
			if w.Workers.AllowConsume = next.Workers.AllowConsume; w.Workers.Allows(w.Queue.Name) && pool != nil {
				pool.Allow()
			}
		case "log.level":
			w.Log.Level = next.Log.Level
			w.book.setLevel(next.Log.Level)
		case "log.file":
			w.Log.File = next.Log.File
		default: // of [workers.autoscale], [handler] and [failure]
			of := strings.HasPrefix(key, "workers.autoscale.")
			manner, autoscale = manner || !of, autoscale || of
		}
		if err != nil { // the pool is ending
			w.log.Warn(key+" is not applied", "error", err)
		}
	}
	if autoscale {
		w.Workers.Autoscale = next.Workers.Autoscale
		if pool != nil {
			if err := pool.SetAutoscale(next.Workers.Autoscale); err != nil {
				w.log.Warn("workers.autoscale is not applied", "error", err)
			}
		}
	}
	if manner {
		kind := w.Handler.Kind
		w.Handler, w.Failure = next.Handler, next.Failure
		w.Handler.Kind = kind
		if pool != nil {
			pool.Work(handler, next.Failure)
		}
	}
}

// changedKeys lists the keys whose values differ, as the config file spells them, in the order of the struct. No value is told:
// it may be a secret.
func changedKeys(path string, old, next reflect.Value) (keys []string) {
	for i := range old.NumField() {
		name := old.Type().Field(i).Tag.Get("toml")
		if name == "" || name == "-" {
			continue // linked from another table
		}
		key, a, b := join(path, name), old.Field(i), next.Field(i)
		switch {
		case a.Kind() == reflect.Struct:
			keys = append(keys, changedKeys(key, a, b)...)
		case !reflect.DeepEqual(a.Interface(), b.Interface()):
			keys = append(keys, key)
		}
	}
	return keys
}
