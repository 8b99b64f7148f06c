//! What can be told of a test without running it.

use std::collections::BTreeSet;

use crate::ast::{Expression, Init, Statement, Test, Thread};

/// Visits every expression in these statements, and every part of one.
pub(crate) fn expressions(statements: &[Statement], visit: &mut dyn FnMut(&Expression)) {
    for statement in statements {
        match statement {
            Statement::Assign(_, value) | Statement::Evaluate(value) => parts(value, visit),
            Statement::Store { address, value, .. } => {
                parts(address, visit);
                parts(value, visit);
            }
            Statement::If { condition, then, otherwise } => {
                parts(condition, visit);
                expressions(then, visit);
                expressions(otherwise, visit);
            }
            Statement::While { condition, body } => {
                parts(condition, visit);
                expressions(body, visit);
            }
        }
    }
}

fn parts(expression: &Expression, visit: &mut dyn FnMut(&Expression)) {
    visit(expression);
    match expression {
        Expression::Number(..) | Expression::Register(_) => {}
        Expression::Load(inner, _) | Expression::Cast(_, inner) | Expression::Unary(_, inner) => parts(inner, visit),
        Expression::Binary(_, a, b, _) => {
            parts(a, visit);
            parts(b, visit);
        }
        Expression::Call(call) => call.arguments.iter().for_each(|argument| parts(argument, visit)),
    }
}

/// The numbers that stand in the code of a test that branches; none of one that does not.
pub(crate) fn numbers_to_branch_on(test: &Test) -> BTreeSet<i64> {
    let branches = |statement: &Statement| matches!(statement, Statement::If { .. } | Statement::While { .. });
    let mut numbers = BTreeSet::new();
    if test.threads.iter().any(|thread| thread.body.iter().any(branches)) {
        for thread in &test.threads {
            expressions(&thread.body, &mut |expression| {
                if let Expression::Number(number, _) = expression {
                    numbers.insert(*number);
                }
            });
        }
    }
    numbers
}

/// Whether an address may be in memory, or in a register that is not a parameter left as it was.
pub(crate) fn addresses_travel(test: &Test) -> bool {
    let initially = test.globals.iter().flat_map(|global| &global.init).any(|init| matches!(init, Init::Address(..)));
    initially || test.threads.iter().any(|thread| sends(thread, &thread.body))
}

/// Whether these statements assign or store an address, or assign to a register that begins as one.
fn sends(thread: &Thread, statements: &[Statement]) -> bool {
    statements.iter().any(|statement| match statement {
        Statement::Assign(register, value) => {
            thread.registers[*register].is_address() || yields(thread, value) || passes(thread, value)
        }
        Statement::Store { address, value, .. } => {
            yields(thread, value) || passes(thread, address) || passes(thread, value)
        }
        Statement::If { condition, then, otherwise } => {
            passes(thread, condition) || sends(thread, then) || sends(thread, otherwise)
        }
        Statement::While { condition, body } => passes(thread, condition) || sends(thread, body),
        Statement::Evaluate(value) => passes(thread, value),
    })
}

/// Whether the value may be an address, if no address travels.
fn yields(thread: &Thread, value: &Expression) -> bool {
    match value {
        Expression::Register(register) => thread.registers[*register].is_address(),
        Expression::Cast(_, inner) | Expression::Unary(_, inner) => yields(thread, inner),
        Expression::Binary(_, a, b, _) => yields(thread, a) || yields(thread, b),
        Expression::Number(..) | Expression::Load(..) | Expression::Call(_) => false,
    }
}

/// Whether a call in the expression is given an address to store.
fn passes(thread: &Thread, value: &Expression) -> bool {
    match value {
        Expression::Number(..) | Expression::Register(_) => false,
        Expression::Load(inner, _) | Expression::Cast(_, inner) | Expression::Unary(_, inner) => passes(thread, inner),
        Expression::Binary(_, a, b, _) => passes(thread, a) || passes(thread, b),
        Expression::Call(call) => {
            let operands = call.arguments.get(1..).unwrap_or_default();
            operands.iter().any(|operand| yields(thread, operand))
                || call.arguments.iter().any(|argument| passes(thread, argument))
        }
    }
}
