//! A witness as a picture.

use std::fmt::Write;

use super::Witness;
use super::dot::EDGES;
use super::story::Row;

const ROW: usize = 44;
const TOP: usize = 48;
const MARGIN: usize = 16;
const GUTTER: usize = 60;
/// A monospaced character at 13 pixels.
const CHARACTER: usize = 8;

impl Witness {
    /// An SVG drawing: a column for each thread, time downwards, communication as arrows.
    pub fn to_svg(&self) -> String {
        let rows = self.story();
        let what = |row: &Row| format!("{}: {}{}", row.letter, row.what, row.result);
        let line = |row: &Row| format!("{:#}", row.site);
        let mut widths: Vec<_> = self.names.iter().map(|name| name.chars().count()).collect();
        for row in &rows {
            widths[row.thread] = widths[row.thread].max(what(row).chars().count()).max(line(row).chars().count());
        }
        let widths: Vec<_> = widths.iter().map(|characters| characters * CHARACTER + 2 * MARGIN).collect();
        let left = |column: usize| MARGIN + widths[..column].iter().map(|width| width + GUTTER).sum::<usize>();
        let reason = self.reason().to_string();
        let lines = reason.lines().count();
        let columns = left(self.names.len());
        let width =
            columns.max(reason.lines().map(|line| line.chars().count() * CHARACTER).max().unwrap_or(0) + 2 * MARGIN);
        let height = TOP + rows.len() * ROW + (lines + 2) * 20;

        let mut svg = String::new();
        let title = escaped(&format!("{} under {}", self.target.lowering.name, self.target.model.name));
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" role=\"img\" \
             font-family=\"monospace\" font-size=\"13\">\n<title>{title}</title>\n<desc>{}</desc>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<defs>\n",
            escaped(&reason)
        );
        for (name, colour) in EDGES {
            let _ = writeln!(
                svg,
                "<marker id=\"{name}\" markerWidth=\"9\" markerHeight=\"9\" refX=\"8\" refY=\"4\" orient=\"auto\">\
                 <path d=\"M0,0 L8,4 L0,8 z\" fill=\"{colour}\"/></marker>"
            );
        }
        svg.push_str("</defs>\n");
        for (column, name) in self.names.iter().enumerate() {
            let _ =
                writeln!(svg, "<text x=\"{}\" y=\"28\" font-weight=\"bold\">{}</text>", left(column), escaped(name));
        }
        let place = |thread: usize, operation: usize| {
            let row = rows.iter().position(|row| row.thread == thread && row.operation == operation).unwrap_or(0);
            (left(thread), TOP + row * ROW)
        };
        for row in &rows {
            let (x, y) = place(row.thread, row.operation);
            let _ = writeln!(
                svg,
                "<rect x=\"{}\" y=\"{y}\" width=\"{}\" height=\"36\" fill=\"#f4f4f4\" stroke=\"#888\"/>\n\
                 <text x=\"{x}\" y=\"{}\">{}</text>\n<text x=\"{x}\" y=\"{}\" fill=\"#666\" font-size=\"11\">{}</text>",
                x - MARGIN / 2,
                widths[row.thread],
                y + 15,
                escaped(&what(row)),
                y + 30,
                escaped(&line(row))
            );
        }
        for (name, colour, from, to) in self.edges() {
            let ((x1, y1), (x2, y2)) = (place(from.0, from.1), place(to.0, to.1));
            let right = |x: usize, thread: usize| x - MARGIN / 2 + widths[thread];
            let (x1, x2) =
                if from.0 < to.0 { (right(x1, from.0), x2 - MARGIN / 2) } else { (x1 - MARGIN / 2, right(x2, to.0)) };
            let (y1, y2) = (y1 + 18, y2 + 18);
            let _ = writeln!(
                svg,
                "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"{colour}\" marker-end=\"url(#{name})\"/>\n\
                 <text x=\"{}\" y=\"{}\" fill=\"{colour}\" font-size=\"11\">{name}</text>",
                (x1 + x2) / 2,
                (y1 + y2) / 2 - 4
            );
        }
        for (line, text) in reason.lines().enumerate() {
            let y = TOP + rows.len() * ROW + (line + 1) * 20;
            let _ = writeln!(svg, "<text x=\"{MARGIN}\" y=\"{y}\">{}</text>", escaped(text));
        }
        svg.push_str("</svg>\n");
        svg
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
