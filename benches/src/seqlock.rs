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

/// The same with one reader, as a test in the kernel's C: whether it can get a consistent count with words that differ.
pub fn seqlock_litmus(words: usize, tries: usize) -> String {
    let data: Vec<String> = (0..words).map(|word| format!("data{word}")).collect();
    let parameters = data.iter().fold("int *sequence".to_owned(), |all, word| all + ", int *" + word);
    let writes: String = data.iter().map(|word| format!("\tWRITE_ONCE(*{word}, 1);\n")).collect();
    let one_try = |number: usize| {
        let reads: String =
            data.iter().map(|word| format!("\t\tint {word}_{number} = READ_ONCE(*{word});\n")).collect();
        let differ: Vec<_> =
            data.windows(2).map(|two| format!("({}_{number} ^ {}_{number})", two[0], two[1])).collect();
        format!(
            "\tif (ok == 0) {{\n\tint before{number} = READ_ONCE(*sequence);\n\tif (before{number} != 1) {{\n\t\tsmp_rmb();\n{reads}\
             \t\tsmp_rmb();\n\t\tint after{number} = READ_ONCE(*sequence);\n\t\tif (after{number} == before{number}) {{\n\
             \t\t\tok = 1;\n\t\t\tdiffer = {};\n\t\t}}\n\t}}\n\t}}\n",
            differ.join(" | ")
        )
    };
    let tries: String = (0..tries).map(one_try).collect();
    format!(
        "C seqlock\n\n{{ }}\n\nP0({parameters})\n{{\n\tWRITE_ONCE(*sequence, 1);\n\tsmp_wmb();\n{writes}\tsmp_wmb();\n\
         \tWRITE_ONCE(*sequence, 2);\n}}\n\nP1({parameters})\n{{\n\tint ok = 0;\n\tint differ = 0;\n{tries}}}\n\n\
         exists (1:ok=1 /\\ 1:differ=1)\n"
    )
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
