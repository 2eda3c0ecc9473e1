//! What the mock does with a request: its keys, their defaults and how they are read.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    Status(u16),
    Cut,
    Stall,
    Garbage,
    SlowHeaders,
    NoDone,
    ErrEvent,
    Reset,
    Huge,
}

impl Fault {
    fn parse(v: &str) -> Result<Fault, String> {
        Ok(match v {
            "none" | "" => Fault::None,
            "cut" => Fault::Cut,
            "stall" => Fault::Stall,
            "garbage" => Fault::Garbage,
            "slow-headers" => Fault::SlowHeaders,
            "nodone" => Fault::NoDone,
            "errevent" => Fault::ErrEvent,
            "reset" => Fault::Reset,
            "huge" => Fault::Huge,
            x => match x.parse::<u16>() {
                Ok(c) if (400..600).contains(&c) => Fault::Status(c),
                _ => return Err(format!("unknown fault: {x}")),
            },
        })
    }
}

/// The keys as they are listed at the head of `main.rs`; times in µs.
#[derive(Clone, Debug)]
pub struct Params {
    pub delay_us: u64,
    pub first_us: u64,
    pub tokens: u32,
    pub gap_us: u64,
    pub size: u32,
    pub utf8: bool,
    pub split: u32,
    pub fault: Fault,
    pub after: u32,
    pub retry_after: String,
    pub slow_us: u64,
    pub times: u64,
    pub usage: bool,
}

impl Default for Params {
    fn default() -> Self {
        Params {
            delay_us: 0,
            first_us: 0,
            tokens: 20,
            gap_us: 0,
            size: 5,
            utf8: false,
            split: 0,
            fault: Fault::None,
            after: 5,
            retry_after: "1".into(),
            slow_us: 5_000_000,
            times: 0,
            usage: false,
        }
    }
}

impl Params {
    /// Applies `k=v` pairs on top of what is set.
    pub fn apply(&mut self, s: &str) -> Result<(), String> {
        s.split([',', ';', '&', ' ', '\t', '\r', '\n'])
            .filter(|kv| !kv.is_empty())
            .try_for_each(|kv| self.set(kv))
    }

    fn set(&mut self, kv: &str) -> Result<(), String> {
        let (k, v) = kv.split_once('=').ok_or_else(|| format!("not k=v: {kv}"))?;
        let bad = |_| format!("bad number: {kv}");
        let us = || {
            v.parse::<f64>().map(|ms| (ms * 1000.0).round() as u64).map_err(|_| format!("bad number: {kv}"))
        };
        let n = || v.parse::<u32>().map_err(bad);
        match k {
            "delay" => self.delay_us = us()?,
            "first" => self.first_us = us()?,
            "gap" => self.gap_us = us()?,
            "slow" => self.slow_us = us()?,
            "tokens" => self.tokens = n()?.min(1_000_000),
            "size" => self.size = n()?.clamp(1, 1 << 20),
            "split" => self.split = n()?,
            "after" => self.after = n()?,
            "times" => self.times = n()?.into(),
            "utf8" => self.utf8 = n()? != 0,
            "usage" => self.usage = n()? != 0,
            "retry_after" => self.retry_after = v.into(),
            "fault" => self.fault = Fault::parse(v)?,
            _ => return Err(format!("unknown key: {k}")),
        }
        Ok(())
    }
}
