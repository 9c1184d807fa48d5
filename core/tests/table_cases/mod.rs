//! Tables as bytes: the corpus, what is made of it, and which of them are good.

pub(crate) mod memory;

use std::fmt;
use std::path::Path;

use proptest::prelude::*;

/// What became of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Accepted,
    Refused,
    /// It was read where it is not.
    Crashed,
}

/// A table, as it stands in memory.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) image: Vec<u8>,
    /// What `id.data` points at, if it is not 0.
    pub(crate) id: Vec<u8>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for word in self.image.chunks(8) {
            for byte in word {
                write!(f, "{byte:02x}")?;
            }
            f.write_str(" ")?;
        }
        write!(f, "id {:?}", self.id.escape_ascii().to_string())
    }
}

/// The words of the image.
pub(crate) const CAPABILITIES: usize = 1;
pub(crate) const ID_DATA: usize = 2;
pub(crate) const ID_LEN: usize = 3;
const CREATE: usize = 4;
const DESTROY: usize = 5;
const GET: usize = 6;
const GET_MANY: usize = 7;

impl Case {
    pub(crate) fn size(&self) -> usize {
        u32::from_le_bytes(self.image[..4].try_into().expect("four bytes")) as usize
    }

    /// The `len` bytes of a table that says so much of itself.
    pub(crate) fn bytes(&self, len: usize) -> Vec<u8> {
        let mut bytes = self.image.clone();
        bytes.resize(len, 0xa5);
        bytes
    }

    /// A word that lies within the table's own size; 0 if it does not.
    pub(crate) fn word(&self, index: usize) -> u64 {
        let end = index * 8 + 8;
        if end > self.size() {
            return 0;
        }
        u64::from_le_bytes(self.bytes(end)[index * 8..].try_into().expect("eight bytes"))
    }

    /// What the header says of a table that a host can use.
    pub(crate) fn is_good(&self) -> bool {
        let sized = (56..=64 << 10).contains(&self.size());
        let required = [CREATE, DESTROY, GET].iter().all(|&slot| self.word(slot) != 0);
        let claimed =
            (0..5).all(|i| self.word(CAPABILITIES) >> i & 1 == 0 || self.word(GET_MANY + i) != 0);
        let letter = |b: &u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let len = self.word(ID_LEN);
        let id = (1..=64).contains(&len)
            && self.word(ID_DATA) != 0
            && self.id_of(len as usize).iter().all(letter);
        sized && self.image[4..6] == [1, 0] && required && claimed && id
    }

    /// The `len` bytes that the table calls its id.
    pub(crate) fn id_of(&self, len: usize) -> Vec<u8> {
        let mut id = self.id.clone();
        id.resize(len, b'a');
        id
    }
}

/// A file of the corpus.
pub(crate) struct Seed {
    pub(crate) name: String,
    pub(crate) expect: String,
    pub(crate) case: Case,
}

/// The files in `corpus/table_headers`: what is expected, the id, and the bytes of the table in
/// hexadecimal.
pub(crate) fn corpus() -> Vec<Seed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/table_headers");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the corpus")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    files.iter().map(|file| seed(file)).collect()
}

fn seed(file: &Path) -> Seed {
    let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
    let text = std::fs::read_to_string(file).expect("text");
    let mut seed =
        Seed { name, expect: String::new(), case: Case { image: Vec::new(), id: Vec::new() } };
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(expect) = line.strip_prefix("expect:") {
            seed.expect = expect.trim().into();
        } else if let Some(id) = line.strip_prefix("id:") {
            seed.case.id = id.trim().into();
        } else {
            let bytes = line.split_ascii_whitespace();
            seed.case.image.extend(bytes.map(|b| u8::from_str_radix(b, 16).expect("a byte")));
        }
    }
    seed
}

#[derive(Clone, Debug)]
enum Mutation {
    Byte(usize, u8),
    Bit(usize),
    Word(usize, u64),
    Size(u32),
    Major(u16),
    Capabilities(u64),
    IdLen(u64),
    Id(Vec<u8>),
    Cut(usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let sizes = prop_oneof![
        (0u32..160),
        Just(64 << 10),
        Just((64 << 10) + 1),
        Just(u32::MAX),
        any::<u32>(),
    ];
    let lengths = prop_oneof![(0u64..70), Just(1 << 20), Just(u64::MAX), any::<u64>()];
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Byte(at, byte)),
        any::<usize>().prop_map(Mutation::Bit),
        (0usize..13, prop_oneof![Just(0), Just(u64::MAX), any::<u64>()])
            .prop_map(|(at, word)| Mutation::Word(at, word)),
        sizes.prop_map(Mutation::Size),
        any::<u16>().prop_map(Mutation::Major),
        prop_oneof![(0u64..64), any::<u64>()].prop_map(Mutation::Capabilities),
        lengths.prop_map(Mutation::IdLen),
        prop_oneof![
            "[a-z0-9-]{1,64}".prop_map(String::into_bytes),
            proptest::collection::vec(any::<u8>(), 0..80),
        ]
        .prop_map(Mutation::Id),
        (0usize..120).prop_map(Mutation::Cut),
    ]
}

fn apply(case: &mut Case, mutation: Mutation) {
    let len = case.image.len();
    let mut put = |at: usize, bytes: &[u8]| {
        if let Some(place) = case.image.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    };
    match mutation {
        Mutation::Byte(at, byte) => put(at % len, &[byte]),
        Mutation::Bit(at) => case.image[at / 8 % len] ^= 1 << (at % 8),
        Mutation::Word(at, word) => put(at * 8, &word.to_le_bytes()),
        Mutation::Size(size) => put(0, &size.to_le_bytes()),
        Mutation::Major(major) => put(4, &major.to_le_bytes()),
        Mutation::Capabilities(bits) => put(CAPABILITIES * 8, &bits.to_le_bytes()),
        Mutation::IdLen(len) => put(ID_LEN * 8, &len.to_le_bytes()),
        Mutation::Id(id) => {
            put(ID_LEN * 8, &(id.len() as u64).to_le_bytes());
            case.id = id;
        }
        Mutation::Cut(size) => case.image.truncate(size.max(8)),
    }
}

/// Tables out of the corpus, changed in a few places, and some out of nothing.
pub(crate) fn cases() -> impl Strategy<Value = Case> {
    let seeds: Vec<Case> = corpus().into_iter().map(|seed| seed.case).collect();
    let mutated = (proptest::sample::select(seeds), proptest::collection::vec(mutation(), 0..5))
        .prop_map(|(mut case, mutations)| {
            for mutation in mutations {
                apply(&mut case, mutation);
            }
            case
        });
    let noise = (
        proptest::collection::vec(any::<u8>(), 8..200),
        proptest::collection::vec(any::<u8>(), 0..80),
    )
        .prop_map(|(image, id)| Case { image, id });
    prop_oneof![9 => mutated, 1 => noise]
}
