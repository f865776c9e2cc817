package cli

import (
	"os"
	"strings"
	"unsafe"
)

// TakeArgs returns the process's arguments without the program's name, and lays asterisks over the passwords of addresses
// where the kernel keeps them, for anybody to read in /proc/PID/cmdline. It is called once, before anything keeps a part of
// os.Args, whose strings lie in that very memory: the runtime makes them without a copy.
func TakeArgs() []string {
	taken := make([]string, 0, len(os.Args))
	for _, arg := range os.Args[1:] {
		taken = append(taken, strings.Clone(arg))
		from, to := passwordIn(arg)
		if from < to {
			// A process may write to its arguments, and nothing else looks at these bytes: the copy was taken.
			for i, bytes := from, unsafe.Slice(unsafe.StringData(arg), len(arg)); i < to; i++ {
				bytes[i] = '*'
			}
		}
	}
	return taken
}
