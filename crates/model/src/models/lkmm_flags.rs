//! What LKMM warns of beside data races: the flags of `linux-kernel.bell` and `linux-kernel.cat`, by the same names.

use super::lkmm::{carried_cookies, critical_sections, srcu_sections};
use crate::Tags;
use crate::relation::{Rel, Set};
use crate::skeleton::{Execution, Skeleton};
use crate::valuation::settle;

/// The flags that this execution raises.
pub(super) fn flags(x: &Execution<'_>) -> Vec<&'static str> {
    let s = x.skeleton;
    let mut raised = Vec::new();
    let mut flag = |name, is_raised| {
        if is_raised {
            raised.push(name);
        }
    };
    flag("mixed-accesses", has_mixed_accesses(s));
    let locks = s.those(|event| event.tags.any(Tags::LOCK.and(Tags::UNLOCK).and(Tags::LOCK_LOOK)));
    if !locks.is_empty() {
        flag("mixed-lock-accesses", !s.loc.from(s.m() - s.iw - locks).to(locks).is_empty());
        let (taken, released) = (s.tagged(Tags::LOCK) & s.w, s.tagged(Tags::UNLOCK) & s.w);
        let across = s.po_loc.to(taken | released).then(&s.po_loc);
        let critical = s.po_loc.from(taken).to(released) - across;
        flag("unmatched-unlock", !is_within(released, critical.range()));
    }
    let (lock, unlock) = (s.tagged(Tags::RCU_LOCK), s.tagged(Tags::RCU_UNLOCK));
    if !(lock | unlock).is_empty() {
        let sections = critical_sections(s);
        flag("unmatched-rcu-lock", !is_within(lock, sections.domain()));
        flag("unmatched-rcu-unlock", !is_within(unlock, sections.range()));
        flag("invalid-sleep", !(&sections & s.across(s.tagged(Tags::SYNC_SRCU))).is_empty());
    }
    let (lock, unlock) = (s.tagged(Tags::SRCU_LOCK), s.tagged(Tags::SRCU_UNLOCK));
    if !(lock | unlock).is_empty() {
        let (carried, passed) = carried_cookies(x, unlock);
        let sections = srcu_sections(x, &passed, lock, unlock);
        flag("unmatched-srcu-lock", !is_within(lock, sections.domain()));
        flag("unmatched-srcu-unlock", !is_within(unlock, sections.range()));
        let identity = s.on(s.m());
        flag("srcu-bad-value-match", is_changed_on_its_way(x, &sections));
        flag("multiple-srcu-matches", !(sections.inverse().then(&sections) - identity).is_empty());
        let ended = passed.to(unlock).domain();
        flag("suspicious-srcu-cookie-use", !passed.from(lock).then(&x.rf).to(!ended).is_empty());
        flag("illegal-srcu-cookie-ctrl", !carried.from(lock).then(&s.ctrl).is_empty());
        flag("illegal-srcu-cookie-addr", !carried.from(lock).then(&s.addr).is_empty());
    }
    raised
}

fn is_within(part: Set, whole: Set) -> bool {
    (part - whole).is_empty()
}

/// Whether a section ends with another index than it began with.
fn is_changed_on_its_way(x: &Execution<'_>, sections: &Rel) -> bool {
    if sections.is_empty() {
        return false;
    }
    let s = x.skeleton;
    let writes = x.rf.inverse();
    let mut values = vec![None; s.size()];
    // A complete execution accepts all that its reads get.
    settle(s, |read| writes.row(read).iter().next(), &mut values);
    let bits = |event: usize| values[event].map(|datum| datum.bits);
    sections.pairs().any(|(lock, unlock)| bits(lock) != bits(unlock))
}

/// Whether a thread makes a plain write and a marked access to one location, with no barrier between the two.
fn has_mixed_accesses(s: &Skeleton) -> bool {
    const BARRIERS: Tags = Tags::BARRIER
        .and(Tags::SMP_RMB)
        .and(Tags::SMP_WMB)
        .and(Tags::SMP_MB)
        .and(Tags::FULL)
        .and(Tags::SYNC_RCU)
        .and(Tags::SYNC_SRCU)
        .and(Tags::BEFORE_ATOMIC)
        .and(Tags::AFTER_ATOMIC)
        .and(Tags::RCU_LOCK)
        .and(Tags::RCU_UNLOCK)
        .and(Tags::SRCU_LOCK)
        .and(Tags::SRCU_UNLOCK);
    let plain = s.tagged(Tags::PLAIN) & s.m();
    if plain.is_empty() {
        return false;
    }
    let (acquire, release) = (s.tagged(Tags::ACQUIRE) & s.r, s.tagged(Tags::RELEASE) & s.w);
    let between = s.across(s.those(|event| event.tags.any(BARRIERS)) | acquire | release);
    // A fully ordered atomic has a barrier on each side.
    let full = s.tagged(Tags::FULL) & s.m();
    let barrier = between | s.po.to(release | full) | s.po.from(acquire | full);
    let (together, written, marked) = (&s.po_loc - barrier, plain & s.w, s.m() - plain);
    !(together.from(written).to(marked) | together.from(marked).to(written)).is_empty()
}
