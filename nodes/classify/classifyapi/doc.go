// Package classifyapi is the messages of nodes/classify: rules, one by one or many in a step, defaults, counters, and a plain
// way to rules for exact addresses and ports.
//
// All but this comment is generated from classify_rules.api, whose comments are the reference. The file is not called
// classify.api, for VPP's core has a module of that name; its messages have other names than ours.
package classifyapi

//go:generate go run github.com/gvpp/gvpp/cmd/apigen --go . -I ../../../api/binapi classify_rules.api
