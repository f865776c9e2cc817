package cli

import (
	"context"
	"fmt"
	"slices"

	"carousel/broker"
	"carousel/ui"
	"carousel/worker"
)

// ofBroker are the keys whose flags and variables were said of the broker that the console began on. None of them follows it to
// another one: least of all the leave to start workers there.
var ofBroker = []string{contextKey, "broker.urls", "broker.management", "queue.name", "workers.count", "workers.allow_consume"}

// settingsIn are the settings of a console that would begin in a context, read anew.
func (p *program) settingsIn(name string) (settings, error) {
	path, must := configPath(p.config, p.ConfigDir, p.Getenv)
	overrides := slices.DeleteFunc(append(environment(p.Getenv), p.given()...), func(o override) bool { return slices.Contains(ofBroker, o.key) })
	s, err := load(path, must, append(overrides, override{contextKey, "context", func(c *Config) { c.Context = name }}))
	if err != nil { // of which a console shows one line
		return s, fmt.Errorf("cannot go to context %s, for the config is wrong now: %s", name, sentences(err)[0])
	}
	return s, nil
}

// ways are the contexts that the console can go to: those of the config, and the broker that it began on, which may be in none.
func (c *consoleRun) ways() []ui.ContextEntry {
	all := c.contexts()
	if c.Context == "" && len(all) > 0 {
		all = append(all, ui.ContextEntry{Description: "where the console began"})
	}
	return all
}

// goToContext opens the broker of a context, as the console would at its start: with workers only where they may start unasked.
// "" is the broker that it began on.
func (c *consoleRun) goToContext(ctx context.Context, name string) (ui.Session, error) {
	s, title := c.settings, name
	if name == "" {
		title = "none"
	} else {
		var err error
		if s, err = c.settingsIn(name); err != nil {
			return ui.Session{}, err
		}
	}
	b, err := c.program.open(s.Broker, c.first.log)
	if err != nil {
		return ui.Session{}, fmt.Errorf("cannot go to context %s: %w", title, err)
	}
	b.log = c.first.log
	if err := connect(ctx, b, broker.RoleWatch, s.Broker); err != nil {
		b.client.Close()
		if ctx.Err() != nil {
			return ui.Session{}, fmt.Errorf("cannot go to context %s: its broker did not answer in time", title)
		}
		return ui.Session{}, fmt.Errorf("cannot go to context %s: %w", title, err)
	}
	var pool *worker.Pool
	if s.watchOnly() == "" {
		if pool, err = s.newPool(b, keptBytes, 0); err != nil {
			b.client.Close()
			return ui.Session{}, err
		}
	}
	return c.session(s, b, pool), nil
}
