package classifyapi_test

import (
	"slices"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/nodes/classify/classifyapi"
)

// Clients that were made for the classify plugin look these up; VPP's own compiler gives such CRCs for its messages.
func TestClientsOfTheClassifyPluginFindTheirMessages(t *testing.T) {
	for _, id := range []string{
		"classify_add_rule_ccc89f5a", "classify_add_rule_reply_e8d4e804", "classify_rule_dump_51077d14", "classify_rule_details_a361a1cf",
		"classify_enable_disable_ae6cfcfb", "classify_enable_disable_reply_e8d4e804", "classify_stats_get_51077d14", "classify_stats_get_reply_8f0e7b00",
	} {
		if !slices.ContainsFunc(classifyapi.File.Messages, func(d *api.Desc) bool { return d.ID() == id }) {
			t.Errorf("no message %s", id)
		}
	}
}

// A transaction of very many rules is one message, which servers take up to a limit.
func TestARuleIsSmall(t *testing.T) {
	var e api.Encoder
	(&classifyapi.ClassifyRulesAdd{Rules: make([]classifyapi.ClassifyRule, 100)}).Encode(&e)
	b, err := e.Bytes()
	if err != nil || len(b) != 4+100*63 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}
