//! Sends every recorded request and compares every answer.

use super::{Answer, Recording, Table, compare::compare, exceptions::Exception, wire};
use crate::Difference;
use std::{fmt, net::SocketAddr, time::Duration};

/// What came of one recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The answers are equal.
    Equal,
    /// They are not, as the table of exceptions says.
    Excepted,
    /// They are not, or the table is wrong.
    Failed(String),
}

/// What came of all.
#[derive(Debug, Clone, Default)]
pub struct Replayed {
    /// Names with what came of them and the answers, if any came.
    pub results: Vec<(String, Outcome, Option<Answer>)>,
}

/// Replays recordings in their order, each on a connection of its own and within a time limit; `address` says which server
/// one is for.
pub async fn replay(
    recordings: &[Recording],
    table: &Table,
    address: impl Fn(&Recording) -> SocketAddr,
    limit: Duration,
) -> Replayed {
    let mut replayed = Replayed::default();
    for recording in recordings {
        let exchange = wire::exchange(address(recording), recording);
        let (outcome, answer) = match tokio::time::timeout(limit, exchange).await {
            Ok(Ok(answer)) => (judge(recording, &answer, table), Some(answer)),
            Ok(Err(error)) => (Outcome::Failed(format!("no answer: {error}")), None),
            Err(_) => (Outcome::Failed(format!("no answer within {limit:?}")), None),
        };
        replayed.results.push((recording.name.clone(), outcome, answer));
    }
    replayed
}

fn judge(recording: &Recording, got: &Answer, table: &Table) -> Outcome {
    let compared = compare(recording, got, table.races(&recording.name));
    match (compared, table.exception(&recording.name)) {
        (Ok(()), None) => Outcome::Equal,
        (Ok(()), Some(_)) => {
            Outcome::Failed("excepted, but the answers are equal; take it off the table".into())
        }
        (Err(difference), None) => Outcome::Failed(difference.to_string()),
        (Err(_), Some(exception)) => match otherwise(exception, got) {
            None => Outcome::Excepted,
            Some(difference) => Outcome::Failed(format!("excepted, but not so: {difference}")),
        },
    }
}

/// Where the answer is not the one that the table says.
fn otherwise(exception: &Exception, got: &Answer) -> Option<Difference> {
    if exception.status != got.status {
        return Some(Difference::new("status", exception.status.to_string(), got.status.to_string()));
    }
    let body = String::from_utf8_lossy(&got.body);
    let says = exception.says.as_deref().filter(|says| !body.contains(says))?;
    Some(Difference::new("body", says, body))
}

impl Replayed {
    /// How many came out like this.
    fn count(&self, wanted: impl Fn(&Outcome) -> bool) -> usize {
        self.results.iter().filter(|(_, outcome, _)| wanted(outcome)).count()
    }

    /// How many failed.
    pub fn failed(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Failed(_)))
    }
}

/// The failures, then one line for all.
impl fmt::Display for Replayed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, outcome, _) in &self.results {
            if let Outcome::Failed(why) = outcome {
                writeln!(formatter, "{name}: {why}")?;
            }
        }
        let excepted = self.count(|outcome| *outcome == Outcome::Excepted);
        let (replayed, failed) = (self.results.len(), self.failed());
        write!(formatter, "replayed {replayed}, excepted {excepted}, failed {failed}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"output\":1}";

    fn recording() -> Recording {
        Recording {
            name: "g/r".into(),
            shows: String::new(),
            request: b"POST /a/invoke HTTP/1.1\r\nHost: h:1\r\n\r\n{}".to_vec(),
            answer: Answer::read(ANSWER.as_bytes()).unwrap(),
        }
    }

    #[track_caller]
    fn check(answer: &str, exception: &str, words: Option<&str>) {
        let table = format!("[[exception]]\nreason = \"r\"\nrecordings = [\"g/r\"]\n{exception}");
        let table = if exception.is_empty() { "" } else { &table };
        let table = Table::read(table, &["g/r"]).unwrap();
        let outcome = judge(&recording(), &Answer::read(answer.as_bytes()).unwrap(), &table);
        match (&outcome, words) {
            (Outcome::Failed(why), Some(words)) => assert!(why.contains(words), "{why}"),
            (Outcome::Equal | Outcome::Excepted, None) => {}
            _ => panic!("{outcome:?}"),
        }
    }

    #[test]
    fn the_table_has_to_be_true() {
        let other = ANSWER.replace(":1", ":2");
        check(ANSWER, "", None);
        check(&other, "", Some("wanted 1"));
        check(&other, "status = 200", None);
        check(&other, "status = 200\nsays = ':2'", None);
        check(&other, "status = 422", Some("not so: status"));
        check(&other, "status = 200\nsays = ':3'", Some("not so: body"));
        check(ANSWER, "status = 200", Some("take it off"));
    }

    #[test]
    fn all_is_told_in_one_line() {
        let results = [Outcome::Equal, Outcome::Excepted, Outcome::Failed("why".into())];
        let results = results.into_iter().map(|outcome| ("g/r".into(), outcome, None)).collect();
        let text = Replayed { results }.to_string();
        assert_eq!(text, "g/r: why\nreplayed 3, excepted 1, failed 1");
    }
}
