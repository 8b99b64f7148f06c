//! RVWMO (RISC-V Unprivileged ISA, chapter "RVWMO Memory Consistency Model"; the rules are numbered as there, and
//! written as in its formal appendix).

use super::{Axioms, Model};
use crate::Tags;
use crate::relation::union;
use crate::skeleton::Skeleton;

pub(super) static RVWMO: Model = Model {
    name: "rvwmo",
    source: "RISC-V Unprivileged ISA, RVWMO Memory Consistency Model",
    axioms,
    races: None,
    flags: None,
};

fn axioms(s: &Skeleton) -> Axioms {
    let (po, r, w, m) = (&s.po, s.r, s.w, s.m());
    let (aq, rl) = (s.tagged(Tags::ACQUIRE) & m, s.tagged(Tags::RELEASE) & m);
    let amo = s.tagged(Tags::AMO) & m;
    let atomic = amo | s.tagged(Tags::EXCLUSIVE) & m;
    let rcsc = (aq | rl) & atomic;
    let po_loc = &s.po_loc;
    let (addr, data, ctrl) = (&s.addr, &s.data, &s.ctrl);

    // Rule 4: a fence orders what its predecessor set names before what its successor set names.
    let fence = |tags: Tags, before, after| s.across(s.tagged(tags)).from(before).to(after);
    let tso = s.across(s.tagged(Tags::FENCE_TSO));
    let r4 = fence(Tags::FENCE_R_R, r, r)
        | fence(Tags::FENCE_R_W, r, w)
        | fence(Tags::FENCE_W_R, w, r)
        | fence(Tags::FENCE_W_W, w, w)
        | tso.from(r).to(m)
        | tso.from(w).to(w);

    let r1 = po_loc.from(m).to(w);
    let same_address_reads = (po_loc - po_loc.to(w).then(po_loc)).from(r).to(r);
    let r5 = po.from(aq).to(m);
    let r6 = po.from(m).to(rl);
    let r7 = po.from(rcsc).to(rcsc);
    let r8 = &s.rmw;
    let r9 = addr.to(m);
    let r10 = data.to(w);
    let r11 = ctrl.to(w);
    let addr_data = addr | data;
    let r13 = addr.then(po).to(w);
    let fixed = union([&r1, &r4, &r5, &r6, &r7, r8, &r9, &r10, &r11, &r13]);

    // An AMO is one operation: what is ordered with one of its halves is ordered with both.
    let halves = s.rmw.from(amo);
    let one = (&halves | halves.inverse()).opt();
    let split = halves.is_empty();
    Box::new(move |x| {
        let rfi = x.rfi();
        let r2 = &same_address_reads & x.read_differently();
        let r3 = rfi.from(atomic);
        let r12 = addr_data.to(w).then(&rfi);
        let order = union([&fixed, &r2, &r3, &r12, &x.co, &x.rfe, &x.fr]);
        let order = if split { order } else { one.then(&order).then(&one) - &one };
        x.coherent() && x.atomic() && order.acyclic()
    })
}
