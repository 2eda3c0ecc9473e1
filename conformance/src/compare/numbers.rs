//! Numbers, exactly: integers of any size, and integers against floats.

use crate::Json;

/// When two numbers are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// As they are printed: `1` is not `1.0`. For results.
    AsPrinted,
    /// By value: `1` is `1.0`. For what is sent.
    ByValue,
}

impl Numbers {
    /// Whether both are numbers, and the same.
    pub(crate) fn same(self, wanted: &Json, got: &Json) -> bool {
        match (wanted, got) {
            (Json::Int(wanted), Json::Int(got)) => wanted == got,
            (Json::Float(wanted), Json::Float(got)) => wanted == got,
            (Json::Int(int), Json::Float(float)) | (Json::Float(float), Json::Int(int)) => {
                self == Numbers::ByValue && is(*float, int)
            }
            _ => false,
        }
    }
}

/// A float without a fraction has an exact decimal form.
fn is(float: f64, int: &str) -> bool {
    float.fract() == 0.0 && (format!("{float:.0}") == int || (float == 0.0 && int == "0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: &str, other: &str, by_value: bool, as_printed: bool) {
        let (one, other) = (Json::parse(one).unwrap(), Json::parse(other).unwrap());
        assert_eq!(Numbers::ByValue.same(&one, &other), by_value, "{one} {other}");
        assert_eq!(Numbers::AsPrinted.same(&one, &other), as_printed, "{one} {other}");
    }

    #[test]
    fn numbers_are_compared_exactly() {
        check("0", "0.0", true, false);
        check("0", "-0.0", true, false);
        check("1e2", "100", true, false);
        check("1e2", "100.0", true, true);
        check("9007199254740993", "9007199254740992.0", false, false);
        check("9007199254740993", "9007199254740993", true, true);
        check("9007199254740993", "9007199254740992", false, false);
        check("0.1", "0.10000000000000001", true, true);
        check("1", "1.5", false, false);
        check("1", "true", false, false);
    }
}
