//! What callgrind writes, read for one library.

use std::collections::{BTreeMap, BTreeSet};

use crate::Outcome;

/// How it has to write: the names in full, and costs by the address of the instruction.
pub(super) const FORMAT: [&str; 4] =
    ["--compress-strings=no", "--compress-pos=no", "--dump-instr=yes", "--dump-line=no"];
const HEAD: [&str; 2] = ["positions: instr", "events: Ir"];

/// Instructions that ran, and calls that left the library.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Counted {
    /// Instructions within the library, by function.
    pub(super) functions: BTreeMap<String, u64>,
    /// Calls from the library to functions of other libraries.
    pub(super) called: BTreeMap<String, u64>,
    /// Instructions in neither the library nor the program.
    pub(super) elsewhere: u64,
}

impl Counted {
    /// All instructions within the library.
    pub(super) fn instructions(&self) -> u64 {
        self.functions.values().sum()
    }

    /// All calls that left the library.
    pub(super) fn calls(&self) -> u64 {
        self.called.values().sum()
    }
}

/// Reads one dump; `library` and `program` are the paths of their files.
///
/// How often something was called is not taken from the `calls=` lines: they count also while nothing
/// is collected. An instruction that calls has run as often as it cost.
pub(super) fn read(dump: &str, library: &str, program: &str) -> Outcome<Counted> {
    if let Some(missing) = HEAD.iter().find(|line| !dump.lines().any(|other| other == **line)) {
        return Err(format!("callgrind writes no `{missing}`"));
    }
    let mut counted = Counted::default();
    let (mut object, mut function) = ("", "");
    let (mut callee, mut callee_object, mut of_a_call) = ("", None, false);
    let mut at: BTreeMap<&str, u64> = BTreeMap::new();
    let mut leaves: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in dump.lines() {
        match line.split_once('=') {
            Some(("ob", name)) => object = name,
            Some(("fn", name)) => function = name,
            Some(("cob", name)) => callee_object = Some(name),
            Some(("cfn", name)) => callee = name,
            // The next line is what was spent inside.
            Some(("calls", _)) => of_a_call = true,
            _ if line.starts_with("0x") => {
                let (address, cost) = cost(line)?;
                if of_a_call {
                    if object == library && callee_object.is_some_and(|other| other != library) {
                        leaves.entry(address).or_default().insert(callee);
                    }
                    (callee_object, of_a_call) = (None, false);
                } else if object == library {
                    *counted.functions.entry(function.to_owned()).or_default() += cost;
                    *at.entry(address).or_default() += cost;
                } else if object != program {
                    counted.elsewhere += cost;
                }
            }
            _ => {}
        }
    }
    for (address, callees) in leaves {
        let name = callees.into_iter().collect::<Vec<_>>().join(" or ");
        *counted.called.entry(name).or_default() += at.get(address).copied().unwrap_or(0);
    }
    Ok(counted)
}

/// `0x1b5f2b 50`
fn cost(line: &str) -> Outcome<(&str, u64)> {
    let mut words = line.split(' ');
    let (Some(address), Some(Ok(cost)), None) =
        (words.next(), words.next().map(str::parse), words.next())
    else {
        return Err(format!("callgrind writes a line that is not understood: {line}"));
    };
    Ok((address, cost))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBRARY: &str = "/lib/ours.so";

    /// What callgrind wrote, shortened.
    const DUMP: &str = "# callgrind format
version: 1
desc: Trigger: --dump-after=counted

positions: instr
events: Ir
summary: 361

ob=/bin/program
fl=???
fn=get_env
0x1010 7
cob=/lib/ours.so
cfi=???
cfn=prefect_secrets_chain_get
calls=50 0x4f00 
0x1014 300
0x1018 3

ob=/lib/ours.so
fl=???
fn=prefect_secrets_chain_get
0x4f00 100
cfn=found
calls=50 0x5000 
0x4f04 150
0x4f04 50

fn=found
0x5000 20
cob=/usr/lib/libc.so.6
cfi=./string/memcmp.S
cfn=__memcmp_avx2
calls=73 0x9000 
0x5004 40
0x5004 50
cob=/lib/plugin.so
cfi=???
cfn=get
calls=2 0x100 
0x5008 11
cob=/lib/plugin2.so
cfi=???
cfn=give
calls=2 0x100 
0x5008 9
0x5008 4

ob=/usr/lib/libc.so.6
fl=./string/memcmp.S
fn=__memcmp_avx2
0x9000 40

totals: 361
";

    #[test]
    fn instructions_are_told_by_object_and_calls_by_the_instruction_that_makes_them() {
        let counted = read(DUMP, LIBRARY, "/bin/program").unwrap();
        let by_function = [("found", 74), ("prefect_secrets_chain_get", 150)];
        assert_eq!(counted.functions, by_function.map(|(name, n)| (name.into(), n)).into());
        assert_eq!(counted.instructions(), 224);
        // Not the 73 of the line: those were not all inside what is collected.
        let called = [("__memcmp_avx2", 50), ("get or give", 4)];
        assert_eq!(counted.called, called.map(|(name, n)| (name.into(), n)).into());
        assert_eq!(counted.calls(), 54);
        assert_eq!(counted.elsewhere, 40);
    }

    #[test]
    fn another_library_has_no_part_in_it() {
        let counted = read(DUMP, "/lib/other.so", "/bin/program").unwrap();
        assert_eq!((counted.instructions(), counted.calls(), counted.elsewhere), (0, 0, 264));
    }

    #[test]
    fn another_format_is_an_error() {
        let by_line = DUMP.replace("positions: instr", "positions: line");
        assert!(read(&by_line, LIBRARY, "").unwrap_err().contains("positions: instr"));
        let two_events = DUMP.replace("0x5000 20", "0x5000 20 3");
        assert!(read(&two_events, LIBRARY, "").unwrap_err().contains("0x5000 20 3"));
    }
}
