//! x86-TSO (Owens, Sarkar, Sewell, TPHOLs 2009), in the axiomatic form of Alglave, Maranget and Tautschnig,
//! TOPLAS 2014.

use super::{Axioms, Model};
use crate::Tags;
use crate::skeleton::Skeleton;

pub(super) static X86_TSO: Model =
    Model { name: "x86-tso", source: "Owens, Sarkar, Sewell, TPHOLs 2009", axioms, races: None, flags: None };

fn axioms(s: &Skeleton) -> Axioms {
    let (po, r, w) = (&s.po, s.r, s.w);
    let locked = s.tagged(Tags::EXCLUSIVE);
    // ppo = po & (R×M | W×W)
    let ppo = po & (s.product(r, s.m()) | s.product(w, w));
    let mfence = s.across(s.tagged(Tags::MFENCE));
    // implied: write-to-read pairs of which either side is LOCKed
    let implied = po & (s.product(w, r & locked) | s.product(w & locked, r));
    let fixed = ppo | mfence | implied;
    Box::new(move |x| x.coherent() && x.atomic() && (&fixed | &x.rfe | &x.co | &x.fr).acyclic())
}
