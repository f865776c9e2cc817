package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"carousel/worker/lab"
)

// labOptions are the flags of lab.
type labOptions struct {
	workload   string
	tasks      int
	mean       time.Duration
	crew       string
	strategies string
	load       float64
	long       time.Duration
	seed       uint64
	model      bool
	json       bool
	csv        string
	lanes      bool
	explain    bool

	counted bool // --tasks was given
}

func (p *program) labCommand() *cobra.Command {
	var o labOptions
	c := &cobra.Command{
		Use:   "lab",
		Short: "Compare ways of sharing tasks among workers",
		Long: `Run one workload once for each way of sharing it among workers, and show beside each other how long each took, how long
tasks waited and how evenly the work fell; a model's prediction stands beside what was measured. It ends with advice.

Without flags: 240 image jobs for eight workers of which one is slow, on the sandbox. On a broker that is named it works in
queues of its own, which end with it; no other queue is touched.

` + labNames() + `
Exit status: 0 all were run, 3 some, 1 none, 130 interrupted.`,
		Example: `  carousel lab
  carousel lab --workload mixed --crew 8 --strategies prefetch-1,prefetch-10 --lanes
  carousel lab --workload exp:10ms --load 0.8 --tasks 2000
  carousel lab --workload trace:monday.csv,60 --model --json
  carousel lab --crew 7,1@500ms --url amqp://localhost`,
		Args: noArgs,
	}
	set := c.Flags()
	set.StringVar(&o.workload, "workload", "image", "`name` of the workload, a DIST, or trace:FILE[,SPEED]")
	set.IntVar(&o.tasks, "tasks", 240, "`number` of tasks; of a trace the first so many, or all")
	set.DurationVar(&o.mean, "mean", 0, "how long a task takes on average (`duration`); 0 is 25ms, or what the DIST says")
	set.StringVar(&o.crew, "crew", "7,1x0.25", "the `workers`: 8, or with speeds 7,1x0.25, or with one that dies 7,1@2s")
	set.StringVar(&o.strategies, "strategies", "all", "the `names` of the strategies, divided by commas")
	set.Float64Var(&o.load, "load", 0, "tasks come at this `share` of what the crew can do; 0: all are there from the start")
	set.DurationVar(&o.long, "long", 0, "split: tasks from this `duration` on are long; 0: the longest that are half of the work")
	set.Uint64Var(&o.seed, "seed", 1, "`number` that what is drawn depends on")
	set.BoolVar(&o.model, "model", false, "predict only, without a broker")
	set.BoolVar(&o.lanes, "lanes", false, "show what each worker did when; with --json, each try")
	set.BoolVar(&o.explain, "explain", false, "say what lies between predicted and measured")
	set.StringVar(&o.csv, "csv", "", "write the figures to this `file`, too")
	set.BoolVar(&o.json, "json", false, "print each strategy as a JSON object, and one with the advice")
	completeWith(c, "workload", append(lab.Workloads(), "trace:"))
	completeWith(c, "strategies", append([]string{"all"}, strategyNames()...))
	c.RunE = func(*cobra.Command, []string) error {
		o.counted = set.Changed("tasks")
		return p.lab(o)
	}
	return c
}

// completeWith offers words for a flag to a shell.
func completeWith(c *cobra.Command, flag string, words []string) {
	if err := c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // there is no such flag
	}
}

func strategyNames() (names []string) {
	for _, x := range lab.Strategies() {
		names = append(names, x.Name)
	}
	return names
}

// labNames lists workloads and strategies for the help.
func labNames() string {
	var b strings.Builder
	b.WriteString("Workloads: " + strings.Join(lab.Workloads(), ", ") + ";\na DIST as of work --work; or a CSV file of arrival and duration.\n" +
		"Strategies, besides prefetch-N of any N:\n")
	for _, x := range lab.Strategies() {
		fmt.Fprintf(&b, "  %-13s %s\n", x.Name, x.About())
	}
	return b.String()
}

// misplaced refuses what may be an address in the wrong place; errors of the lab repeat what they are given.
func (o *labOptions) misplaced() error {
	switch {
	case strings.Contains(o.workload, "://"), isAddress(o.workload) && !strings.HasPrefix(o.workload, "trace:"):
		return usage("--workload wants a workload; an address is given with --url")
	case strings.Contains(o.crew, ":"):
		return usage("--crew wants workers, such as 8 or 7,1x0.25")
	case isAddress(o.strategies):
		return usage("--strategies wants names; an address is given with --url")
	}
	return nil
}

// study reads the flags.
func (o *labOptions) study() (lab.Study, error) {
	if err := o.misplaced(); err != nil {
		return lab.Study{}, err
	}
	d := lab.Design{Workload: o.workload, Tasks: o.tasks, Mean: o.mean, Crew: o.crew, Strategies: o.strategies, Load: o.load, Long: o.long, Seed: o.seed}
	if strings.HasPrefix(o.workload, "trace:") && !o.counted {
		d.Tasks = 0
	}
	s, err := d.Study()
	var wrong *lab.DesignError
	if errors.As(err, &wrong) {
		return s, usage("--%s: %w", strings.ToLower(wrong.Field), wrong.Err)
	}
	return s, err
}

// lab runs the study. It blocks until it is done, or until the first signal and what must be cleaned up then.
func (p *program) lab(o labOptions) error {
	s, err := o.study()
	if err != nil {
		return err
	}
	r := &labRun{program: p, labOptions: o, study: s, rows: s.Rows()}
	run := r.measure
	if o.model {
		run = r.predict
	}
	if o.csv == "" {
		return run()
	}
	file, err := os.OpenFile(o.csv, os.O_WRONLY|os.O_CREATE, 0o666) // now: a run may be long
	if err != nil {
		return usage("--csv %s cannot be written: %w", repeated(o.csv), plainCause(err))
	}
	return errors.Join(run(), r.writeCSV(file))
}
