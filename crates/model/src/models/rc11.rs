//! RC11 (Lahav, Vafeiadis, Kang, Hur, Dreyer, PLDI 2017), with the release sequences of C++20 and Rust: those
//! continue through read-modify-writes only.

use super::{Axioms, Model};
use crate::Tags;
use crate::relation::Rel;
use crate::skeleton::{Execution, Skeleton};

pub(super) static RC11: Model =
    Model { name: "rc11", source: "Lahav et al., PLDI 2017", axioms, races: Some(races), flags: None };

/// What synchronisation is made of: `[rel];([F];po)?;[W]`, and `[R];(po;[F])?;[acq]`, with atomic accesses.
pub(super) fn sides(s: &Skeleton) -> (Rel, Rel) {
    let sc = s.tagged(Tags::SEQ_CST);
    let (rel, acq) = (s.tagged(Tags::RELEASE) | sc, s.tagged(Tags::ACQUIRE) | sc);
    let atomic = !s.tagged(Tags::PLAIN) & s.m();
    let before = (s.on(rel & s.w) | s.po.from(rel & s.f)).to(s.w & atomic);
    let after = (s.on(acq & s.r) | s.po.to(acq & s.f)).from(s.r & atomic);
    (before, after)
}

/// `rs;rf` where `rs = [W];(rf;rmw)*`: to whom a write tells what came before it; the last `rf` is given.
pub(super) fn told(x: &Execution<'_>, rf: &Rel) -> Rel {
    let in_sequence = x.rf.then(&x.skeleton.rmw).plus();
    in_sequence.then(rf) | rf
}

/// `hb = (po | sw)⁺` where `sw = [rel];([F];po)?;rs;rf;[R];(po;[F])?;[acq]`.
pub(super) fn happens_before(x: &Execution<'_>, told: &Rel, before: &Rel, after: &Rel) -> Rel {
    let sw = before.then(told).then(after);
    (&x.skeleton.po | sw).plus()
}

fn axioms(s: &Skeleton) -> Axioms {
    let (before, after) = sides(s);
    let sc = s.tagged(Tags::SEQ_CST);
    let fences = s.on(sc & s.f);
    let po = s.po.clone();
    let loc = s.loc.clone();
    let po_not_loc = &po - &loc;
    Box::new(move |x| {
        // no-thin-air, and atomicity
        if !(&po | &x.rf).acyclic() || !x.atomic() {
            return false;
        }
        // coherence
        let hb = happens_before(x, &told(x, &x.rf), &before, &after);
        let eco = x.eco(x.skeleton.m());
        if !hb.irreflexive() || !hb.then_irreflexive(&eco) || !eco.irreflexive() {
            return false;
        }
        // SC: acyclic(psc)
        let scb = &po | po_not_loc.then(&hb).then(&po_not_loc) | &hb & &loc | &x.co | &x.fr;
        let on_sc = x.skeleton.on(sc);
        let left = &on_sc | fences.then(&hb.opt());
        let right = &on_sc | hb.opt().then(&fences);
        let psc_base = left.then(&scb).then(&right);
        let psc_fence = fences.then(&(&hb | hb.then(&eco).then(&hb))).then(&fences);
        (psc_base | psc_fence).acyclic()
    })
}

/// Two accesses to one cell by different threads, one a write and one not atomic, that no happens-before orders.
fn races(x: &Execution<'_>) -> Rel {
    let s = x.skeleton;
    let plain = s.tagged(Tags::PLAIN) & s.m();
    if plain.is_empty() {
        return s.none();
    }
    let (before, after) = sides(s);
    let hb = happens_before(x, &told(x, &x.rf), &before, &after);
    let program = s.m() - s.iw;
    let conflict = (s.product(s.w & program, program) | s.product(program, s.w & program)) & (&s.loc - &s.int);
    let unordered = conflict - &hb - hb.inverse();
    unordered.from(plain) | unordered.to(plain)
}
