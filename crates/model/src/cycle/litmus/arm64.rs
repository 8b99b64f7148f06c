//! AArch64's assembly.

use super::{Assembly, Code, depends};
use crate::Tags;
use crate::cycle::build::{MISSED, name};
use crate::cycle::edge::{Dependency, On, Op, Part, Shown};
use crate::cycle::shape::{Act, Exchange, Step};

pub(super) struct Arm;

impl Assembly for Arm {
    fn register(&self, number: usize) -> String {
        format!("X{number}")
    }

    fn access(&self, code: &mut Code<'_>, step: &Step) -> Option<usize> {
        let at = address(code, step);
        match step.act {
            Act::Read(by) if by.on == On::Misses && by.tags.has(Tags::EXCLUSIVE) => {
                let (old, differs, status, label) = (code.fresh(), code.fresh(), code.fresh(), code.label());
                let new = constant(code, MISSED.1);
                let load = if by.tags.has(Tags::ACQUIRE) { "LDAXR" } else { "LDXR" };
                code.line(format!("{load} W{old},[X{at}]"));
                code.line(format!("SUB W{differs},W{old},#{}", MISSED.0));
                code.line(format!("CBNZ W{differs},{label}"));
                code.line(format!("STXR W{status},W{new},[X{at}]"));
                code.line(format!("{label}:"));
                Some(old)
            }
            Act::Read(by) if by.on == On::Misses => {
                let (old, new) = (constant(code, MISSED.0), constant(code, MISSED.1));
                let suffix = if by.tags.has(Tags::ACQUIRE) { "AL" } else { "" };
                code.line(format!("CAS{suffix} W{old},W{new},[X{at}]"));
                Some(old)
            }
            Act::Read(by) => {
                let load = match (by.tags.has(Tags::ACQUIRE), by.tags.has(Tags::ACQUIRE_PC)) {
                    (true, _) => "LDAR",
                    (_, true) => "LDAPR",
                    _ => "LDR",
                };
                let to = code.fresh();
                code.line(format!("{load} W{to},[X{at}]"));
                Some(to)
            }
            Act::Write(by, value) => {
                let from = data(code, step, value);
                let store = if by.tags.has(Tags::RELEASE) { "STLR" } else { "STR" };
                code.line(format!("{store} W{from},[X{at}]"));
                None
            }
            Act::Rmw(x) if x.form.op.is_pair() => Some(pair(code, &x, step.expect, at)),
            Act::Rmw(x) => atomic(code, &x, step.expect, at),
        }
    }

    fn branch(&self, code: &mut Code<'_>, dependency: &Dependency) {
        let on = if dependency.select { selected(code) } else { code.last };
        let label = code.label();
        code.line(format!("CBNZ W{on},{label}"));
        code.line(format!("{label}:"));
    }

    fn lock(&self, code: &mut Code<'_>) {
        let (at, one, old) = (code.address(super::LOCK), constant(code, 1), code.fresh());
        code.line(format!("SWPA W{one},W{old},[X{at}]"));
        code.require_zero(old);
    }

    fn unlock(&self, code: &mut Code<'_>) {
        let (at, zero) = (code.address(super::LOCK), constant(code, 0));
        code.line(format!("STLR W{zero},[X{at}]"));
    }

    fn store_count(&self, code: &mut Code<'_>, count: usize) {
        let at = code.address(&super::counter(code.thread));
        code.line(format!("STR W{count},[X{at}]"));
    }
}

fn constant(code: &mut Code<'_>, value: u64) -> usize {
    let register = code.fresh();
    code.line(format!("MOV W{register},#{value}"));
    register
}

/// 0, computed from the latest read; through a select if the dependency is one.
fn zeroed(code: &mut Code<'_>, dependency: &Dependency) -> usize {
    if dependency.select {
        let (select, zero) = (selected(code), code.fresh());
        code.line(format!("AND W{zero},W{select},#2"));
        return zero;
    }
    let (last, zero) = (code.last, code.fresh());
    code.line(format!("EOR W{zero},W{last},W{last}"));
    zero
}

/// 0 or 1, selected by whether the latest read returned 0.
fn selected(code: &mut Code<'_>) -> usize {
    let (one, zero, select, last) = (constant(code, 1), constant(code, 0), code.fresh(), code.last);
    code.line(format!("CMP W{last},#0"));
    code.line(format!("CSEL W{select},W{one},W{zero},EQ"));
    select
}

fn address(code: &mut Code<'_>, step: &Step) -> usize {
    let base = code.address(&name(step.cell));
    match depends(step, Part::Address) {
        None => base,
        Some(dependency) => {
            let (offset, at) = (zeroed(code, dependency), code.fresh());
            code.line(format!("ADD X{at},X{base},W{offset},SXTW"));
            at
        }
    }
}

fn data(code: &mut Code<'_>, step: &Step, value: u64) -> usize {
    match depends(step, Part::Data) {
        None => constant(code, value),
        Some(dependency) => {
            let (zero, sum) = (zeroed(code, dependency), code.fresh());
            code.line(format!("ADD W{sum},W{zero},#{value}"));
            sum
        }
    }
}

fn pair(code: &mut Code<'_>, x: &Exchange, expect: u64, at: usize) -> usize {
    let (old, status, count, end) = (code.fresh(), code.fresh(), code.count(), code.end());
    let new = constant(code, x.operand);
    let (load, store) =
        (if x.read.tags.has(Tags::ACQUIRE) { "A" } else { "" }, if x.write.tags.has(Tags::RELEASE) { "L" } else { "" });
    code.line(format!("LD{load}XR W{old},[X{at}]"));
    if x.form.op == Op::PairIf {
        let differs = code.fresh();
        code.line(format!("SUB W{differs},W{old},#{expect}"));
        code.line(format!("CBNZ W{differs},{end}"));
    }
    code.line(format!("ST{store}XR W{status},W{new},[X{at}]"));
    code.line(format!("CBNZ W{status},{end}"));
    code.line(format!("ADD W{count},W{count},#1"));
    old
}

fn atomic(code: &mut Code<'_>, x: &Exchange, expect: u64, at: usize) -> Option<usize> {
    let suffix = x.order();
    let operand = constant(code, x.operand);
    let name = match x.form.op {
        Op::Add => "ADD",
        Op::Or => "SET",
        Op::AndNot => "CLR",
        Op::Xor => "EOR",
        Op::Cas => {
            let old = constant(code, expect);
            code.line(format!("CAS{suffix} W{old},W{operand},[X{at}]"));
            return Some(old);
        }
        Op::Swap | Op::Pair | Op::PairIf => {
            let old = code.fresh();
            code.line(format!("SWP{suffix} W{operand},W{old},[X{at}]"));
            return Some(old);
        }
    };
    if x.form.result == Shown::Never {
        code.line(format!("ST{name}{suffix} W{operand},[X{at}]"));
        return None;
    }
    let old = code.fresh();
    code.line(format!("LD{name}{suffix} W{operand},W{old},[X{at}]"));
    Some(old)
}
