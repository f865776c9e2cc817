package fleet

// Config is the [fleet] table of the config file.
type Config struct {
	Report bool `toml:"report"` // tell what the workers here do
	Watch  bool `toml:"watch"`  // the console shows the others' workers
	Steer  bool `toml:"steer"`  // obey the orders of consoles elsewhere
}

// DefaultConfig tells and shows, and obeys nobody.
func DefaultConfig() Config { return Config{Report: true, Watch: true} }
