package ui

// verdict says in one line why the queue moves as it does, or why it does not move.
type verdict struct {
	level level
	short string // two or three words, for the smallest screen
	text  string // one sentence; may hold text from outside, made plain when it is drawn
}

// reading explains a verdict in three sentences with its figures. They may hold text from outside.
type reading struct {
	seen string // what is seen
	how  string // why that is so, or how it is known, with its formula
	todo string // what to do
}

// rule is one reason why a queue moves or does not. Its functions are pure: a function of the scene's figures.
type rule struct {
	name string // what it finds, in the list of the dialog
	asks string // what it looks for, there too
	// ask gives the verdict when the rule holds, by itself and whatever the rules before it say.
	ask func(*scene) (verdict, bool)
	// why explains it; it is called only while ask holds.
	why func(*scene) reading
	// needs names the figure without which the rule cannot tell; nil or "": none is missing.
	needs func(*scene) string
}

// rules are asked in this order, the gravest first: what is upstream of everything else is named before what merely follows
// from it. The first that holds is the verdict.
var rules = [...]rule{
	refusedRule, quorumRule, linkDownRule, connectingRule, closedRule,
	noQueueRule, blockedRule, alarmRule,
	foreignRule, restRule, heldRule, noRightRule, drainPoolRule, pausedRule, noWorkersRule,
	workerHeldRule, channelsRule, overtimeRule, poisonRule, stuckRule,
	noDataRule, staleRule, noConsumersRule, redeliveredRule, neverAckedRule, prefetchRule,
	retryingRule, idleRule, stalledRule, retriesGrowRule, failingRule, watchingRule,
	overloadedRule, growingRule, apiStaleRule, drainingRule, noneFinishedRule, holdingRule, keepingUpRule,
}

// judge gives the first verdict that applies.
func (s *scene) judge() verdict {
	v, _ := s.judged()
	return v
}

// judged is the verdict with the place of its rule.
func (s *scene) judged() (verdict, int) {
	for i := range rules {
		if v, ok := rules[i].ask(s); ok {
			return v, i
		}
	}
	return verdict{levelCalm, "keeping up", "Keeping up."}, len(rules) - 1
}

// keyHint is what a key would do about it, in brackets; "" in a recording, where no such key acts.
func (s *scene) keyHint(text string) string {
	if s.taped {
		return ""
	}
	return " (" + text + ")"
}

// noReady names the figure that every judgement of the flow rests on, while it is missing.
func noReady(s *scene) string {
	if !s.queue.Ready.Known() {
		return "how many wait"
	}
	return ""
}
