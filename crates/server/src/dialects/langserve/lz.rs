//! Reads what lz-string's `compressToEncodedURIComponent` wrote, up to a size: a short text can unpack to a huge one.

/// The digits of six bits each; a blank is what some readers of URLs make of `+`.
fn digit(char: u8) -> Option<u8> {
    Some(match char {
        b'A'..=b'Z' => char - b'A',
        b'a'..=b'z' => char - b'a' + 26,
        b'0'..=b'9' => char - b'0' + 52,
        b'+' | b' ' => 62,
        b'-' => 63,
        b'$' => 64,
        _ => return None,
    })
}

struct Bits<'a> {
    digits: &'a [u8],
    digit: u8,
    left: u8,
}

impl Bits<'_> {
    /// The next number of so many bits, the lowest first; `None` at the end.
    fn take(&mut self, count: u32) -> Option<usize> {
        let mut number = 0;
        for place in 0..count {
            if self.left == 0 {
                let (first, rest) = self.digits.split_first()?;
                (self.digit, self.digits, self.left) = (digit(*first)?, rest, 6);
            }
            self.left -= 1;
            number |= usize::from((self.digit >> self.left) & 1) << place;
        }
        Some(number)
    }
}

/// The stretches of the text that numbers stand for: where each starts, and how long it is.
struct Entries {
    stretches: Vec<(usize, usize)>,
    /// The bits of the next number.
    width: u32,
    /// How many more stretches it can tell apart.
    room: usize,
}

impl Entries {
    fn add(&mut self, start: usize, length: usize) {
        self.stretches.push((start, length));
        self.room -= 1;
        if self.room == 0 {
            self.room = 1 << self.width;
            self.width += 1;
        }
    }
}

/// Numbers that stand for no stretch: a new unit of 8 bits, one of 16, and the end.
const NEW_8: usize = 0;
const NEW_16: usize = 1;
const END: usize = 2;
const FIRST_ENTRY: usize = 3;

/// The text, if it is one and has at most `limit` UTF-16 units.
pub(super) fn decompress(packed: &str, limit: usize) -> Option<String> {
    let mut bits = Bits { digits: packed.as_bytes(), digit: 0, left: 0 };
    let mut entries = Entries { stretches: Vec::new(), width: 2, room: 1 };
    let mut units: Vec<u16> = Vec::new();
    let mut last = 0;
    loop {
        let start = units.len();
        let (from, length) = match bits.take(entries.width)? {
            END => return String::from_utf16(&units).ok(),
            new @ (NEW_8 | NEW_16) => {
                let size = if new == NEW_8 { 8 } else { 16 };
                units.push(u16::try_from(bits.take(size)?).ok()?);
                entries.add(start, 1);
                (start, 1)
            }
            known => match entries.stretches.get(known - FIRST_ENTRY) {
                Some(stretch) => *stretch,
                // The entry that is about to be made: the last stretch and its own first unit.
                None if last > 0 && known - FIRST_ENTRY == entries.stretches.len() => {
                    (start - last, last + 1)
                }
                None => return None,
            },
        };
        if start + length > limit {
            return None;
        }
        for at in units.len() - start..length {
            units.push(units[from + at]);
        }
        if start > 0 {
            entries.add(start - last, last + 1);
        }
        last = length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn reads_what_lz_string_writes() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../../tests/fixtures/lz_vectors.json")).unwrap();
        let vectors = vectors.as_array().unwrap();
        assert!(vectors.len() > 5);
        for vector in vectors {
            let (text, packed) = (vector["json"].as_str().unwrap(), vector["hash"].as_str().unwrap());
            assert_eq!(decompress(packed, 4096).as_deref(), Some(text));
            assert_eq!(decompress(packed, text.encode_utf16().count() - 1), None, "{packed}");
        }
    }

    proptest::proptest! {
        #[test]
        fn anything_unpacks_to_at_most_the_limit(packed in "[A-Za-z0-9+$-]{0,200}") {
            let text = decompress(&packed, 64).unwrap_or_default();
            proptest::prop_assert!(text.encode_utf16().count() <= 64);
        }
    }

    #[test]
    fn what_is_cut_or_nonsense_is_nothing() {
        let packed = "N4Igxg9gdgZglgcwK4CcCGAjANgUxALmAF8ig";
        for end in 0..packed.len() - 1 {
            assert_eq!(decompress(&packed[..end], 4096), None, "{end}");
        }
        for nonsense in ["", "AAAA", "é", "____", "3333", "$$$$"] {
            assert_eq!(decompress(nonsense, 4096), None, "{nonsense}");
        }
    }
}
