//! What a witness looks like, held against `golden.txt`.

use fencepost_memory::{Memory, Order, Rmw, Word};

use crate::{Barrier, Bounds, CellRef, Checker, Cpu, Frame, Program, Reason, Target};

#[track_caller]
fn look(m: &Cpu, cell: &CellRef<u64>) -> u64 {
    m.called(|m| m.read_once(cell).observe())
}

/// A message is passed without the reader's barrier.
fn program() -> Program {
    let mut p = Program::new();
    let (pointer, ready, users) = (p.cell::<u64>("pointer", 0), p.cell::<u64>("ready", 0), p.cell::<u64>("users", 0));
    let _unused = p.cell::<u64>("unused", 7);
    p.thread("sender", move |m| {
        m.write_once(&pointer, 0xffff_ffff_8132_5cb2.into());
        m.smp_wmb();
        m.write_once(&ready, 0x20.into());
        vec![]
    });
    p.thread("receiver", move |m| {
        let _ = m.fetch(&users, Rmw::Add, 1.into(), Order::Acquire);
        let flag = look(m, &ready);
        vec![flag, look(m, &pointer)]
    });
    p
}

#[test]
fn a_witness_is_told_in_columns_and_names_the_missing_order() {
    let checker = Checker::new(&program(), &Bounds::default());
    let target = Target::named("arm64-kernel-lse").expect("a target of that name");
    let judged = checker.judge(&target, |state| state.results()[1] == [0x20, 0]);
    let witness = judged.verdict.witness().expect("the read barrier is missing");
    assert_eq!(witness.to_string(), include_str!("golden.txt"));

    let Reason::Missing(gaps) = witness.reason() else { panic!("{:?}", witness.reason()) };
    let [gap] = gaps.as_slice() else { panic!("one order is missing: {gaps:?}") };
    assert_eq!((gap.thread.as_str(), gap.barrier), ("receiver", Barrier::Read));
    assert_eq!((gap.before.what.as_str(), gap.after.what.as_str()), ("READ_ONCE(ready)", "READ_ONCE(pointer)"));
    let path = gap.before.site.frames()[0].to_string();
    assert!(path.ends_with("src/witness/golden.rs:25"), "{path}");
    // Both pictures say it too.
    let said = "before f (READ_ONCE(pointer)";
    assert!(witness.summary().contains(said), "{}", witness.summary());
    assert!(witness.to_dot().contains("label=rf") && witness.to_dot().contains(said));
    assert!(witness.to_svg().ends_with("</svg>\n") && witness.to_svg().contains(said));
}

#[test]
fn a_label_stands_for_the_lines_of_an_interpreter() {
    let mut p = Program::new();
    let x = p.cell::<u64>("x", 0);
    p.thread("P0", move |m| {
        m.labelled(&"MP.litmus:12".into(), |m| m.write_once(&x, 1.into()));
        vec![]
    });
    let sites = Checker::new(&p, &Bounds::default()).sites();
    let site = sites.first().expect("one operation");
    assert_eq!((sites.len(), site.to_string().as_str()), (1, "MP.litmus:12"));
    assert_eq!(site.frames(), [Frame::Label("MP.litmus:12".into())]);
}
