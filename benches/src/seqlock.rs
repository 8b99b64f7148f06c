//! A seqlock's reader against its writer: a program whose size can be chosen.

use fencepost_memory::{Memory, Word};
use fencepost_model::{CellRef, Cpu, Program, State, Value};

/// A writer that changes `words` words together, and `readers` readers, each with this many tries.
///
/// A reader's results are whether it got a consistent count, and if so whether the words it read differ.
pub fn seqlock(words: usize, readers: usize, tries: usize) -> Program {
    let mut p = Program::new();
    let sequence = p.cell::<u64>("sequence", 0);
    let data: Vec<CellRef<u64>> = (0..words).map(|word| p.cell(&format!("data{word}"), 0)).collect();
    let written = data.clone();
    p.thread("writer", move |m| {
        m.write_once(&sequence, 1.into());
        m.smp_wmb();
        written.iter().for_each(|word| m.write_once(word, 1.into()));
        m.smp_wmb();
        m.write_once(&sequence, 2.into());
        vec![]
    });
    for reader in 0..readers {
        let data = data.clone();
        p.thread(&format!("reader {reader}"), move |m| {
            (0..tries).find_map(|_| read(m, &sequence, &data)).map_or(vec![0], |differ| vec![1, differ])
        });
    }
    p
}

/// One try: 1 if the words differ, 0 if they do not; `None` if the count was odd or changed.
fn read(m: &Cpu, sequence: &CellRef<u64>, data: &[CellRef<u64>]) -> Option<u64> {
    let before = m.read_once(sequence);
    if before.is(1) {
        return None;
    }
    m.smp_rmb();
    let words: Vec<Value> = data.iter().map(|word| m.read_once(word)).collect();
    m.smp_rmb();
    if !(m.read_once(sequence) ^ before).is(0) {
        return None;
    }
    Some(words.windows(2).fold(Value::from(0), |differ, pair| differ | (pair[0] ^ pair[1])).observe())
}

/// Whether a reader took what it read for consistent, and it was not.
pub fn is_torn(state: &State<'_>) -> bool {
    state.results().iter().any(|results| results[..] == [1, 1])
}
