//! What came of the cases, for people and for whoever counts.

use crate::Difference;
use std::fmt;

/// What came of all cases.
#[derive(Debug, Default)]
pub struct Report {
    /// Each case, in the order in which they were given.
    pub cases: Vec<CaseReport>,
}

/// What came of one case.
#[derive(Debug, Default)]
pub struct CaseReport {
    /// Its name.
    pub name: String,
    /// How many things were checked: the loading, the runs, the variants.
    pub checks: usize,
    /// How many of them were held to a rule of `exceptions.toml` instead of the recording.
    pub ruled: usize,
    /// What failed.
    pub failures: Vec<Failure>,
}

/// A check that failed.
#[derive(Debug)]
pub struct Failure {
    /// The run or the variant, or `(load)`.
    pub id: String,
    /// The first difference.
    pub difference: Difference,
}

impl Report {
    /// How many cases passed.
    pub fn passed(&self) -> usize {
        self.cases.len() - self.failed()
    }

    /// How many cases failed.
    pub fn failed(&self) -> usize {
        self.cases.iter().filter(|case| !case.failures.is_empty()).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for case in self.cases.iter().filter(|case| !case.failures.is_empty()) {
            for failure in &case.failures {
                writeln!(formatter, "{}/{}: {}", case.name, failure.id, failure.difference)?;
            }
        }
        let checks: usize = self.cases.iter().map(|case| case.checks).sum();
        let ruled: usize = self.cases.iter().map(|case| case.ruled).sum();
        let cases = self.cases.len();
        writeln!(formatter, "{checks} checks in {cases} cases, {ruled} of them held to exceptions.toml")?;
        write!(formatter, "{} passed, {} failed", self.passed(), self.failed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_ends_with_the_count_of_cases() {
        let failure = Failure { id: "invoke-1".into(), difference: Difference::new("$.output", "1", "2") };
        let bad = CaseReport { name: "bad".into(), checks: 3, ruled: 1, failures: vec![failure] };
        let good = CaseReport { name: "good".into(), checks: 2, ..CaseReport::default() };
        let wanted = "bad/invoke-1: $.output\n    wanted 1\n    got    2\n\
                      5 checks in 2 cases, 1 of them held to exceptions.toml\n1 passed, 1 failed";
        assert_eq!(Report { cases: vec![bad, good] }.to_string(), wanted);
    }
}
