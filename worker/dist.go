package worker

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Dist is a distribution of durations, from 0 to 24 h; longer draws are cut to 24 h. The zero value is always 0. It is
// comparable, and may be used from any goroutine.
type Dist struct {
	shape shape
	low   time.Duration // fixed: the value; exp: the mean; lognormal: the median; else the least
	high  time.Duration // uniform and pareto: the most
	param float64       // lognormal: sigma; pareto: alpha
}

type shape uint8

const (
	fixed shape = iota
	uniform
	exponential
	lognormal
	pareto
)

const (
	distCeiling = 24 * time.Hour // longest time that may be asked for or drawn
	distForms   = `"5ms", "uniform:1ms,9ms" (low, high), "exp:10ms" (mean), ` +
		`"lognormal:23ms,0.55" (median, sigma) and "pareto:1ms,1.1,10s" (low, alpha, high)`
)

// ParseDist reads "0", "5ms", "uniform:1ms,9ms", "exp:10ms", "lognormal:23ms,0.55" (median, sigma) or
// "pareto:1ms,1.1,10s" (low, alpha, high). Its errors name what is wrong and the forms that are allowed.
func ParseDist(s string) (Dist, error) {
	name, rest, named := strings.Cut(strings.TrimSpace(s), ":")
	if !named {
		name, rest = "", name
	}
	p := distParser{args: strings.Split(rest, ",")}
	d := p.parse(name)
	if p.wrong == "" {
		p.wrong = d.wrong()
	}
	if p.wrong != "" {
		return Dist{}, fmt.Errorf("%q is not a distribution: %s; write %s", s, p.wrong, distForms)
	}
	return d, nil
}

// distParser takes the arguments of a form one by one and keeps the first mistake.
type distParser struct {
	args  []string
	wrong string
}

func (p *distParser) parse(name string) Dist {
	want := map[string]int{"": 1, "uniform": 2, "exp": 1, "lognormal": 2, "pareto": 3}[name]
	if want == 0 {
		p.wrong = fmt.Sprintf("the form %q is not known", name)
		return Dist{}
	}
	if len(p.args) != want {
		p.wrong = fmt.Sprintf("it has %d values where %d belong", len(p.args), want)
		return Dist{}
	}
	switch name {
	case "uniform":
		return Dist{shape: uniform, low: p.duration(), high: p.duration()}
	case "exp":
		return Dist{shape: exponential, low: p.duration()}
	case "lognormal":
		return Dist{shape: lognormal, low: p.duration(), param: p.number()}
	case "pareto":
		return Dist{shape: pareto, low: p.duration(), param: p.number(), high: p.duration()}
	}
	return Dist{low: p.duration()}
}

func (p *distParser) next() string {
	arg := strings.TrimSpace(p.args[0])
	p.args = p.args[1:]
	return arg
}

func (p *distParser) duration() time.Duration {
	arg := p.next()
	d, err := time.ParseDuration(arg)
	if err != nil && p.wrong == "" {
		p.wrong = fmt.Sprintf("%q is not a duration", arg)
	}
	return d
}

func (p *distParser) number() float64 {
	arg := p.next()
	x, err := strconv.ParseFloat(arg, 64)
	if err != nil && p.wrong == "" {
		p.wrong = fmt.Sprintf("%q is not a number", arg)
	}
	return x
}

// wrong says which parameter is out of its range, "" when none is. The bounds keep every sample and mean finite.
func (d Dist) wrong() string {
	between := func(x, low, high float64) bool { return x >= low && x <= high } // false for NaN
	switch {
	case d.low < 0 || d.low > distCeiling || d.high < 0 || d.high > distCeiling:
		return "durations go from 0 to 24h"
	case d.shape == uniform && d.high < d.low:
		return "the high value is below the low one"
	case d.shape == lognormal && !between(d.param, 0, 5):
		return "sigma goes from 0 to 5"
	case d.shape == pareto && !between(d.param, 0.05, 50):
		return "alpha goes from 0.05 to 50"
	case d.shape == pareto && d.low == 0:
		return "the low value must be above 0"
	case d.shape == pareto && d.high <= d.low:
		return "the high value must be above the low one"
	}
	return ""
}

// String is the form that ParseDist reads back to the same distribution.
func (d Dist) String() string {
	param := strconv.FormatFloat(d.param, 'g', -1, 64)
	switch d.shape {
	case uniform:
		return fmt.Sprintf("uniform:%v,%v", d.low, d.high)
	case exponential:
		return fmt.Sprintf("exp:%v", d.low)
	case lognormal:
		return fmt.Sprintf("lognormal:%v,%s", d.low, param)
	case pareto:
		return fmt.Sprintf("pareto:%v,%s,%v", d.low, param, d.high)
	}
	if d.low == 0 {
		return "0"
	}
	return d.low.String()
}

// Sample draws one duration, 0 to 24 h. rng is used by one goroutine at a time.
func (d Dist) Sample(rng *rand.Rand) time.Duration {
	low, high := float64(d.low), float64(d.high)
	x := low
	switch d.shape {
	case uniform:
		x = low + rng.Float64()*(high-low)
	case exponential:
		x = low * rng.ExpFloat64()
	case lognormal:
		x = low * math.Exp(d.param*rng.NormFloat64())
	case pareto: // the inverse of the bounded distribution function
		tail := math.Pow(low/high, d.param)
		x = min(high, low*math.Pow(1-rng.Float64()*(1-tail), -1/d.param))
	}
	return time.Duration(min(x, float64(distCeiling)))
}

// Mean is the expected value of Sample, the cut at 24 h included.
func (d Dist) Mean() time.Duration {
	low, high, c := float64(d.low), float64(d.high), float64(distCeiling)
	if low == 0 && d.shape != uniform {
		return 0
	}
	mean := low
	switch d.shape {
	case uniform:
		mean = low/2 + high/2
	case exponential: // E[min(X, c)] = m(1 − e^(−c/m))
		mean = -low * math.Expm1(-c/low)
	case lognormal:
		mean = lognormalMean(low, d.param, c)
	case pareto:
		mean = paretoMean(low, d.param, high)
	}
	return time.Duration(min(mean, c))
}

// lognormalMean is E[min(X, c)] for ln X normal with mean ln(median) and deviation sigma: the partial expectation below
// c plus c times the chance to be above it.
func lognormalMean(median, sigma, c float64) float64 {
	if sigma == 0 {
		return median
	}
	normal := func(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
	z := math.Log(c/median) / sigma
	return median*math.Exp(sigma*sigma/2)*normal(z-sigma) + c*normal(-z)
}

// paretoMean is the mean of the Pareto distribution bounded to [low, high]: with r = low/high,
// low · α/(α−1) · (1 − r^(α−1)) / (1 − r^α), whose limit at α = 1 has −ln r for (1 − r^(α−1))/(α−1).
func paretoMean(low, alpha, high float64) float64 {
	lnr := math.Log(low / high)
	reach := -lnr
	if alpha != 1 {
		reach = -math.Expm1((alpha-1)*lnr) / (alpha - 1)
	}
	return low * alpha * reach / -math.Expm1(alpha*lnr)
}
