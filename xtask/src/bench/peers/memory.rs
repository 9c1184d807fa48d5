//! Copies of a value in the memory of another process, counted from outside.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use crate::Outcome;

/// How often `needle` stands in what process `id` could read itself.
pub(super) fn copies(id: u32, needle: &[u8]) -> Outcome<usize> {
    let failed = |error: std::io::Error| format!("its memory cannot be read: {error}");
    let maps = fs::read_to_string(format!("/proc/{id}/maps")).map_err(failed)?;
    let memory = File::open(format!("/proc/{id}/mem")).map_err(failed)?;
    let mut found = 0;
    for (start, end) in maps.lines().filter_map(readable) {
        let mut bytes = vec![0; usize::try_from(end - start).unwrap_or(0)];
        // A part that is not there (the hole of a file that was cut short) holds nothing.
        if memory.read_exact_at(&mut bytes, start).is_ok() {
            found += count(&bytes, needle);
        }
    }
    Ok(found)
}

/// Where a mapping begins and ends, if it can be read: `START-END r... ...`.
fn readable(line: &str) -> Option<(u64, u64)> {
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let readable = words.next()?.starts_with('r');
    // What the kernel shows of itself cannot be read this way.
    let own = !line.ends_with("[vvar]") && !line.ends_with("[vsyscall]");
    let number = |text| u64::from_str_radix(text, 16).ok();
    (readable && own).then_some((number(start)?, number(end)?))
}

fn count(bytes: &[u8], needle: &[u8]) -> usize {
    let (first, rest) = needle.split_first().expect("something to look for");
    let starts = bytes.iter().enumerate().filter(|(_, byte)| *byte == first);
    starts.filter(|(at, _)| bytes[at + 1..].starts_with(rest)).count()
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_value_is_found_in_another_process_and_only_while_it_is_there() {
        let mut child = Command::new("/bin/sh");
        child.args(["-c", "part=needle; whole=$part-of-$$; echo; read -r end"]);
        let mut child =
            child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell");
        let mut line = [0];
        let output = child.stdout.as_mut().expect("a pipe");
        std::io::Read::read_exact(output, &mut line).expect("it has set its variable");
        let needle = format!("needle-of-{}", child.id());
        assert!(copies(child.id(), needle.as_bytes()).expect("readable") >= 1);
        assert_eq!(copies(child.id(), needle.replace('n', "N").as_bytes()), Ok(0));
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        assert!(copies(child.id(), needle.as_bytes()).is_err());
    }

    #[test]
    fn mappings_are_read_from_their_lines() {
        assert_eq!(
            readable("00400000-00452000 r-xp 00000000 08:02 1 /bin/x"),
            Some((0x400000, 0x452000))
        );
        assert_eq!(readable("7f00-7f10 ---p 00000000 00:00 0"), None);
        assert_eq!(readable("7f00-7f10 r--p 00000000 00:00 0      [vvar]"), None);
        assert_eq!(count(b"aabaab", b"aab"), 2);
        assert_eq!(count(b"aa", b"aab"), 0);
    }
}
