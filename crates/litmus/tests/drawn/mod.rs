//! Small C tests, drawn at random.

use fencepost_litmus::Dialect;

/// What a test is drawn with.
pub struct Draw {
    dialect: Dialect,
    state: u64,
    /// Whether the test has unmarked accesses.
    plain: bool,
    /// Whether it has pointers.
    pointers: bool,
    /// The accesses that the thread may still make.
    budget: usize,
    /// The registers of the thread so far, and its pointers and indices.
    registers: usize,
    others: [usize; 2],
    /// Whether it is inside a section of a lock, of RCU.
    locked: bool,
    reading: bool,
}

const CELLS: &[&str] = &["x", "y"];
/// Constants with which sums and products leave the range of `int`.
const LARGE: &[&str] = &["2147483647", "(-2147483647)", "65536"];
const ORDERS: &[&str] = &["_relaxed", "_acquire", "_release", ""];
const C11_ORDERS: &[&str] = &["relaxed", "acquire", "release", "acq_rel", "seq_cst"];

impl Draw {
    pub fn new(dialect: Dialect, seed: u64) -> Draw {
        let mut draw = Draw {
            dialect,
            state: seed,
            plain: false,
            pointers: false,
            budget: 0,
            registers: 0,
            others: [0; 2],
            locked: false,
            reading: false,
        };
        draw.plain = draw.is(1, 5);
        draw.pointers = dialect == Dialect::Linux && draw.is(1, 4);
        draw
    }

