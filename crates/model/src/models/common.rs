//! What every model here has in common, as a model: an execution that it forbids is forbidden by all of them.
//!
//! Each location alone is sequentially consistent, a read-modify-write is atomic, and what acquire and release order
//! happens before: the coherence axiom of RC11 (Lahav et al., PLDI 2017), without `smp_wmb`, `smp_rmb`, dependencies and
//! the axioms on causality, in which the models differ. Two more things are left out for LKMM. Only marked accesses tell
//! what happened before, for what is read from a plain write that races need not have been written before. And a thread
//! acquires nothing by reading its own write, not even that of a read-modify-write in a release sequence. Nobody is
//! judged by this model. It is asked once what a program can do at most, so that each model is asked about less.

use super::rc11::{happens_before, sides};
use super::{Axioms, Model};
use crate::Tags;
use crate::skeleton::Skeleton;

pub(crate) static COMMON: Model = Model { name: "common", source: "", axioms, races: None, flags: None };

fn axioms(s: &Skeleton) -> Axioms {
    let (before, after) = sides(s);
    let marked = !s.tagged(Tags::PLAIN) & s.m();
    Box::new(move |x| {
        if !x.coherent() || !x.atomic() {
            return false;
        }
        let eco = x.eco(marked);
        let hb = happens_before(x, &x.rfe, &before, &after);
        hb.irreflexive() && hb.then_irreflexive(&eco)
    })
}
