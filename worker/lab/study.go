package lab

import "time"

// Study is several strategies on one workload with one crew.
type Study struct {
	Workload   string // its name, as on a command line
	Seed       uint64
	Tasks      []Task
	Crew       []Worker
	Strategies []Strategy
	Long       time.Duration // see Experiment; 0: LongFrom
}

// Row is one strategy's part in a study.
type Row struct {
	Strategy  Strategy
	Predicted Figures
	Model     Run
	State     State
	Done      int      // tasks done so far, while it is Running
	Measured  *Figures // nil until it has Finished
	Run       *Run     // as far as it has come while it is Running: the lanes
	Why       []string // what explains the difference between predicted and measured, a sentence each
	Err       error    // why it Failed
}

// State is how far a row is.
type State uint8

// The states of a row.
const (
	Waiting State = iota
	Running
	Finished
	Failed
	Cancelled
)

// Experiment is the study's experiment with one of its strategies. Where the study does not say what is long, LongFrom does.
func (s Study) Experiment(x Strategy) Experiment {
	long := s.Long
	if long <= 0 {
		long = LongFrom(s.Tasks)
	}
	return Experiment{Strategy: x, Tasks: s.Tasks, Crew: s.Crew, Long: long}
}

// Rows are the study's rows in the order of its strategies, Waiting, with what the model predicts. Each takes as long as Model and
// Figures do.
func (s Study) Rows() []Row {
	rows := make([]Row, len(s.Strategies))
	for i, x := range s.Strategies {
		model := Model(s.Experiment(x))
		rows[i] = Row{Strategy: x, Model: model, Predicted: model.Figures()}
	}
	return rows
}