    /// SplitMix64.
    fn below(&mut self, bound: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) % bound as u64) as usize
    }

    fn is(&mut self, of: usize, all: usize) -> bool {
        self.below(all) < of
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    /// A whole test. Its states tell all registers and cells.
    pub fn test(mut self, name: &str) -> String {
        let threads = if self.is(2, 3) { 2 } else { 3 };
        let (mut bodies, mut shown) = (String::new(), Vec::new());
        let parameters = match (self.dialect, self.pointers) {
            (Dialect::C11, _) => "atomic_int *x, atomic_int *y",
            (Dialect::Linux, false) => "int *x, int *y, spinlock_t *s, struct srcu_struct *d",
            (Dialect::Linux, true) => "int *x, int *y, int **p, spinlock_t *s, struct srcu_struct *d",
        };
        for thread in 0..threads {
            (self.registers, self.others) = (0, [0; 2]);
            self.budget = if threads == 2 { 2 + self.below(3) } else { 1 + self.below(3) };
            let mut body = String::new();
            while self.budget > 0 {
                body += &self.statement(0);
            }
            let registers = (0..self.registers).map(|register| format!("\tint r{register};\n"));
            let pointers = (0..self.others[0]).map(|pointer| format!("\tint *q{pointer};\n"));
            let indices = (0..self.others[1]).map(|index| format!("\tint i{index};\n"));
            let declared: String = registers.chain(pointers).chain(indices).collect();
            bodies += &format!("P{thread}({parameters})\n{{\n{declared}{body}}}\n\n");
            shown.extend((0..self.registers).map(|register| format!("{thread}:r{register}")));
        }
        shown.extend(CELLS.iter().map(|&cell| cell.to_owned()));
        let atoms = 1 + self.below(3);
        let atoms: Vec<String> = (0..atoms)
            .map(|_| {
                let at = self.below(shown.len());
                format!("{}={}", shown[at], self.below(3))
            })
            .collect();
        let init = match (self.pointers, self.below(6)) {
            (true, _) => "{ p=x; }",
            (false, 0) => "{ x=2147483647; }",
            (false, _) => "{ }",
        };
        let pointers = if self.pointers { "p; " } else { "" };
        format!(
            "C {name}\n{init}\n\n{bodies}locations [{pointers}{};]\nexists ({})\n",
            shown.join("; "),
            atoms.join(" /\\ ")
        )
    }

    fn register(&mut self) -> String {
        self.registers += 1;
        format!("r{}", self.registers - 1)
    }

    /// One that has been assigned to, for whichever way the thread went: others are 0.
    fn known(&mut self) -> Option<String> {
        (self.registers > 0).then(|| format!("r{}", self.below(self.registers)))
    }

    fn value(&mut self) -> String {
        let constant = match self.below(12) {
            0 => self.one(LARGE).to_owned(),
            _ => (1 + self.below(3)).to_string(),
        };
        match (self.below(6), self.known()) {
            (0, Some(register)) => register,
            (5, Some(register)) => format!("{register} * {constant} - 1"),
            (1, Some(register)) => format!("{register} + {constant}"),
            (2, Some(register)) => format!("({register} ^ {register}) + {constant}"),
            _ => constant,
        }
    }

    /// A statement, and what lies inside of it.
    fn statement(&mut self, depth: usize) -> String {
        let tab = "\t".repeat(depth + 1);
        if depth < 2 && self.is(1, 5) {
            return self.compound(depth);
        }
        if self.is(1, 4) {
            let barrier = self.barrier();
            return format!("{tab}{barrier};\n");
        }
        self.budget = self.budget.saturating_sub(1);
        match self.dialect {
            Dialect::Linux => format!("{tab}{}\n", self.linux()),
            Dialect::C11 => format!("{tab}{}\n", self.c11()),
        }
    }

    fn inside(&mut self, depth: usize) -> String {
        let count = 1 + self.below(2);
        (0..count).map(|_| self.statement(depth + 1)).collect()
    }

    fn compound(&mut self, depth: usize) -> String {
        let tab = "\t".repeat(depth + 1);
        let choice = if self.dialect == Dialect::C11 { 0 } else { self.below(5) };
        match choice {
            1 if !self.locked => {
                self.locked = true;
                let after = self.one(&["", "\tsmp_mb__after_spinlock();\n", "\tsmp_mb__after_unlock_lock();\n"]);
                let after = if after.is_empty() { String::new() } else { format!("{}{after}", "\t".repeat(depth)) };
                let inner = self.inside(depth);
                self.locked = false;
                if self.is(1, 4) {
                    let taken = self.register();
                    let tried = format!("{tab}{taken} = spin_trylock(s);\n");
                    return format!("{tried}{tab}if ({taken} == 1) {{\n{inner}{tab}\tspin_unlock(s);\n{tab}}}\n");
                }
                format!("{tab}spin_lock(s);\n{after}{inner}{tab}spin_unlock(s);\n")
            }
            2 => {
                let outer = std::mem::replace(&mut self.reading, true);
                let inner = self.inside(depth);
                self.reading = outer;
                format!("{tab}rcu_read_lock();\n{inner}{tab}rcu_read_unlock();\n")
            }
            3 => {
                let outer = std::mem::replace(&mut self.reading, true);
                let index = self.others[1];
                self.others[1] += 1;
                let inner = self.inside(depth);
                self.reading = outer;
                format!("{tab}i{index} = srcu_read_lock(d);\n{inner}{tab}srcu_read_unlock(d, i{index});\n")
            }
            _ => {
                let Some(register) = self.known() else { return self.inside(depth) };
                let (comparison, constant) = (self.one(&["==", "!=", "<"]), self.below(3));
                let inner = self.inside(depth);
                let otherwise = if self.is(1, 3) { self.inside(depth) } else { String::new() };
                let otherwise = match otherwise.as_str() {
                    "" => String::new(),
                    arm => format!(" else {{\n{arm}{tab}}}"),
                };
                format!("{tab}if ({register} {comparison} {constant}) {{\n{inner}{tab}}}{otherwise}\n")
            }
        }
    }

    fn barrier(&mut self) -> String {
        if self.dialect == Dialect::C11 {
            let order = self.one(&C11_ORDERS[1..]);
            return format!("atomic_thread_fence(memory_order_{order})");
        }
        let waits = !self.locked && !self.reading && self.is(1, 4);
        let barriers: &[&str] = if waits {
            &["synchronize_rcu()", "synchronize_srcu(d)"]
        } else {
            &["smp_mb()", "smp_rmb()", "smp_wmb()", "smp_mb__before_atomic()", "smp_mb__after_atomic()", "barrier()"]
        };
        self.one(barriers).to_owned()
    }

    /// An access in the kernel's vocabulary.
    fn linux(&mut self) -> String {
        let (cell, value, order) = (self.one(CELLS), self.value(), self.one(ORDERS));
        if self.pointers && self.is(1, 3) {
            let pointer = self.others[0];
            return match self.below(4) {
                0 => format!("WRITE_ONCE(*p, {cell});"),
                1 => format!("rcu_assign_pointer(*p, {cell});"),
                way => {
                    self.others[0] += 1;
                    let read = self.one(&["READ_ONCE", "rcu_dereference"]);
                    let reached = if way == 2 {
                        format!("{} = READ_ONCE(*q{pointer});", self.register())
                    } else {
                        format!("WRITE_ONCE(*q{pointer}, {value});")
                    };
                    format!("q{pointer} = {read}(*p); {reached}")
                }
            };
        }
        if self.plain && self.is(1, 2) {
            return match self.below(2) {
                0 => format!("*{cell} = {value};"),
                _ => format!("{} = *{cell};", self.register()),
            };
        }
        match self.below(16) {
            0..=2 => format!("{} = READ_ONCE(*{cell});", self.register()),
            3 => format!("{} = smp_load_acquire({cell});", self.register()),
            4..=6 => format!("WRITE_ONCE(*{cell}, {value});"),
            7 => format!("smp_store_release({cell}, {value});"),
            8 => format!("{} = xchg{order}({cell}, {value});", self.register()),
            9 | 10 => {
                let old = self.below(3);
                format!("{} = cmpxchg{order}({cell}, {old}, {value});", self.register())
            }
            11 | 12 => {
                let verb = self.one(&["add", "sub", "or", "and", "xor", "andnot"]);
                format!("atomic_{verb}({value}, {cell});")
            }
            13 => {
                let verb = self.one(&["add", "sub", "or", "and", "xor"]);
                format!("{} = atomic_fetch_{verb}{order}({value}, {cell});", self.register())
            }
            14 => {
                let verb = self.one(&["add", "sub"]);
                format!("{} = atomic_{verb}_return{order}({value}, {cell});", self.register())
            }
            _ => {
                let unless = self.below(3);
                format!("{} = atomic_add_unless({cell}, {value}, {unless});", self.register())
            }
        }
    }

    /// An access in C11's vocabulary.
    fn c11(&mut self) -> String {
        let (cell, value, order) = (self.one(CELLS), self.value(), self.one(C11_ORDERS));
        if self.plain && self.is(1, 2) {
            return match self.below(2) {
                0 => format!("*{cell} = {value};"),
                _ => format!("{} = *{cell};", self.register()),
            };
        }
        match self.below(9) {
            0..=2 => {
                let order = self.one(&["relaxed", "acquire", "seq_cst"]);
                format!("{} = atomic_load_explicit({cell}, memory_order_{order});", self.register())
            }
            3..=5 => {
                let order = self.one(&["relaxed", "release", "seq_cst"]);
                format!("atomic_store_explicit({cell}, {value}, memory_order_{order});")
            }
            6 => format!("{} = atomic_exchange_explicit({cell}, {value}, memory_order_{order});", self.register()),
            _ => {
                let verb = self.one(&["add", "sub", "or", "xor", "and"]);
                format!("{} = atomic_fetch_{verb}_explicit({cell}, {value}, memory_order_{order});", self.register())
            }
        }
    }
}
