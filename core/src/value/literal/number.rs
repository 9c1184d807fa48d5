//! Numbers.

use zeroize::Zeroizing;

use super::{Parser, is_name};
use crate::value::object::{Object, Text};

/// The longest whole number that Python 3.10 reads as a literal, in decimal digits. A longer one is
/// text, and as JSON still a number.
const LONGEST: usize = 4_300;
/// The longest number in another base, in digits, of which each could be a hexadecimal one.
const LONGEST_IN_BASE: usize = 3_500;

impl Parser<'_> {
    /// A number without a sign. Every digit stays; what JSON has no place for goes: underscores,
    /// leading zeros, the base.
    pub(super) fn number(&mut self) -> Option<Object> {
        let number = match self.base() {
            Some(bits) => Object::Int(self.in_base(bits)?),
            None => self.decimal()?,
        };
        (!self.peek().is_some_and(is_name)).then_some(number)
    }

    /// Bits of a digit, where the number says its base.
    fn base(&self) -> Option<u32> {
        let [b'0', base, ..] = self.text.as_bytes().get(self.at..)? else { return None };
        match base.to_ascii_lowercase() {
            b'x' => Some(4),
            b'o' => Some(3),
            b'b' => Some(1),
            _ => None,
        }
    }

    fn in_base(&mut self, bits: u32) -> Option<Text> {
        self.at += 2;
        self.take(b'_');
        let digits = self.digits(1 << bits)?;
        if digits.len() > LONGEST_IN_BASE {
            return None;
        }
        // Nine decimal digits a limb, the lowest limb first.
        let mut limbs = Zeroizing::new(Vec::with_capacity(digits.len() / 7 + 2));
        for digit in digits.chars().filter_map(|digit| digit.to_digit(16)) {
            let mut carry = u64::from(digit);
            for limb in limbs.iter_mut() {
                carry += *limb << bits;
                *limb = carry % 1_000_000_000;
                carry /= 1_000_000_000;
            }
            if carry > 0 {
                limbs.push(carry);
            }
        }
        let mut text = Zeroizing::new(String::with_capacity(limbs.len() * 9 + 1));
        let mut limbs = limbs.iter().rev();
        text.push_str(&Zeroizing::new(limbs.next().copied().unwrap_or(0).to_string()));
        limbs.for_each(|limb| text.push_str(&Zeroizing::new(format!("{limb:09}"))));
        Some(text)
    }

    fn decimal(&mut self) -> Option<Object> {
        let start = self.at;
        let whole = if self.peek() == Some(b'.') { Text::default() } else { self.digits(10)? };
        let point = self.take(b'.');
        let fraction = match self.peek() {
            Some(b'0'..=b'9') if point => self.digits(10)?,
            _ if start + 1 == self.at && point => return None,
            _ => Text::default(),
        };
        let (sign, exponent) = self.exponent()?;
        let imaginary = self.take(b'j') || self.take(b'J');

        let significant = whole.trim_start_matches('0');
        let shown = if significant.is_empty() { "0" } else { significant };
        let mut text = Zeroizing::new(String::with_capacity(self.at - start + 2));
        text.push_str(shown);
        if point {
            text.push('.');
            text.push_str(if fraction.is_empty() { "0" } else { &fraction });
        }
        if !exponent.is_empty() {
            text.push('e');
            text.push_str(sign);
            text.push_str(&exponent);
        }
        if imaginary {
            return Some(Object::Complex(0.0, text.parse().ok()?));
        }
        if point || !exponent.is_empty() {
            return Some(Object::Float(text));
        }
        // Only zero may begin with zeros.
        let octal = whole.starts_with('0') && !significant.is_empty();
        (!octal && whole.len() <= LONGEST).then_some(Object::Int(text))
    }

    /// An exponent's sign and digits, both empty if there is none.
    fn exponent(&mut self) -> Option<(&'static str, Text)> {
        if !self.take(b'e') && !self.take(b'E') {
            return Some(("", Text::default()));
        }
        let sign = match self.peek()? {
            b'+' => "+",
            b'-' => "-",
            _ => "",
        };
        self.at += sign.len();
        Some((sign, self.digits(10)?))
    }

    /// Digits, at least one, with single underscores between them, which are left out.
    fn digits(&mut self, radix: u32) -> Option<Text> {
        let digit = |byte: Option<&u8>| byte.is_some_and(|byte| char::from(*byte).is_digit(radix));
        let rest = &self.text.as_bytes()[self.at..];
        let mut end = 0;
        while digit(rest.get(end))
            || end > 0 && rest.get(end) == Some(&b'_') && digit(rest.get(end + 1))
        {
            end += 1;
        }
        let digits = &self.text[self.at..self.at + end];
        self.at += end;
        if end == 0 {
            return None;
        }
        let mut kept = Zeroizing::new(String::with_capacity(end));
        digits.split('_').for_each(|part| kept.push_str(part));
        Some(kept)
    }
}
