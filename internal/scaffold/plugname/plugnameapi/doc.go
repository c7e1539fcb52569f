// Package plugnameapi is the messages of the plugin plugname, made from plugname.api.
package plugnameapi

//go:generate go run github.com/gvpp/gvpp/cmd/gvpp apigen --go . plugname.api
