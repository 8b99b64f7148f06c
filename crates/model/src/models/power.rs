//! POWER (Alglave, Maranget, Tautschnig, "Herding Cats", TOPLAS 2014, figures 17, 18 and 25).

use super::{Axioms, Model};
use crate::Tags;
use crate::relation::{MAX_EVENTS, Rel, Set};
use crate::skeleton::Skeleton;

pub(super) static POWER: Model =
    Model { name: "power", source: "Alglave, Maranget, Tautschnig, TOPLAS 2014", axioms, races: None, flags: None };

fn axioms(s: &Skeleton) -> Axioms {
    let (po, r, w, m) = (&s.po, s.r, s.w, s.m());
    let po_loc = s.po_loc.clone();
    let dp = &s.addr | &s.data;
    let steps = Steps {
        ii: dp.clone(),
        ic: s.none(),
        ci: s.ctrl.to(s.tagged(Tags::ISYNC)).then(po),
        cc: dp | &po_loc | &s.ctrl | s.addr.then(po),
    };

    let between = |fences: Tags| s.across(s.tagged(fences)).from(m).to(m);
    let sync = between(Tags::SYNC);
    let lwsync = between(Tags::LWSYNC) - s.product(w, r);
    let eieio = between(Tags::EIEIO).from(w).to(w);
    let fence = &sync | lwsync | eieio;
    let exclusives = s.tagged(Tags::EXCLUSIVE) & m;
    let xx = po.from(exclusives).to(exclusives);
    Box::new(move |x| {
        if !x.coherent() || !x.atomic() {
            return false;
        }
        let rdw = &po_loc & x.fre.then(&x.rfe);
        let detour = &po_loc & x.coe.then(&x.rfe);
        let [ii, ic] = steps.with(&(x.rfi() | rdw), &detour).closed();
        let ppo = ii.from(r).to(r) | ic.from(r).to(w);

        let hb = ppo | &fence | &x.rfe;
        let Some(hb_star) = hb.acyclic_star() else { return false };
        let prop_base = (&fence | x.rfe.then(&fence)).then(&hb_star);
        let com_star = x.eco(m).opt();
        let prop = prop_base.from(w).to(w) | com_star.then(&prop_base.star().then(&sync.then(&hb_star)));
        x.fre.then(&prop).then_irreflexive(&hb_star) && (&x.co | prop).acyclic() && (&x.co | &xx).acyclic()
    })
}

/// How the parts of two accesses, initiation (`i`) and commitment (`c`), wait for each other: the pairs that the figure
/// calls `ii0`, `ic0`, `ci0` and `cc0`. All of them are in program order.
struct Steps {
    ii: Rel,
    ic: Rel,
    ci: Rel,
    cc: Rel,
}

/// What a part of an access comes before: initiations, and commitments.
#[derive(Clone, Copy, Default)]
struct After {
    i: Set,
    c: Set,
}

impl Steps {
    /// With more pairs in `ii0` and `ci0`.
    fn with(&self, ii0: &Rel, ci0: &Rel) -> Steps {
        let Steps { ii, ic, ci, cc } = self;
        Steps { ii: ii | ii0, ic: ic.clone(), ci: ci | ci0, cc: cc.clone() }
    }

    /// `ii` and `ic` of the least fixpoint of
    ///
    /// ```text
    /// ii = ii0 | ci | (ic;ci) | (ii;ii)        ci = ci0 | (ci;ii) | (cc;ci)
    /// ic = ic0 | ii | cc | (ic;cc) | (ii;ic)   cc = cc0 | ci | (ci;ic) | (cc;cc)
    /// ```
    ///
    /// These say that one part comes before another if a chain of pairs leads from it to the other, where each access is
    /// initiated before it is committed. What comes after an access is complete when its own turn comes.
    fn closed(&self) -> [Rel; 2] {
        let n = self.ii.size();
        let (mut of_i, mut of_c) = ([After::default(); MAX_EVENTS], [After::default(); MAX_EVENTS]);
        let (mut ii, mut ic) = (Rel::empty(n), Rel::empty(n));
        for event in (0..n).rev() {
            let closed = |After { i, c }, mut all: After| {
                all = After { i: all.i | i, c: all.c | c | i };
                let after = i.iter().map(|next| of_i[next]).chain(c.iter().map(|next| of_c[next]));
                after.fold(all, |all, more| After { i: all.i | more.i, c: all.c | more.c })
            };
            let committed = closed(After { i: self.ci.row(event), c: self.cc.row(event) }, After::default());
            let initiated = closed(After { i: self.ii.row(event), c: self.ic.row(event) }, committed);
            (of_c[event], of_i[event]) = (committed, initiated);
            ii.insert_all(event, initiated.i);
            ic.insert_all(event, initiated.c);
        }
        [ii, ic]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Steps;
    use crate::relation::Rel;

    const N: usize = 8;

    /// The formulas, until nothing changes.
    fn fixpoint(mut steps: Steps) -> [Rel; 2] {
        loop {
            let Steps { ii, ic, ci, cc } = &steps;
            let next = Steps {
                ii: ii | ci | ic.then(ci) | ii.then(ii),
                ic: ic | ii | cc | ic.then(cc) | ii.then(ic),
                ci: ci | ci.then(ii) | cc.then(ci),
                cc: cc | ci | ci.then(ic) | cc.then(cc),
            };
            if next.ii == steps.ii && next.ic == steps.ic && next.ci == steps.ci && next.cc == steps.cc {
                return [next.ii, next.ic];
            }
            steps = next;
        }
    }

    fn in_order() -> impl Strategy<Value = Rel> {
        prop::collection::vec((0..N, 0..N), 0..8).prop_map(|pairs| {
            let mut rel = Rel::empty(N);
            pairs.into_iter().filter(|(a, b)| a < b).for_each(|(a, b)| rel.insert(a, b));
            rel
        })
    }

    proptest! {
        #[test]
        fn chains_are_the_least_fixpoint(ii in in_order(), ic in in_order(), ci in in_order(), cc in in_order()) {
            let steps = Steps { ii, ic, ci, cc };
            prop_assert_eq!(steps.closed(), fixpoint(steps));
        }
    }
}
