//! A witness as a Graphviz graph.

use std::fmt::Write;

use super::Witness;

/// The colours of the communication edges, as herd draws them.
pub(super) const EDGES: [(&str, &str); 3] = [("rf", "#b00000"), ("co", "#0000c0"), ("fr", "#c07000")];

/// Its name, its colour, and the two operations as (thread, operation).
pub(super) type Edge = (&'static str, &'static str, (usize, usize), (usize, usize));

impl Witness {
    /// A drawing for `dot`: a cluster for each thread; reads-from, coherence and from-reads between them; below, the order
    /// that is missing.
    pub fn to_dot(&self) -> String {
        let mut dot = String::from("digraph witness {\n  rankdir=TB;\n  node [shape=box, fontname=monospace];\n");
        let _ = writeln!(dot, "  labelloc=b;\n  fontname=monospace;\n  label={};", quoted(&self.summary()));
        let rows = self.story();
        for (thread, name) in self.names.iter().enumerate() {
            let _ = writeln!(dot, "  subgraph cluster_{thread} {{\n    label={};", quoted(name));
            for row in rows.iter().filter(|row| row.thread == thread) {
                let index = row.operation;
                let label = quoted(&format!("{}: {}{}\n{:#}", row.letter, row.what, row.result, row.site));
                let _ = writeln!(dot, "    t{thread}_{index} [label={label}];");
                if index > 0 {
                    let _ = writeln!(dot, "    t{thread}_{} -> t{thread}_{index} [label=po];", index - 1);
                }
            }
            dot.push_str("  }\n");
        }
        for (name, colour, from, to) in self.edges() {
            let node = |(thread, operation)| format!("t{thread}_{operation}");
            let _ = writeln!(
                dot,
                "  {} -> {} [label={name}, color={colour:?}, fontcolor={colour:?}, constraint=false];",
                node(from),
                node(to)
            );
        }
        dot.push_str("}\n");
        dot
    }

    /// Communication between threads; of two edges between the same operations, the first in the order of [`EDGES`].
    pub(super) fn edges(&self) -> Vec<Edge> {
        let fr = self.rf.inverse().then(&self.co);
        let mut edges: Vec<Edge> = Vec::new();
        for ((name, colour), rel) in EDGES.into_iter().zip([&self.rf, &self.co, &fr]) {
            // Of coherence and from-reads only the steps that no other one implies.
            let steps = rel - rel.then(&self.co);
            for (a, b) in steps.pairs() {
                let node = |event: usize| {
                    let event = &self.skeleton.events[event];
                    let thread = event.thread?;
                    self.operation(thread, event.operation).map(|_| (thread, event.operation))
                };
                if let (Some(from), Some(to)) = (node(a), node(b))
                    && from.0 != to.0
                    && edges.iter().all(|&(.., a, b)| (a, b) != (from, to))
                {
                    edges.push((name, colour, from, to));
                }
            }
        }
        edges
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
