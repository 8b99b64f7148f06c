//! x86-64's assembly.

use super::{Assembly, Code};
use crate::cycle::build::{MISSED, name};
use crate::cycle::edge::{On, Op, Shown};
use crate::cycle::shape::{Act, Step};

pub(super) struct X86;

/// The registers but `rax`, which `cmpxchg` uses, as conditions and as 32-bit instructions name them.
const REGISTERS: [(&str, &str); 14] = [
    ("rbx", "ebx"),
    ("rcx", "ecx"),
    ("rdx", "edx"),
    ("rsi", "esi"),
    ("rdi", "edi"),
    ("r8", "r8d"),
    ("r9", "r9d"),
    ("r10", "r10d"),
    ("r11", "r11d"),
    ("r12", "r12d"),
    ("r13", "r13d"),
    ("r14", "r14d"),
    ("r15", "r15d"),
    ("rbp", "ebp"),
];

fn name32(register: usize) -> String {
    REGISTERS.get(register).map_or_else(|| format!("r{register}d"), |(_, short)| (*short).to_owned())
}

impl Assembly for X86 {
    fn register(&self, number: usize) -> String {
        REGISTERS.get(number).map_or_else(|| format!("r{number}"), |(long, _)| (*long).to_owned())
    }

    fn access(&self, code: &mut Code<'_>, step: &Step) -> Option<usize> {
        let at = name(step.cell);
        match step.act {
            Act::Read(by) if by.on == On::Misses => Some(compare_and_exchange(code, &at, MISSED.0, MISSED.1)),
            Act::Read(_) => {
                let to = code.fresh();
                code.line(format!("movl ({at}),%{}", name32(to)));
                Some(to)
            }
            Act::Write(by, value) if by.on == On::Exchanges => Some(exchange(code, &at, value)),
            Act::Write(_, value) => {
                code.line(format!("movl ${value},({at})"));
                None
            }
            Act::Rmw(x) if x.form.result == Shown::Never => {
                code.line(format!("lock addl ${},({at})", x.operand));
                None
            }
            Act::Rmw(x) if x.form.op == Op::Cas => Some(compare_and_exchange(code, &at, step.expect, x.operand)),
            Act::Rmw(x) => Some(exchange(code, &at, x.operand)),
        }
    }

    fn lock(&self, code: &mut Code<'_>) {
        let old = exchange(code, super::LOCK, 1);
        code.require_zero(old);
    }

    fn unlock(&self, code: &mut Code<'_>) {
        code.line(format!("movl $0,({})", super::LOCK));
    }
}

fn exchange(code: &mut Code<'_>, at: &str, value: u64) -> usize {
    let register = code.fresh();
    let short = name32(register);
    code.line(format!("movl ${value},%{short}"));
    code.line(format!("xchgl ({at}),%{short}"));
    register
}

fn compare_and_exchange(code: &mut Code<'_>, at: &str, expect: u64, value: u64) -> usize {
    let (new, old) = (code.fresh(), code.fresh());
    code.line(format!("movl ${expect},%eax"));
    code.line(format!("movl ${value},%{}", name32(new)));
    code.line(format!("lock cmpxchgl ({at}),%{}", name32(new)));
    code.line(format!("movl %eax,%{}", name32(old)));
    old
}
