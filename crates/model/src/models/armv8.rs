//! ARMv8, multi-copy atomic (Pulte et al., POPL 2018; Arm Architecture Reference Manual, B2.3; the text of
//! `aarch64.cat`, whose names are used here).

use super::{Axioms, Model};
use crate::Tags;
use crate::skeleton::Skeleton;

pub(super) static ARMV8: Model =
    Model { name: "armv8", source: "Pulte et al., POPL 2018; Arm ARM B2.3", axioms, races: None, flags: None };

fn axioms(s: &Skeleton) -> Axioms {
    let (po, r, w) = (&s.po, s.r, s.w);
    let (a, q, l) = (s.tagged(Tags::ACQUIRE) & r, s.tagged(Tags::ACQUIRE_PC) & r, s.tagged(Tags::RELEASE) & w);
    let no_ret = s.tagged(Tags::NORETURN);
    let (full, ld, st) = (s.tagged(Tags::DMB_SY), s.tagged(Tags::DMB_LD), s.tagged(Tags::DMB_ST));
    let isb = s.tagged(Tags::ISB);
    let amo = s.rmw.from(s.tagged(Tags::AMO));
    let (addr, data, ctrl) = (&s.addr, &s.data, &s.ctrl);

    let po_loc = &s.po_loc;
    let lws = po_loc.to(w);
    // From a write to a later read of the same location with no write to it between.
    let lrs = (po_loc - po_loc.to(w).then(po_loc)).from(w).to(r);

    // Dependency-ordered-before; the third line is part of CSE-ordered-before.
    let dob = addr
        | data
        | ctrl.to(w)
        | ctrl.to(isb).then(po)
        | addr.then(po).to(w)
        | addr.then(po).to(isb).then(po).to(r)
        | (addr | data).then(&lrs);
    // Pick-ordered-before: dependencies through a conditional select, or a compare-and-swap's comparison.
    let picked = &s.pick_addr | &s.pick_data | &s.pick_ctrl;
    let pob = picked.to(w)
        | s.pick_ctrl.to(isb).then(po).to(s.m())
        | s.pick_addr.then(po).to(isb).then(po).to(s.m())
        | s.pick_addr.then(po).to(w);
    // Atomic-ordered-before.
    let aob = &s.rmw | s.rmw.then(&lrs).to(a | q);
    // Barrier-ordered-before.
    let bob = s.across(full)
        | s.across(ld).from(r - no_ret)
        | s.across(st).from(w).to(w)
        | po.from(amo.from(a).to(l).range())
        | po.from(l).to(a)
        | po.from(a | q)
        | po.to(l);
    let lob = (lws | dob | pob | aob | bob).plus();
    let pick_lob = (&s.pick_addr | s.pick_data.then(&lrs)).then(&lob).to(w);

    // Local order holds between accesses; fences pass it on.
    let hw_reqs = (lob | pick_lob).from(s.m()).to(s.m());
    Box::new(move |x| x.coherent() && x.atomic() && (&x.rfe | &x.fre | &x.coe | &hw_reqs).acyclic())
}
