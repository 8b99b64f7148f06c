//! RISC-V's assembly.

use super::{Assembly, Code, depends};
use crate::Tags;
use crate::cycle::build::{MISSED, name};
use crate::cycle::edge::{Annotation, Dependency, On, Op, Part};
use crate::cycle::shape::{Act, Exchange, Step};

pub(super) struct RiscV;

/// Registers are numbered from here: those before have a meaning of their own.
const FIRST: usize = 5;

fn x(register: usize) -> String {
    format!("x{}", register + FIRST)
}

impl Assembly for RiscV {
    fn register(&self, number: usize) -> String {
        x(number)
    }

    fn access(&self, code: &mut Code<'_>, step: &Step) -> Option<usize> {
        let at = address(code, step);
        match step.act {
            Act::Read(by) if by.on == On::Misses => Some(miss(code, by, at)),
            Act::Read(by) => {
                let to = code.fresh();
                code.line(format!("lw{} {},0({at})", suffix(by), x(to)));
                Some(to)
            }
            Act::Write(by, value) => {
                let from = data(code, step, value);
                code.line(format!("sw{} {from},0({at})", suffix(by)));
                None
            }
            Act::Rmw(exchange) if exchange.form.op.is_pair() => Some(pair(code, &exchange, step.expect, &at)),
            Act::Rmw(exchange) => {
                let name = if exchange.form.op == Op::Add { "amoadd" } else { "amoswap" };
                let (operand, old) = (constant(code, exchange.operand), code.fresh());
                code.line(format!("{name}.w{} {},{operand},({at})", exchange.order(), x(old)));
                Some(old)
            }
        }
    }

    fn branch(&self, code: &mut Code<'_>, _: &Dependency) {
        let label = code.label();
        code.line(format!("bne {},x0,{label}", x(code.last)));
        code.line(format!("{label}:"));
    }

    fn lock(&self, code: &mut Code<'_>) {
        let (at, old, status, one) = (code.address(super::LOCK), code.fresh(), code.fresh(), constant(code, 1));
        let end = code.end();
        code.count();
        code.line(format!("lr.w {},({})", x(old), x(at)));
        code.line(format!("sc.w {},{one},({})", x(status), x(at)));
        code.line(format!("bne {},x0,{end}", x(status)));
        code.line("fence r,rw");
        code.require_zero(old);
        code.require_zero(status);
    }

    fn unlock(&self, code: &mut Code<'_>) {
        let at = code.address(super::LOCK);
        code.line("fence rw,w");
        code.line(format!("sw x0,0({})", x(at)));
    }

    fn store_count(&self, code: &mut Code<'_>, count: usize) {
        let at = code.address(&super::counter(code.thread));
        code.line(format!("sw {},0({})", x(count), x(at)));
    }
}

/// How an access that is no read-modify-write is annotated.
fn suffix(by: &Annotation) -> &'static str {
    match (by.tags.has(Tags::ACQUIRE), by.tags.has(Tags::RELEASE)) {
        (true, true) => ".aqrl",
        (true, false) => ".aq",
        (false, true) => ".rl",
        (false, false) => "",
    }
}

fn constant(code: &mut Code<'_>, value: u64) -> String {
    let register = x(code.fresh());
    code.line(format!("ori {register},x0,{value}"));
    register
}

/// 0, computed from the latest read.
fn zeroed(code: &mut Code<'_>) -> String {
    let (zero, last) = (x(code.fresh()), x(code.last));
    code.line(format!("xor {zero},{last},{last}"));
    zero
}

fn address(code: &mut Code<'_>, step: &Step) -> String {
    let base = x(code.address(&name(step.cell)));
    if depends(step, Part::Address).is_none() {
        return base;
    }
    let (offset, at) = (zeroed(code), x(code.fresh()));
    code.line(format!("add {at},{base},{offset}"));
    at
}

fn data(code: &mut Code<'_>, step: &Step, value: u64) -> String {
    if depends(step, Part::Data).is_none() {
        return constant(code, value);
    }
    let (zero, sum) = (zeroed(code), x(code.fresh()));
    code.line(format!("addi {sum},{zero},{value}"));
    sum
}

fn pair(code: &mut Code<'_>, exchange: &Exchange, expect: u64, at: &str) -> usize {
    let (old, status, count, end) = (code.fresh(), x(code.fresh()), x(code.count()), code.end());
    let new = constant(code, exchange.operand);
    code.line(format!("lr.w{} {},({at})", suffix(exchange.read), x(old)));
    if exchange.form.op == Op::PairIf {
        let expect = constant(code, expect);
        code.line(format!("bne {},{expect},{end}", x(old)));
    }
    code.line(format!("sc.w{} {status},{new},({at})", suffix(exchange.write)));
    code.line(format!("bne {status},x0,{end}"));
    code.line(format!("addi {count},{count},1"));
    old
}

fn miss(code: &mut Code<'_>, by: &Annotation, at: String) -> usize {
    let (old, status, label) = (code.fresh(), x(code.fresh()), code.label());
    let (wanted, new) = (constant(code, MISSED.0), constant(code, MISSED.1));
    code.line(format!("lr.w{} {},({at})", suffix(by), x(old)));
    code.line(format!("bne {},{wanted},{label}", x(old)));
    code.line(format!("sc.w {status},{new},({at})"));
    code.line(format!("{label}:"));
    old
}
