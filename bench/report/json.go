package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds a line of a report that is read, in bytes.
const maxLine = 1 << 20

// measuredLine, skippedLine and headerLine are the lines of a report. All fields of a measured one are written, zeros too.
type measuredLine struct {
	Scenario string  `json:"scenario"`
	Params   string  `json:"params"`
	Subject  string  `json:"subject"`
	Metric   string  `json:"metric"`
	Unit     string  `json:"unit"`
	Median   float64 `json:"median"`
	Min      float64 `json:"min"`
	Max      float64 `json:"max"`
	Runs     int     `json:"runs"`
}

type skippedLine struct {
	Scenario string `json:"scenario"`
	Params   string `json:"params"`
	Subject  string `json:"subject"`
	Skipped  string `json:"skipped"`
}

type headerLine struct {
	Header *Header `json:"header"`
}

// MarshalJSON writes a figure as a line of a report.
func (f Figure) MarshalJSON() ([]byte, error) {
	if f.Skipped != "" {
		return json.Marshal(skippedLine{f.Scenario, f.Params, f.Subject, f.Skipped})
	}
	return json.Marshal(measuredLine{f.Scenario, f.Params, f.Subject, f.Metric, f.Unit, f.Median, f.Min, f.Max, f.Runs})
}

// UnmarshalJSON reads a line of a report that is not the header.
func (f *Figure) UnmarshalJSON(b []byte) error {
	var v struct {
		measuredLine
		Skipped string `json:"skipped"`
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	*f = Figure{v.Scenario, v.Params, v.Subject, v.Metric, v.Unit, v.Median, v.Min, v.Max, v.Runs, v.Skipped}
	if f.Skipped != "" { // it has no metric
		*f = Figure{Scenario: v.Scenario, Params: v.Params, Subject: v.Subject, Skipped: v.Skipped}
	}
	return f.Check()
}

// Check says what is wrong with a figure.
func (f *Figure) Check() error {
	switch {
	case f.Scenario == "":
		return errors.New("no scenario: a figure names the one it comes from")
	case f.Skipped != "":
		return nil
	case f.Subject == "" || f.Metric == "" || f.Unit == "":
		return fmt.Errorf("scenario %q: subject %q, metric %q, unit %q: want all three, or a reason in skipped", f.Scenario, f.Subject, f.Metric, f.Unit)
	case f.Runs < 1:
		return fmt.Errorf("scenario %q: %d runs: want at least 1", f.Scenario, f.Runs)
	case !(f.Min <= f.Median && f.Median <= f.Max) || f.Max > maxValue || f.Min < -maxValue: // NaN too
		return fmt.Errorf("scenario %q: median %v between min %v and max %v: want them finite and in order", f.Scenario, f.Median, f.Min, f.Max)
	}
	return nil
}

// maxValue is past anything that can be measured; it keeps infinities out.
const maxValue = 1e300

// WriteJSON writes a report: a line with the header, then one for each figure.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(headerLine{&r.Header}); err != nil {
		return err
	}
	for i := range r.Figures {
		if err := e.Encode(&r.Figures[i]); err != nil {
			return err
		}
	}
	return nil
}

// Read reads what WriteJSON wrote. The header may be missing; fields that it does not know are left out.
func Read(in io.Reader) (*Report, error) {
	r := &Report{}
	s := bufio.NewScanner(in)
	s.Buffer(nil, maxLine)
	n := 1
	for ; s.Scan(); n++ {
		line := bytes.TrimSpace(s.Bytes())
		if len(line) == 0 {
			continue
		}
		if err := r.add(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", n, err)
	}
	return r, nil
}

// add takes a line of JSON.
func (r *Report) add(line []byte) error {
	var h headerLine
	if err := json.Unmarshal(line, &h); err != nil {
		return err
	}
	if h.Header != nil {
		r.Header = *h.Header
		return nil
	}
	var f Figure
	if err := json.Unmarshal(line, &f); err != nil {
		return err
	}
	r.Figures = append(r.Figures, f)
	return nil
}
