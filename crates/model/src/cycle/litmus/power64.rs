//! POWER's assembly.

use super::{Assembly, Code, depends};
use crate::cycle::build::{MISSED, name};
use crate::cycle::edge::{Dependency, On, Op, Part};
use crate::cycle::shape::{Act, Exchange, Step};

pub(super) struct Power;

/// Registers are numbered from here: `r0` as a base is the number 0.
const FIRST: usize = 1;

fn r(register: usize) -> String {
    format!("r{}", register + FIRST)
}

impl Assembly for Power {
    fn register(&self, number: usize) -> String {
        r(number)
    }

    fn access(&self, code: &mut Code<'_>, step: &Step) -> Option<usize> {
        let at = r(code.address(&name(step.cell)));
        let index = depends(step, Part::Address).map(|_| zeroed(code));
        match step.act {
            Act::Read(by) if by.on == On::Misses => Some(miss(code, &at, index)),
            Act::Read(_) => {
                let to = code.fresh();
                code.line(match index {
                    None => format!("lwz {},0({at})", r(to)),
                    Some(index) => format!("lwzx {},{index},{at}", r(to)),
                });
                Some(to)
            }
            Act::Write(_, value) => {
                let from = data(code, step, value);
                code.line(match index {
                    None => format!("stw {from},0({at})"),
                    Some(index) => format!("stwx {from},{index},{at}"),
                });
                None
            }
            Act::Rmw(exchange) => Some(pair(code, &exchange, step.expect, &at, index)),
        }
    }

    fn branch(&self, code: &mut Code<'_>, _: &Dependency) {
        let (last, label) = (r(code.last), code.label());
        code.line(format!("cmpw {last},{last}"));
        code.line(format!("beq {label}"));
        code.line(format!("{label}:"));
    }

    fn lock(&self, code: &mut Code<'_>) {
        let (at, old, failed, end) = (r(code.address(super::LOCK)), code.fresh(), code.fresh(), code.end());
        let one = constant(code, 1);
        code.count();
        code.line(format!("li {},1", r(failed)));
        code.line(format!("lwarx {},r0,{at}", r(old)));
        code.line(format!("stwcx. {one},r0,{at}"));
        code.line(format!("bne {end}"));
        code.line(format!("li {},0", r(failed)));
        code.line("lwsync");
        code.require_zero(old);
        code.require_zero(failed);
    }

    fn unlock(&self, code: &mut Code<'_>) {
        let (at, zero) = (r(code.address(super::LOCK)), constant(code, 0));
        code.line("lwsync");
        code.line(format!("stw {zero},0({at})"));
    }

    fn store_count(&self, code: &mut Code<'_>, count: usize) {
        let at = code.address(&super::counter(code.thread));
        code.line(format!("stw {},0({})", r(count), r(at)));
    }
}

fn constant(code: &mut Code<'_>, value: u64) -> String {
    let register = r(code.fresh());
    code.line(format!("li {register},{value}"));
    register
}

/// 0, computed from the latest read.
fn zeroed(code: &mut Code<'_>) -> String {
    let (zero, last) = (r(code.fresh()), r(code.last));
    code.line(format!("xor {zero},{last},{last}"));
    zero
}

fn data(code: &mut Code<'_>, step: &Step, value: u64) -> String {
    if depends(step, Part::Data).is_none() {
        return constant(code, value);
    }
    let (zero, sum) = (zeroed(code), r(code.fresh()));
    code.line(format!("addi {sum},{zero},{value}"));
    sum
}

fn pair(code: &mut Code<'_>, exchange: &Exchange, expect: u64, at: &str, index: Option<String>) -> usize {
    let index = index.unwrap_or_else(|| "r0".to_owned());
    let (old, count, end) = (code.fresh(), r(code.count()), code.end());
    let new = constant(code, exchange.operand);
    code.line(format!("lwarx {},{index},{at}", r(old)));
    if exchange.form.op == Op::PairIf {
        code.line(format!("cmpwi {},{expect}", r(old)));
        code.line(format!("bne {end}"));
    }
    code.line(format!("stwcx. {new},{index},{at}"));
    code.line(format!("bne {end}"));
    code.line(format!("addi {count},{count},1"));
    old
}

fn miss(code: &mut Code<'_>, at: &str, index: Option<String>) -> usize {
    let index = index.unwrap_or_else(|| "r0".to_owned());
    let (old, label, new) = (code.fresh(), code.label(), constant(code, MISSED.1));
    code.line(format!("lwarx {},{index},{at}", r(old)));
    code.line(format!("cmpwi {},{}", r(old), MISSED.0));
    code.line(format!("bne {label}"));
    code.line(format!("stwcx. {new},{index},{at}"));
    code.line(format!("{label}:"));
    old
}
