package cli

import (
	"github.com/spf13/pflag"
)

// configFlag is a flag that stands for a key of the config file.
type configFlag struct {
	flag *pflag.Flag
	override
}

// given returns the overrides of the flags that were typed, and of a command after --.
func (p *program) given() []override {
	var all []override
	for _, f := range p.flags {
		if f.flag.Changed {
			all = append(all, f.override)
		}
	}
	return append(all, p.commandGiven()...)
}

// brokerFlags adds the flags that every command has.
func (p *program) brokerFlags(set *pflag.FlagSet) {
	set.StringVar(&p.config, "config", "", "config `file`")
	stands(p, set, set.StringVar, "context", contextKey, "the `name` of a broker in the config file",
		func(c *Config, v string) { c.Context = v })
	stands(p, set, set.StringArrayVar, "url", "broker.urls", "AMQP `address` of the broker; again for each node to fail over to",
		func(c *Config, v []string) { c.nameBroker(v) })
	stands(p, set, set.StringArrayVar, "management", "broker.management", "`address` of the management API",
		func(c *Config, v []string) { c.Broker.Management = v })
	stands(p, set, set.StringVar, "queue", "queue.name", "the work queue's `name`",
		func(c *Config, v string) { c.Queue.Name = v })
	stands(p, set, set.BoolVar, "read-only", "broker.read_only", "never publish, consume, declare or purge",
		func(c *Config, v bool) { c.Broker.ReadOnly = v })
	stands(p, set, set.StringVar, "log", "log.file", "append the log to this `file`",
		func(c *Config, v string) { c.Log.File = v })
	stands(p, set, set.StringVar, "log-format", "log.format", "write the log as `text` or json",
		func(c *Config, v string) { c.Log.Format = v })
}

// poolFlags adds the flags of the commands that run workers.
func (p *program) poolFlags(set *pflag.FlagSet) {
	stands(p, set, set.IntVar, "workers", "workers.count", "`number` of workers",
		func(c *Config, v int) { c.Workers.Count = v })
	stands(p, set, set.IntVar, "prefetch", "workers.prefetch", "unacknowledged tasks a worker may hold (`number`)",
		func(c *Config, v int) { c.Workers.Prefetch = v })
	p.handlerFlags(set)
	stands(p, set, set.StringVar, "work", "handler.simulate.work",
		"how long a simulated task takes (`dist`): 0, 5ms, uniform:1ms,9ms, exp:10ms, lognormal:23ms,0.55 or pareto:1ms,1.1,10s",
		func(c *Config, v string) { c.Handler.Simulate.Work = v })
	stands(p, set, set.StringArrayVar, "allow-consume", "workers.allow_consume",
		"let the simulate handler settle tasks that carousel did not make, in the queue of this `name`",
		func(c *Config, v []string) { c.Workers.AllowConsume = append(c.Workers.AllowConsume, v...) })
}

// handlerFlags adds those that name the handler.
func (p *program) handlerFlags(set *pflag.FlagSet) {
	stands(p, set, set.StringVar, "handler", "handler.kind", "what does the tasks (`kind`): simulate, exec or http",
		func(c *Config, v string) { c.Handler.Kind = v })
	stands(p, set, set.StringVar, "post", "handler.http.url", "with the http handler: where each task is sent to (`address`)",
		func(c *Config, v string) { c.Handler.HTTP.Address(v) })
}

// stands registers a flag that stands for a key of the config file. register is the method of set for its type.
func stands[T any](
	p *program, set *pflag.FlagSet, register func(*T, string, T, string), name, key, usage string, apply func(*Config, T),
) {
	var value, zero T
	register(&value, name, zero, usage)
	p.flags = append(p.flags, configFlag{
		flag:     set.Lookup(name),
		override: override{key, "--" + name, func(c *Config) { apply(c, value) }},
	})
}
