// Package binapi has VPP's own modules: the .api files below it, and beside each the Go package that is generated from it.
//
// A module here has the messages, fields and CRCs of VPP's of the same name, so that clients made for VPP talk to gvpp; its
// comments are ours. testdata/crcs.txt holds the CRCs that VPP's compiler gives. A folder has the name of its module, and
// the package too, but for interface, whose package is interfaces.
//
// What a service does is not here: see the package that the handlers are in.
package binapi
