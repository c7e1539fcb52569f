// Package portblockapi is the messages of the plugin portblock, made from portblock.api.
package portblockapi

//go:generate go tool gvpp apigen --go . portblock.api
