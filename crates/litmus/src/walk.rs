//! What can be told of a test without running it.

use crate::ast::{Expression, Init, Statement, Test, Thread};
use crate::error::{Fault, Place};
use crate::vocabulary::Operation;

pub(crate) type Visit<'v> = &'v mut dyn FnMut(Operation, Place) -> Result<(), Fault>;

/// Visits every call in these statements.
pub(crate) fn calls(statements: &[Statement], visit: Visit<'_>) -> Result<(), Fault> {
    for statement in statements {
        match statement {
            Statement::Assign(_, value) | Statement::Evaluate(value) => calls_of(value, visit)?,
            Statement::Store { address, value, .. } => {
                calls_of(address, visit)?;
                calls_of(value, visit)?;
            }
            Statement::If { condition, then, otherwise } => {
                calls_of(condition, visit)?;
                calls(then, visit)?;
                calls(otherwise, visit)?;
            }
            Statement::While { condition, body, .. } => {
                calls_of(condition, visit)?;
                calls(body, visit)?;
            }
        }
    }
    Ok(())
}

fn calls_of(expression: &Expression, visit: Visit<'_>) -> Result<(), Fault> {
    match expression {
        Expression::Number(_) | Expression::Register(_) => Ok(()),
        Expression::Load(inner, _) | Expression::Unary(_, inner) => calls_of(inner, visit),
        Expression::Binary(_, a, b) => {
            calls_of(a, visit)?;
            calls_of(b, visit)
        }
        Expression::Call(call) => {
            visit(call.operation, call.place)?;
            call.arguments.iter().try_for_each(|argument| calls_of(argument, visit))
        }
    }
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
        Expression::Unary(_, inner) => yields(thread, inner),
        Expression::Binary(_, a, b) => yields(thread, a) || yields(thread, b),
        Expression::Number(_) | Expression::Load(..) | Expression::Call(_) => false,
    }
}

/// Whether a call in the expression is given an address to store.
fn passes(thread: &Thread, value: &Expression) -> bool {
    match value {
        Expression::Number(_) | Expression::Register(_) => false,
        Expression::Load(inner, _) | Expression::Unary(_, inner) => passes(thread, inner),
        Expression::Binary(_, a, b) => passes(thread, a) || passes(thread, b),
        Expression::Call(call) => {
            let operands = call.arguments.get(1..).unwrap_or_default();
            operands.iter().any(|operand| yields(thread, operand))
                || call.arguments.iter().any(|argument| passes(thread, argument))
        }
    }
}
