package cli

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"carousel/broker"
	"carousel/ui"
)

// Context is a [context.NAME] table: a broker by a name of the user's own, and how careful the console is to be with it. It
// takes the place of those keys of [broker] that belong to one broker; the others hold for all.
type Context struct {
	URLs         []string         `toml:"urls"`
	Management   []string         `toml:"management"`
	PasswordFile string           `toml:"password_file"`
	Queue        string           `toml:"queue"` // "": queue.name
	TLS          broker.TLSConfig `toml:"tls"`

	Description string `toml:"description"`
	Colour      string `toml:"colour"`    // of its name on the screen: a role's, or "#rrggbb"; "": none
	Protected   bool   `toml:"protected"` // its name is asked for before anything is lost or sent there
	ReadOnly    bool   `toml:"read_only"` // no flag lifts it
}

// contextName is what a context may be called: it is typed in a shell, drawn in one line, and typed again where it is protected.
var contextName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$`)

// enter lays the context that the settings name over what belongs to a broker. origins forgets who said what that was.
func (s *settings) enter(origins map[string]string) {
	x, ok := s.Contexts[s.Context]
	if !ok {
		return
	}
	x.over(&s.Broker)
	delete(origins, "broker.urls")
	delete(origins, "broker.management")
	if x.Queue != "" {
		s.Queue.Name = x.Queue
		delete(origins, "queue.name")
	}
}

func (x Context) over(b *broker.Config) {
	b.URLs, b.Management, b.PasswordFile, b.TLS = x.URLs, x.Management, x.PasswordFile, x.TLS
}

// context is the one that the settings are in, as the screen shows it; zero when they are in none.
func (c *Config) context() ui.Context {
	if c.Context == "" {
		return ui.Context{}
	}
	x := c.Contexts[c.Context]
	return ui.Context{Name: c.Context, Colour: x.Colour, Protected: x.Protected}
}

// contextMistakes returns the mistakes of all contexts, whichever is chosen: one is gone to while the console runs.
func (c *Config) contextMistakes() (errs []error) {
	if _, ok := c.Contexts[c.Context]; c.Context != "" && !ok {
		errs = append(errs, errors.New("default_context: "+c.noContext(c.Context)))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Contexts)) {
		key := join("context", name)
		if !contextName.MatchString(name) {
			errs = append(errs, errors.New(key+": a context's name has letters, digits, dots, dashes and underscores, 32 at most, "+
				"and begins with a letter or a digit"))
		}
		errs = append(errs, c.Contexts[name].mistakes(key)...)
	}
	return errs
}

func (x Context) mistakes(key string) (errs []error) {
	if len(x.URLs) == 0 {
		errs = append(errs, errors.New(key+".urls: a context needs the address of its broker"))
	}
	b := broker.DefaultConfig()
	x.over(&b)
	if x.Queue != "" {
		b.Queue.Name = x.Queue
	}
	for _, text := range sentences(b.Validate()) {
		errs = append(errs, errors.New(inContext(key, text)))
	}
	if err := ui.CheckColour(x.Colour); err != nil {
		errs = append(errs, fmt.Errorf("%s.colour: %w", key, err))
	}
	return errs
}

// inContext puts a mistake in what a context lays over [broker] and [queue] into the words of the context's own table.
func inContext(key, text string) string {
	if rest, ok := strings.CutPrefix(text, "queue.name"); ok {
		return key + ".queue" + rest
	}
	for _, own := range []string{"urls", "management", "password_file", "tls"} {
		if strings.HasPrefix(text, "broker."+own) {
			return key + strings.TrimPrefix(text, "broker")
		}
	}
	return text
}

// noContext says that there is no context of a name, and which there are. The name may be an address in the wrong place.
func (c *Config) noContext(name string) string {
	if isAddress(name) {
		return "the name of a context is wanted; an address is given with --url"
	}
	text := fmt.Sprintf("there is no context %q", name)
	if len(c.Contexts) == 0 {
		return text + "; the config file has no [context.NAME] table"
	}
	return text + didYouMean(name, slices.Sorted(maps.Keys(c.Contexts)))
}

// contexts are those that the console can go to, by name.
func (c *Config) contexts() (all []ui.ContextEntry) {
	for _, name := range slices.Sorted(maps.Keys(c.Contexts)) {
		all = append(all, ui.ContextEntry{Name: name, Description: c.Contexts[name].Description})
	}
	return all
}

// describe says what is to know of the context that the settings are in.
func (s settings) describe(x ui.Context) string {
	text := x.Name
	if d := s.Contexts[x.Name].Description; d != "" {
		text += ": " + d
	}
	if x.Protected {
		text += "; protected"
	}
	if s.Contexts[x.Name].ReadOnly {
		text += "; read-only"
	}
	return text
}

// confirmed refuses an act of a script in a protected context, unless its name is said. what tells the act as a verb.
func (s settings) confirmed(what, name string) error {
	switch x := s.context(); {
	case name != "" && name != x.Name:
		return usage("--confirm names another context than the one this would happen in%s; nothing was done", inWords(x.Name))
	case x.Protected && name == "":
		return usage("context %s is protected; to %s there, say --confirm %s", x.Name, what, x.Name)
	}
	return nil
}

func inWords(name string) string {
	if name == "" {
		return ", which has no name"
	}
	return ", " + name
}

// confirmFlag adds the flag of the commands that are refused in a protected context without it.
func confirmFlag(c *cobra.Command, name *string) {
	c.Flags().StringVar(name, "confirm", "", "the `context` that this is meant for; a protected one wants to be named")
}

// completeContext offers the contexts of the config file to a shell.
func (p *program) completeContext(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	path, must := configPath(p.config, p.ConfigDir, p.Getenv)
	if path == "" || !must && !exists(path) {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	cfg := DefaultConfig()
	readConfig(path, &cfg)
	var names []string
	for _, x := range cfg.contexts() {
		if contextName.MatchString(x.Name) {
			names = append(names, cobra.CompletionWithDesc(x.Name, broker.Plain(x.Description)))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
