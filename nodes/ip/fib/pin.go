package fib

// Pin gives paths a forward without a prefix: for packets that find their way by something other than their destination. The same
// paths may be pinned more than once.
func (f *FIB) Pin(v6 bool, paths []Path) (forward uint32, err error) {
	paths = canonical(paths, v6)
	if err := f.checkPaths(&table{v6: v6}, paths); err != nil {
		return 0, err
	}
	r, err := f.intern([]sourced{{SourceOperator, paths}})
	if err != nil {
		return 0, err
	}
	f.publish()
	return r.forward, nil
}

// Unpin lets go of a forward. Workers may use it until the epoch in which nobody hands it out any more has passed.
func (f *FIB) Unpin(forward uint32) {
	f.release(f.routes[forward])
	f.publish()
}
