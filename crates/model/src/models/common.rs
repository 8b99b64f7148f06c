//! What every model here has in common, as a model: an execution that it forbids is forbidden by all of them.
//!
//! Each location alone is sequentially consistent, a read-modify-write is atomic, and what acquire and release order
//! happens before: the coherence axiom of RC11 (Lahav et al., PLDI 2017), without dependencies and the axioms on causality,
//! in which the models differ. Two more things are left out for LKMM. Only marked accesses tell what happened before, for
//! what is read from a plain write that races need not have been written before. And a thread acquires nothing by reading
//! its own write, not even that of a read-modify-write in a release sequence.
//!
//! `smp_wmb` and `smp_rmb` order less than a release and an acquire: the one does not pass on what its thread has read, the
//! other holds back no write. So a chain may begin with a write before an `smp_wmb`, and end with a read after an
//! `smp_rmb`, and that is all.
//!
//! Nobody is judged by this model. It is asked once what a program can do at most, so that each model is asked about less.

use super::rc11::{happens_before, sides, told};
use super::{Axioms, Model};
use crate::Tags;
use crate::relation::Rel;
use crate::skeleton::Skeleton;

pub(crate) static COMMON: Model = Model { name: "common", source: "", axioms, races: None, flags: None };

fn axioms(s: &Skeleton) -> Axioms {
    let (before, after) = sides(s);
    let marked = !s.tagged(Tags::PLAIN) & s.m();
    let wmb = s.across(s.tagged(Tags::SMP_WMB)).from(s.w).to(s.w & marked);
    // An atomic operation without a result is not waited for.
    let waited_for = (s.r & marked) - s.tagged(Tags::NORETURN);
    let rmb = s.across(s.tagged(Tags::SMP_RMB)).from(waited_for).to(waited_for);
    Box::new(move |x| {
        if !x.coherent() || !x.atomic() {
            return false;
        }
        let eco = x.eco(marked);
        let is_respected = |order: &Rel| order.irreflexive() && order.then_irreflexive(&eco);
        let told = told(x, &x.rfe);
        let hb = happens_before(x, &told, &before, &after);
        if !is_respected(&hb) {
            return false;
        }
        if wmb.is_empty() && rmb.is_empty() {
            return true;
        }
        let begun = wmb.then(&told);
        let passed_on = begun.then(&after).then_opt(&hb);
        let ended = (begun | (hb | &passed_on).opt().then(&before).then(&told)).then(&rmb);
        is_respected(&(passed_on | ended))
    })
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use crate::target::allowed_more;
    use crate::{Bounds, Checker, Cycle, Dialect};

    /// What orders a chain to somebody who takes one of its links for another.
    const ALMOST_ORDERED: [&str; 9] = [
        // smp_wmb() passes on nothing that was read, nor what was told to its thread.
        "Rfe FenceWmbdRW RfePAcquire PodRRAcquireP Fre",
        "PodWWPRelease RfeReleaseAcquire PodRWAcquireP FenceWmbdWW RfePAcquire PodRRAcquireP Fre",
        // smp_rmb() holds no write back, and nothing is passed on by one.
        "PodRWPRelease RfeReleaseP FenceRmbdRW Rfe",
        "PodWWPRelease RfeReleaseP FenceRmbdRR PodRW RfePAcquire PodRRAcquireP Fre",
        "Rfe FenceMbdRW Coe Rfe FenceRmbdRR PodRW Coe",
        // Neither orders the other kind of access, smp_rmb() not even an atomic operation without a result.
        "FenceRmbdWW Rfe FenceRmbdRR Fre",
        "FenceWmbdWW Rfe FenceWmbdRR Fre",
        "FenceMbdRW Rfe FenceWmbdRW Rfe",
        "AtomicAdd FenceRmbdWR Fre RfePMiss DpCtrldWMissRelease RfeReleaseP",
    ];

    #[test]
    fn what_a_target_allows_of_the_cycles_is_allowed_by_weaker_ones() {
        let tables = [include_str!("../../tests/data/lkmm.tsv"), include_str!("../../tests/data/own-lkmm.tsv")];
        let rows = tables.iter().flat_map(|table| table.lines().skip(1).step_by(5));
        let texts = rows.filter_map(|row| row.split('\t').nth(1)).chain(ALMOST_ORDERED);
        let cycles: Vec<Cycle> = texts.map(|text| Cycle::parse(Dialect::Linux, text).expect(text)).collect();
        let more_of = |cycle: &Cycle| {
            let more = allowed_more(&Checker::new(&cycle.test().program, &Bounds::default()));
            more.into_iter().map(|more| format!("{cycle}: {more}")).collect::<Vec<_>>()
        };
        let more: Vec<String> = cycles.par_iter().flat_map_iter(more_of).collect();
        assert!(more.is_empty(), "of {} cycles:\n{}", cycles.len(), more.join("\n"));
    }
}
