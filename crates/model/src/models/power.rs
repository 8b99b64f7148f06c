//! POWER (Alglave, Maranget, Tautschnig, "Herding Cats", TOPLAS 2014, figures 17, 18 and 25).

use std::sync::{Mutex, PoisonError};

use super::{Axioms, Model};
use crate::Tags;
use crate::relation::{Rel, Set};
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
    }
    .fixpoint();
    let ppo = Ppo { steps, r, w, last: Mutex::default() };

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
        let ppo = ppo.of(x.rfi() | rdw, detour);

        let hb = ppo | &fence | &x.rfe;
        if !hb.acyclic() {
            return false;
        }
        let hb_star = hb.star();
        let prop_base = (&fence | x.rfe.then(&fence)).then(&hb_star);
        let com_star = x.eco(m).opt();
        let prop = prop_base.from(w).to(w) | com_star.then(&prop_base.star()).then(&sync).then(&hb_star);
        x.fre.then(&prop).then_irreflexive(&hb_star) && (&x.co | prop).acyclic() && (&x.co | &xx).acyclic()
    })
}

/// Preserved program order, which is the same for most of the executions that a search asks about in turn.
struct Ppo {
    /// From what program order decides.
    steps: Steps,
    r: Set,
    w: Set,
    /// What it was last made of, and what came of it.
    last: Mutex<Option<([Rel; 2], Rel)>>,
}

impl Ppo {
    /// `ppo`, with these pairs more in `ii0` and `ci0`.
    fn of(&self, ii0: Rel, ci0: Rel) -> Rel {
        let added = [ii0, ci0];
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, ppo)) = last.as_ref().filter(|(known, _)| *known == added) {
            return ppo.clone();
        }
        let steps = self.steps.clone().with(&added[0], &added[1]);
        let ppo = steps.ii.from(self.r).to(self.r) | steps.ic.from(self.r).to(self.w);
        *last = Some((added, ppo.clone()));
        ppo
    }
}

/// How the parts of two accesses, initiation (`i`) and commitment (`c`), wait for each other.
#[derive(Clone)]
struct Steps {
    ii: Rel,
    ic: Rel,
    ci: Rel,
    cc: Rel,
}

impl Steps {
    /// With more pairs in `ii0` and `ci0`, from a fixpoint to the next.
    fn with(mut self, ii0: &Rel, ci0: &Rel) -> Steps {
        if (ii0 - &self.ii).is_empty() && (ci0 - &self.ci).is_empty() {
            return self;
        }
        self.ii |= ii0;
        self.ci |= ci0;
        self.fixpoint()
    }

    /// The least fixpoint above these pairs.
    fn fixpoint(mut self) -> Steps {
        loop {
            let Steps { ii, ic, ci, cc } = &self;
            let ii = ii | ci | ic.then(ci) | ii.then(ii);
            let ic = ic | &ii | cc | ic.then(cc) | ii.then(ic);
            let ci = ci | ci.then(&ii) | cc.then(ci);
            let cc = cc | &ci | ci.then(&ic) | cc.then(cc);
            let next = Steps { ii, ic, ci, cc };
            if next.ii == self.ii && next.ic == self.ic && next.ci == self.ci && next.cc == self.cc {
                return next;
            }
            self = next;
        }
    }
}
