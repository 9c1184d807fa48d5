//! What stands in the fields of a frame.

use crate::frame::Broken;
use crate::tag::Tag;

/// Bytes of a field before its content.
const FIELD: usize = 8;

/// The fields of a frame that are known here. Of one that stands there more than once the last
/// counts, but for names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named as the page has it")]
pub struct Fields<'a> {
    pub version: Option<u32>,
    pub id: Option<&'a str>,
    pub capabilities: Option<u64>,
    pub names: Vec<&'a str>,
    pub deadline: Option<u64>,
    pub index: Option<u32>,
    pub form: Option<u32>,
    pub text_len: Option<u32>,
    pub expires_at: Option<i64>,
    pub revision: Option<&'a str>,
    pub status: Option<i32>,
    pub what: Option<&'a str>,
    pub next_step: Option<&'a str>,
    pub level: Option<u32>,
    pub message: Option<&'a str>,
    pub step: Option<&'a str>,
    pub subject: Option<&'a str>,
}

impl<'a> Fields<'a> {
    /// Reads all fields; those with a tag that is not known are skipped.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Broken> {
        let mut fields = Self::default();
        let mut rest = bytes;
        while !rest.is_empty() {
            let Some((head, behind)) = rest.split_first_chunk::<FIELD>() else {
                return Err(Broken("a field ends past the fields"));
            };
            let [tag_low, tag_high, _, _, len @ ..] = *head;
            let Some((content, behind)) = behind.split_at_checked(u32::from_le_bytes(len) as usize)
            else {
                return Err(Broken("a field ends past the fields"));
            };
            fields.put(u16::from_le_bytes([tag_low, tag_high]), content)?;
            rest = behind;
        }
        Ok(fields)
    }

    /// The one name of a frame that has one.
    pub fn name(&self) -> Result<&'a str, Broken> {
        self.names.last().copied().ok_or(Broken("a frame has no name"))
    }

    fn put(&mut self, tag: u16, content: &'a [u8]) -> Result<(), Broken> {
        const VERSION: u16 = Tag::Version as u16;
        const ID: u16 = Tag::Id as u16;
        const CAPABILITIES: u16 = Tag::Capabilities as u16;
        const NAME: u16 = Tag::Name as u16;
        const DEADLINE: u16 = Tag::Deadline as u16;
        const INDEX: u16 = Tag::Index as u16;
        const FORM: u16 = Tag::Form as u16;
        const TEXT_LEN: u16 = Tag::TextLen as u16;
        const EXPIRES_AT: u16 = Tag::ExpiresAt as u16;
        const REVISION: u16 = Tag::Revision as u16;
        const STATUS: u16 = Tag::Status as u16;
        const WHAT: u16 = Tag::What as u16;
        const NEXT_STEP: u16 = Tag::NextStep as u16;
        const LEVEL: u16 = Tag::Level as u16;
        const MESSAGE: u16 = Tag::Message as u16;
        const STEP: u16 = Tag::Step as u16;
        const SUBJECT: u16 = Tag::Subject as u16;
        match tag {
            VERSION => self.version = Some(u32::from_le_bytes(number(content)?)),
            ID => self.id = Some(text(content)?),
            CAPABILITIES => self.capabilities = Some(u64::from_le_bytes(number(content)?)),
            NAME => {
                let name = text(content)?;
                if name.contains('\0') {
                    return Err(Broken("a name holds a NUL"));
                }
                self.names.push(name);
            }
            DEADLINE => self.deadline = Some(u64::from_le_bytes(number(content)?)),
            INDEX => self.index = Some(u32::from_le_bytes(number(content)?)),
            FORM => self.form = Some(u32::from_le_bytes(number(content)?)),
            TEXT_LEN => self.text_len = Some(u32::from_le_bytes(number(content)?)),
            EXPIRES_AT => self.expires_at = Some(i64::from_le_bytes(number(content)?)),
            REVISION => self.revision = Some(text(content)?),
            STATUS => self.status = Some(i32::from_le_bytes(number(content)?)),
            WHAT => self.what = Some(text(content)?),
            NEXT_STEP => self.next_step = Some(text(content)?),
            LEVEL => self.level = Some(u32::from_le_bytes(number(content)?)),
            MESSAGE => self.message = Some(text(content)?),
            STEP => self.step = Some(text(content)?),
            SUBJECT => self.subject = Some(text(content)?),
            _ => {}
        }
        Ok(())
    }
}

fn number<const N: usize>(content: &[u8]) -> Result<[u8; N], Broken> {
    content.try_into().map_err(|_| Broken("a number has another size than its field"))
}

fn text(content: &[u8]) -> Result<&str, Broken> {
    std::str::from_utf8(content).map_err(|_| Broken("a text is not UTF-8"))
}
