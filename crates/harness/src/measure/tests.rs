//! Every strategy does its work in every workload, and the harness notices one that does not.

use std::time::Duration;

use fencepost_folio::{Claim, Folio, LayoutName, Overlay, Return, Strategy, Zone};
use fencepost_memory::{Kernel, Memory};
use fencepost_report::Case;
use fencepost_report::stats::MIN_SAMPLES;
use fencepost_strategies::ids;

use super::bench::Bench;
use super::memmap::{BLOCK, Memmap};
use super::place::Here;
use super::*;

#[test]
fn every_strategy_does_its_work() {
    let mut memmap = Memmap::new(8 * BLOCK);
    for id in ids() {
        for lowering in Lowering::ALL {
            for workload in Workload::ALL {
                for setting in Setting::ALL {
                    let mut bench = Bench::new(&mut memmap, id, lowering, workload, setting).unwrap();
                    assert!(bench.time(20 * BLOCK as u64).is_ok(), "{id} {lowering:?} {workload:?} {setting:?}");
                    assert!(bench.time(1).is_ok(), "{id} {lowering:?} {workload:?} {setting:?}");
                }
            }
        }
    }
}

#[test]
fn every_case_is_measured_with_every_sample() {
    let mut memmap = Memmap::new(0);
    let mut told = Vec::new();
    let plan = Plan::new(&["empty", "flagword"], &[], &[]).unwrap();
    let effort = Effort { budget: Duration::ZERO, rounds: MIN_SAMPLES };
    let measured = measure(&mut memmap, &plan, effort, |done, total| told.push((done, total)));

    let strategies = 1 + 2 + 2; // the baseline too, and its copy
    assert_eq!(measured.len(), strategies * Lowering::ALL.len() * Workload::ALL.len() * Setting::ALL.len());
    for measurement in &measured {
        let figures = measurement.figures.as_ref().unwrap_or_else(|why| panic!("{:?}: {why}", measurement.case));
        assert_eq!(figures.n, MIN_SAMPLES);
        let Case { strategy, workload, .. } = &measurement.case;
        let caught = strategy.starts_with(BASELINE) && workload == Workload::RejectSlab.name();
        let note = measurement.note.as_deref().unwrap_or_default();
        assert_eq!((note.contains("misidentified"), figures.verified == 0), (caught, caught), "{:?}", measurement.case);
        assert_eq!(note.contains("another address"), strategy.ends_with(" (copy)"), "{:?}", measurement.case);
    }
    assert!(told.is_sorted_by(|a, b| a.0 <= b.0 && a.1 == b.1));
    assert_eq!(told.last().map(|last| last.0), told.last().map(|last| last.1));
}

/// The unprotected code by another name, changed in one step.
macro_rules! wrong {
    ($name:ident $(, $step:item)?) => {
        #[derive(Clone, Copy, Default)]
        struct $name;
        impl Strategy for $name {
            const FAMILY: &'static str = "test";
            const VARIANT: &'static str = stringify!($name);
            const LAYOUT: LayoutName = LayoutName::Own;
            const CLAIM: Claim = Claim::NOTHING;
            fn slab_alloc<M: Memory>(m: &M, folio: &Folio<M>) {
                Self::page_alloc(m, folio);
            }
            fn slab_free<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> bool {
                Self::put(m, zone, folio)
            }
            fn looks_movable<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
                folio.reads_movable(m)
            }
            $($step)?
        }
    };
}

wrong!(Gullible);
wrong!(
    Eager,
    fn precheck<M: Memory>(_: &M, _: &Folio<M>) -> bool {
        true
    }
);
wrong!(
    Timid,
    fn confirm<M: Memory>(_: &M, _: &Folio<M>) -> Option<M::Word> {
        None
    }
);
wrong!(
    Leaky,
    fn put<M: Memory>(_: &M, _: &Zone<M>, _: &Folio<M>) -> bool {
        false
    }
);
wrong!(
    Forgetful,
    fn put_back<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> Return<M> {
        Return { unlocked: 0.into(), freed: Self::put(m, zone, folio) }
    }
);

/// The error after one block.
fn error<S: Strategy>(workload: Workload) -> String {
    let memmap = Memmap::new(0);
    Bench::of::<S, Here>(&memmap, Lowering::Kernel, workload, vec![1, 2]).run(1).unwrap_err()
}

#[test]
fn a_wrong_strategy_has_an_error_and_no_figure() {
    let wild = Folio::<Kernel>::operations(Overlay::RcuCallback.native());
    assert_eq!(
        error::<Gullible>(Workload::RejectSlab),
        format!(
            "expected 64 operations to be refused for want of a reference or refused as not movable or refused under \
             the lock; saw 64 misidentified (wild movable_operations {wild:#x})"
        )
    );
    let rejected = "expected 64 operations to be rejected by the pre-check; saw 64 passed by the pre-check";
    assert_eq!(error::<Eager>(Workload::Precheck), rejected);
    let isolated = "expected 64 operations to be isolated and put back; saw 64 refused under the lock";
    assert_eq!(error::<Timid>(Workload::Isolate), isolated);
    for workload in Workload::ALLOCATOR {
        assert_eq!(error::<Leaky>(workload), "expected 64 operations to be freed; saw 64 not freed");
    }
    assert_eq!(
        error::<Leaky>(Workload::Isolate),
        "expected descriptor 0 of a block to be left with flags 0x0, page type 0xffffffff, reference count 1; \
         saw flags 0x0, page type 0xffffffff, reference count 2"
    );
    assert_eq!(
        error::<Forgetful>(Workload::Isolate),
        "expected descriptor 0 of a block to be left with flags 0x0, page type 0xffffffff, reference count 1; \
         saw flags 0x4, page type 0xffffffff, reference count 1"
    );
}
