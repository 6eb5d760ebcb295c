package planner

// sweep drops the operators that nothing reads: those that were made on the way
// to a fused one.
func (p *IPlan) sweep() {
	used := make([]bool, len(p.Ops))
	used[p.Output] = true
	for i := len(p.Ops) - 1; i >= 0; i-- {
		if used[i] {
			for _, in := range p.Ops[i].Spec.Inputs() {
				used[in] = true
			}
		}
	}
	to := make([]OpID, len(p.Ops))
	var kept []Op
	for i, op := range p.Ops {
		if !used[i] {
			continue
		}
		to[i] = OpID(len(kept))
		op.ID = to[i]
		op.Spec = op.Spec.renumber(to)
		kept = append(kept, op)
	}
	p.Ops, p.Output = kept, to[p.Output]
}

// The operators over other inputs; to is indexed by the old ones.

func (o *OpInput) renumber([]OpID) OpSpec  { return o }
func (o *OpValues) renumber([]OpID) OpSpec { return o }

func (o *OpWorking) renumber([]OpID) OpSpec   { return o }
func (o *OpRecursive) renumber([]OpID) OpSpec { return o }

func (o *OpMap) renumber(to []OpID) OpSpec        { n := *o; n.In = to[o.In]; return &n }
func (o *OpContenders) renumber(to []OpID) OpSpec { n := *o; n.In = to[o.In]; return &n }
func (o *OpPeaks) renumber(to []OpID) OpSpec      { n := *o; n.In = to[o.In]; return &n }
func (o *OpExchange) renumber(to []OpID) OpSpec   { n := *o; n.In = to[o.In]; return &n }
func (o *OpGather) renumber(to []OpID) OpSpec     { n := *o; n.In = to[o.In]; return &n }
func (o *OpBroadcast) renumber(to []OpID) OpSpec  { n := *o; n.In = to[o.In]; return &n }
func (o *OpArrange) renumber(to []OpID) OpSpec    { n := *o; n.In = to[o.In]; return &n }
func (o *OpDistinct) renumber(to []OpID) OpSpec   { n := *o; n.In = to[o.In]; return &n }
func (o *OpGroupBy) renumber(to []OpID) OpSpec    { n := *o; n.In = to[o.In]; return &n }
func (o *OpTopK) renumber(to []OpID) OpSpec       { n := *o; n.In = to[o.In]; return &n }
func (o *OpOver) renumber(to []OpID) OpSpec       { n := *o; n.In = to[o.In]; return &n }

func (o *OpJoin) renumber(to []OpID) OpSpec {
	n := *o
	n.Left, n.Right = to[o.Left], to[o.Right]
	return &n
}

func (o *OpSemi) renumber(to []OpID) OpSpec {
	n := *o
	n.Left, n.Right = to[o.Left], to[o.Right]
	return &n
}

func (o *OpSetOp) renumber(to []OpID) OpSpec {
	n := *o
	n.Left, n.Right = to[o.Left], to[o.Right]
	return &n
}

func (o *OpUnion) renumber(to []OpID) OpSpec {
	n := *o
	n.In = make([]OpID, len(o.In))
	for i, in := range o.In {
		n.In[i] = to[in]
	}
	return &n
}
